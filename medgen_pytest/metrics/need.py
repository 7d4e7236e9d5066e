"""Needs: what a metric cannot do without, whether it is there, and how to get it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Home = Literal["torch", "huggingface", "folder"]
"""Where weights live: below TORCH_HOME, in the Hugging Face hub cache, or in a folder that the settings name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFile:
    """A file of weights that was found.

    `place` is its path below its home, with forward slashes, the same on every machine
    (`hub/checkpoints/alexnet-owt-7be5be79.pth`).
    """

    path: Path
    home: Home
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A package, weights or a judge that a metric needs.

    `found` is the version of the package or where the weights lie; `problem` says in one line what is
    missing or wrong (None: nothing is), `remedy` what to do about it, on this machine or on one with
    internet. Looking for a need imports no heavy library and asks no network.
    """

    kind: Literal["package", "weights", "judge"]
    name: str
    found: str | None = None
    problem: str | None = None
    remedy: str | None = None
    files: tuple[WeightFile, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether the metric can go on."""
        return self.problem is None

    def __str__(self) -> str:
        text = self.problem or f"{self.name}: {self.found}"
        return f"{text}; {self.remedy}" if self.problem and self.remedy else text
