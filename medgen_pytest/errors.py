"""The error tree: every error of the project says what, where and how to mend it.

MedgenError
├── ConfigError      settings, options, names that are wrong before the run   (exit code 4)
│   └── MissingExtraError   a library of an extra is not installed
├── DatasetError     a dataset or one of its records cannot be used
├── ImageError       bytes that are no usable image
├── OutputError      what a model returned is not usable: the model's fault (outcome `invalid`)
├── ModelError       a model could not answer: not the model's judgement (outcome `error`)
├── MetricError      a metric could not score a pair (the metric is `unscored`)
│   └── ShapeError   arrays whose shapes do not fit the metric
├── JudgementError   a judge's reply that holds no judgement (the judgement is an *error*)
├── NoReferenceError a sample without the reference that a judge was to compare with
├── StoreError       a run directory cannot be read or written
└── WeightArchiveError   an archive of weights cannot be written, read or trusted
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


_LONGEST_NAME = 200


class MedgenError(Exception):
    """Base of all errors that this project raises on purpose."""


class ConfigError(MedgenError):
    """Settings, options or names that are wrong; known before the run, exit code 4."""


class MissingExtraError(ConfigError):
    """A library that an extra brings is not installed."""

    def __init__(self, *, need: str, package: str, extra: str) -> None:
        super().__init__(
            f"{need} needs the package {package!r}, which is not installed: pip install 'medgen-pytest[{extra}]'"
        )
        self.package = package
        self.extra = extra


class DatasetError(MedgenError):
    """A dataset, or one of its records, cannot be used; `where` is `FILE:LINE` or a path."""

    def __init__(self, message: str, *, where: str) -> None:
        super().__init__(f"{where}: {message}")
        self.message = message
        self.where = where


class ImageError(MedgenError):
    """Bytes that are no usable image; `name` says which image."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(f"{name}: {message}")
        self.message = message
        self.name = name


class OutputError(MedgenError):
    """What a model returned is not usable; the model's fault, the outcome is `invalid`."""


class ModelError(MedgenError):
    """A model could not answer; the sample cannot be judged, the outcome is `error`.

    `partial` is a `ModelOutput` with what is known all the same: what was paid, what a first stage said.
    """

    def __init__(self, message: str, *, partial: object = None) -> None:
        super().__init__(message)
        self.partial = partial


class MetricError(MedgenError):
    """A metric could not score a pair; the metric is `unscored` with this reason."""


class ShapeError(MetricError):
    """Arrays whose shape or type does not fit the metric."""


class JudgementError(MedgenError):
    """A reply of a judge that holds no judgement; the metric is `unscored` with this reason."""


class NoReferenceError(MedgenError):
    """A sample has no reference that its output could be compared with."""


class StoreError(MedgenError):
    """A run directory that cannot be read, written or continued."""


class WeightArchiveError(MedgenError):
    """An archive of weights that cannot be written, read or trusted."""


def check_names(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raises ConfigError for the first of some names that nobody knows."""
    there = set(known)
    for name in names:
        if name not in there:
            raise ConfigError(unknown_name(kind, name, there))


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """One line for a name nobody knows: the nearest known one, else all of them."""
    names = sorted(known)
    shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
    near = difflib.get_close_matches(shown, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
    return f"unknown {kind} {shown!r}; {hint}"
