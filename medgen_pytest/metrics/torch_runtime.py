"""Torch: found or asked for, on the device that the settings name, in batches that fit its memory."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from medgen_pytest.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medgen_pytest.metrics.context import MetricContext

_T = TypeVar("_T")
_R = TypeVar("_R")

EXTRA = "metrics"
"""The extra that brings torch and what else the learned metrics need."""


def load_torch(*, need: str) -> Any:
    """The module torch. Raises MissingExtraError naming who needs it, ConfigError when it cannot be imported."""
    if find_spec("torch") is None:
        raise MissingExtraError(need=need, package="torch", extra=EXTRA)
    try:
        return importlib.import_module("torch")
    except Exception as error:  # a broken build raises anything
        raise ConfigError(f"{need} needs torch, which is installed and cannot be imported: {error}") from error


def choose_device(torch: Any, name: str) -> Any:
    """The device of a name: auto (a GPU if there is one), cpu, cuda, cuda:N or mps.

    Raises ConfigError for another name, and for a device that this machine does not have.
    """
    if name == "auto":
        return torch.device(_best(torch))
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"unknown device {name!r}; known: auto, cpu, cuda, cuda:N, mps") from error
    if device.type == "cpu" or _has(torch, device):
        return device
    raise ConfigError(f"device {name!r} is not available to torch {torch.__version__}; use auto or cpu")


def computes_in_half(torch: Any, context: MetricContext) -> bool:
    """Whether networks compute in half precision: on a GPU of CUDA, where the settings ask for it.

    On a CPU it would be slower, and coarser for nothing. Raises ConfigError for a device that is not there.
    """
    return context.half_precision and choose_device(torch, context.device).type == "cuda"


def half_suffix(context: MetricContext, *, need: str) -> str:
    """What half precision adds to the name of a convention: `-half`, or nothing.

    Only who asks for half precision pays for finding out, which takes the import of torch.
    """
    return "-half" if context.half_precision and computes_in_half(load_torch(need=need), context) else ""


def set_threads(torch: Any, context: MetricContext) -> None:
    """Lets torch use as many threads as the settings say."""
    if context.threads:
        torch.set_num_threads(context.threads)


def in_batches(items: Sequence[_T], run: Callable[[Sequence[_T]], Sequence[_R]], *, size: int) -> list[_R]:
    """The results of `run` over items in batches of at most `size`, in order.

    Where a device runs out of memory the batch is halved, down to one item, and stays so for the rest.
    """
    results: list[_R] = []
    while len(results) < len(items):
        batch = items[len(results) : len(results) + size]
        try:
            results += run(batch)
        except RuntimeError as error:
            if len(batch) == 1 or not _is_out_of_memory(error):
                raise
            size = max(1, len(batch) // 2)
            _free_memory()
    return results


def _best(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _has(torch: Any, device: Any) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_available()) and (device.index or 0) < torch.cuda.device_count()
    return device.type == "mps" and bool(torch.backends.mps.is_available())


def _is_out_of_memory(error: RuntimeError) -> bool:
    # A GPU raises torch's OutOfMemoryError, the CPU's allocator a plain RuntimeError.
    return type(error).__name__ == "OutOfMemoryError" or "not enough memory" in str(error)


def _free_memory() -> None:
    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
