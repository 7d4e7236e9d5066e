"""Contracts of models beyond `domain.contracts.Model`: a factory, and the abilities that a model may have."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from medgen_pytest.domain.contracts import Model
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.models.meter import Meter, OwnMeter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medgen_pytest.config.secrets import Secrets
    from medgen_pytest.domain.contracts import Dataset
    from medgen_pytest.domain.sample import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelContext:
    """What a model may know when it is built.

    `root` is what relative paths of the settings are relative to. `sample_ids` are the samples that
    will be asked, each of them `repeats` times. `workers` is the number of processes that share its limits,
    `meter` what counts what is spent. `build_part` builds a model that is a part of this one; None for a part itself.
    """

    dataset: Dataset
    root: Path
    sample_ids: Sequence[str]
    repeats: int = 1
    workers: int = 1
    meter: Meter = field(default_factory=OwnMeter)
    build_part: PartBuilder | None = None


PartBuilder = Callable[[str, "str | Mapping[str, object]"], Model]
"""Builds a part of a model from the name to give it and what describes it.

That is the name of a model of the settings, a model as the command line describes it, or its adapter and
settings. Raises ConfigError.
"""

ModelFactory = Callable[[str, Mapping[str, object], ModelContext], Model]
"""Builds a model from its name, the settings of its adapter and the context. Raises ConfigError."""


@runtime_checkable
class LimitedModel(Protocol):
    """A model that answers only some formats; the others are not asked."""

    @property
    def formats(self) -> frozenset[Format]:
        """The formats that it answers."""


@runtime_checkable
class CheckedModel(Protocol):
    """A model that can tell before the run what will not work."""

    def check(self) -> list[str]:
        """One line for each problem; empty when there is none."""


@runtime_checkable
class ClosableModel(Protocol):
    """A model that holds something to let go of after the run."""

    def close(self) -> None:
        """Lets it go; called once."""


@runtime_checkable
class ConnectedModel(Protocol):
    """A model that holds connections of the event loop in which its answers are awaited."""

    async def aclose(self) -> None:
        """Closes them; called in that loop, before `close`."""


@runtime_checkable
class SecretiveModel(Protocol):
    """A model that knows secrets which do not stand in its settings, like a key from the environment."""

    @property
    def secrets(self) -> Sequence[str]:
        """Them; nothing that is written or said shows them."""


@runtime_checkable
class LoggingModel(Protocol):
    """A model whose program says things that are worth keeping beside the results."""

    def keep_log(self, path: Path, *, secrets: Secrets) -> None:
        """Writes them to a file from now on, without these secrets and its own; called before it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What asking for one sample is expected to take; None where that is not known."""

    requests: int = 1
    images_sent: int = 0
    images_made: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


@runtime_checkable
class EstimatedModel(Protocol):
    """A model that can say beforehand what an answer will take, without asking anybody."""

    def estimate(self, request: Request) -> Estimate:
        """That, at most."""


@runtime_checkable
class ProbedModel(Protocol):
    """A model behind an endpoint that can be tried without spending anything."""

    async def probe(self) -> str | None:
        """What is wrong with its key or address, in one line; None if nothing is seen to be."""


@runtime_checkable
class ImmediateModel(Protocol):
    """A model whose answers take no time worth limiting: it is called directly, without a thread of its own."""

    @property
    def immediate(self) -> bool:
        """True for such a model."""


@runtime_checkable
class ConcurrentModel(Protocol):
    """A model that says how many requests it takes at once, in one process."""

    @property
    def concurrency(self) -> int | None:
        """That number; None for as many as the window of the run allows."""


@runtime_checkable
class AsynchronousModel(Protocol):
    """A model that says whether its answers are awaited, where `answer` itself does not show it."""

    @property
    def asynchronous(self) -> bool:
        """True if calling `answer` does nothing but make an awaitable."""


def is_asynchronous(model: Model) -> bool:
    """Whether a model's `answer` is `async def`, or does nothing but make an awaitable."""
    return model.asynchronous if isinstance(model, AsynchronousModel) else inspect.iscoroutinefunction(model.answer)


def concurrency_of(model: Model) -> int | None:
    """How many requests a model takes at once: as it says, else any number (None) if it is asynchronous, else 1.

    An immediate model takes one.
    """
    if is_immediate(model):
        return 1
    if isinstance(model, ConcurrentModel):
        return model.concurrency
    return None if is_asynchronous(model) else 1


def is_immediate(model: Model) -> bool:
    """Whether a model says that it may be called without a time limit."""
    return bool(getattr(model, "immediate", False))


def formats_of(model: Model) -> frozenset[Format]:
    """The formats that a model answers: all, unless it says otherwise."""
    return frozenset(model.formats) if isinstance(model, LimitedModel) else frozenset(Format)


def problems_of(model: Model) -> list[str]:
    """The problems that a model knows before the run, one line each."""
    return model.check() if isinstance(model, CheckedModel) else []


def close_model(model: Model) -> None:
    """Lets go of what a model holds, if anything."""
    if isinstance(model, ClosableModel):
        model.close()


def keep_log(model: Model, path: Path, *, secrets: Secrets) -> None:
    """Lets a model keep what its program says in a file, if it has one."""
    if isinstance(model, LoggingModel):
        model.keep_log(path, secrets=secrets)


def secrets_of(model: Model) -> tuple[str, ...]:
    """The secrets that a model knows beside those of its settings."""
    return tuple(model.secrets) if isinstance(model, SecretiveModel) else ()
