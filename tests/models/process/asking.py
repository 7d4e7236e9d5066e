"""Asking a program in tests: the head of every program, requests, and looking for processes."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ModelError
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.process.model import ProcessModel

PATIENCE = 30
QUESTION = make_sample(Task.QUESTION_ANSWERING).request()
EDIT = make_sample(Task.NOISE_RECONSTRUCTION).request()
GENERATION = make_sample(Task.DISEASE_PREDICTION).request()

HEAD = """
import base64, json, os, signal, subprocess, sys, time

def say(**message):
    print(json.dumps(message), flush=True)

def note(name, text):
    with open(name, "a") as file:
        file.write(str(text) + "\\n")

def requests():
    for line in sys.stdin:
        note("asked", json.loads(line)["id"])
        yield json.loads(line)

note("pids", os.getpid())
"""
ANSWERING = """
say(ready=True)
for request in requests():
    say(id=request["id"], text="A")
"""


def answer(model: ProcessModel, request: Request = QUESTION, *, within: float = PATIENCE) -> ModelOutput:
    """The answer to one request; TimeoutError when it is given up."""
    return asyncio.run(_within(model, request, within))


def answers(model: ProcessModel, *requests: Request, within: float = PATIENCE) -> list[ModelOutput | BaseException]:
    """The answers to requests that are asked at once, in order."""

    async def gather() -> list[ModelOutput | BaseException]:
        return await asyncio.gather(*(_within(model, request, within) for request in requests), return_exceptions=True)

    return asyncio.run(gather())


def error_of(model: ProcessModel, request: Request = QUESTION) -> str:
    """The one line of the error that an answer ends in."""
    with pytest.raises(ModelError) as caught:
        answer(model, request)
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def _within(model: ProcessModel, request: Request, within: float) -> ModelOutput:
    return await asyncio.wait_for(model.answer(request), within)


def lines(path: Path) -> list[str]:
    """The lines that a program noted."""
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def is_running(pid: int | str) -> bool:
    """Whether a process goes on; one that has ended and is not waited for does not."""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text(encoding="ascii").rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):  # it has ended just now, or this system has no such files
        return not Path("/proc/self/stat").exists()


def has_ended(pid: int | str, *, within: float = PATIENCE) -> bool:
    """Whether a process ends in so many seconds."""
    until = time.monotonic() + within
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_running(pid)
