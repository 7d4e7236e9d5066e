"""Runtime: the libraries that run networks, found without importing them and imported when first needed."""

from __future__ import annotations

import hashlib
import importlib
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from medgen_pytest.errors import ConfigError, MissingExtraError
from medgen_pytest.models.reason import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.domain.sample import Request

EXTRA = "local"
"""The extra that brings torch, transformers and diffusers."""

_HALF_ON = {"cuda": "bfloat16", "mps": "float16"}


def require_packages(*names: str, need: str) -> None:
    """Raises MissingExtraError for the first package that is not installed; imports nothing."""
    for name in names:
        spec = find_spec(name)
        # A folder that an uninstalled package left behind has no origin.
        if spec is None or spec.origin is None:
            raise MissingExtraError(need=need, package=name, extra=EXTRA)


def versions_of(*names: str) -> dict[str, str]:
    """The versions of installed packages, which can change an answer."""
    return {name: metadata.version(name) for name in names}


def load_module(name: str, *, need: str) -> Any:
    """A module of one of the libraries. Raises ConfigError when it cannot be imported."""
    try:
        return importlib.import_module(name)
    except Exception as error:  # a broken build raises anything
        raise ConfigError(f"{need} needs {name}, which cannot be imported: {reason_of(error)}") from error


def choose_device(torch: Any, name: str) -> Any:
    """The device of a name: auto (a GPU if there is one), cpu, cuda, cuda:N or mps. Raises ConfigError without it."""
    if name == "auto":
        has_mps = torch.backends.mps.is_available()
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu")
    device = torch.device(name)
    is_there = {
        "cuda": lambda: torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available,
    }
    if device.type in is_there and not is_there[device.type]():
        raise ConfigError(f"device {name!r} is not available to torch {torch.__version__}; use auto or cpu")
    return device


def choose_dtype(torch: Any, name: str, *, device: Any) -> Any:
    """The type of numbers that a name means: auto is float32 on a CPU, bfloat16 on CUDA, float16 on mps."""
    return getattr(torch, _HALF_ON.get(device.type, "float32") if name == "auto" else name)


def generator_of(torch: Any, request: Request, *, seed: int) -> Any:
    """Random numbers of one repeat of one sample, on the CPU: the same on every device, in every order and batch."""
    repeat = f":{request.repeat}" if request.repeat else ""
    share = hashlib.sha256(f"{seed}:{request.sample_id}{repeat}".encode()).digest()[:8]
    return torch.Generator(device="cpu").manual_seed(int.from_bytes(share, "big") >> 1)


def free_memory(torch: Any) -> None:
    """Gives memory of accelerators that is kept for later back, so that a smaller batch finds it in one piece."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


@contextmanager
def quiet(*libraries: Any) -> Iterator[None]:
    """Keeps transformers and diffusers from writing bars and reports to the terminal of the run."""
    logs = [library.utils.logging for library in libraries]
    levels = [log.get_verbosity() for log in logs]
    for log in logs:
        log.set_verbosity(log.CRITICAL)
        log.disable_progress_bar()
    try:
        yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.set_verbosity(level)
            log.enable_progress_bar()


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turns what the libraries raise into a ConfigError of one line that says what could not be done."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:  # the libraries raise whatever their parts raise
        raise ConfigError(f"{what}: {reason_of(error)}") from error


def check_loaded(info: Any, *, folder: object) -> None:
    """Raises ConfigError where layers were not in the weights: they would hold random numbers."""
    mismatched = sorted(info["mismatched_keys"], key=str)
    if mismatched:
        raise ConfigError(f"the weights in {folder} have another shape than the network at {mismatched[0]}")
    missing = sorted(info["missing_keys"])
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ConfigError(f"the weights in {folder} lack the layer {missing[0]!r}{more}")
