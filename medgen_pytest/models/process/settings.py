"""Settings of the process adapter."""

from __future__ import annotations

import os
import re
import shlex
from typing import Literal

from pydantic import Field, field_validator

from medgen_pytest.models.outgoing import DEFAULT_QUALITY, ImageFormat
from medgen_pytest.models.settings import AdapterSettings, Formats

_VARIABLE = re.compile(r"[^=\0]+")


class ProcessSettings(AdapterSettings):
    """Settings of the process adapter.

    `command` is the program and its arguments, a list or one text that is split as a shell would; no shell
    runs it. `cwd` is the folder it runs in, relative to the folder of the settings. `env` are variables
    beside those it inherits. `formats` are those that it answers (all when empty). `revision` is what makes
    its weights these weights. `concurrency` is how many requests it has at once.

    Times are in seconds: `start_timeout` until it must be ready, `patience` for an answer that nobody waits
    for any more. `restarts` is how often in a row, without an answer in between, it is started anew.

    `images` says whether it gets images as files or as base64, `image_format`, `image_quality` (JPEG, 1 to 100)
    and `max_side` (pixels) how they are encoded. `max_line_mb` bounds what it may say in one line, in
    millions of bytes.
    """

    command: tuple[str, ...]
    cwd: str = "."
    env: dict[str, str] = Field(default_factory=dict, repr=False)
    formats: Formats = ()
    revision: str | None = None
    concurrency: int = Field(default=1, ge=1, le=1024)
    start_timeout: float = Field(default=600.0, gt=0, allow_inf_nan=False)
    patience: float = Field(default=10.0, ge=0, allow_inf_nan=False)
    restarts: int = Field(default=3, ge=0)
    images: Literal["path", "base64"] = "path"
    image_format: ImageFormat = "png"
    image_quality: int = Field(default=DEFAULT_QUALITY, ge=1, le=100)
    max_side: int | None = Field(default=None, ge=1)
    max_line_mb: float = Field(default=64.0, gt=0, le=1024)

    @field_validator("command", mode="before")
    @classmethod
    def _in_words(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if os.name == "nt":
            raise ValueError("on Windows the command must be a list: [PROGRAM, ARGUMENT, ...]")
        return tuple(shlex.split(value))

    @field_validator("command")
    @classmethod
    def _names_a_program(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not value[0].strip():
            raise ValueError("the command names no program")
        if any("\0" in word for word in value):
            raise ValueError("a command must not hold the character NUL")
        return value

    @field_validator("env", mode="before")
    @classmethod
    def _numbers_too(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        numbers = {name: str(part) for name, part in value.items() if type(part) in {int, float}}
        return {**value, **numbers}

    @field_validator("env")
    @classmethod
    def _can_be_variables(cls, value: dict[str, str]) -> dict[str, str]:
        wrong = [name for name in value if not _VARIABLE.fullmatch(name)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} cannot be the name of a variable")
        without = [name for name, text in value.items() if "\0" in text]
        if without:
            raise ValueError(f"the value of {without[0]!r} holds the character NUL")
        return value
