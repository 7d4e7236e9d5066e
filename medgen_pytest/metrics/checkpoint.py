"""Checkpoints: tensors read from a file of weights, and nothing executed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CHUNK = 1 << 20


def read_checkpoint(torch: Any, path: Path) -> dict[str, Any]:
    """The tensors of a checkpoint by name, on the CPU.

    Raises ConfigError naming the file for what cannot be read, is damaged, holds anything but tensors (code
    is refused, never run), and for weights that are not finite numbers.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ConfigError(f"{path}: the weights cannot be read: {error.strerror or error}") from error
    except Exception as error:  # torch raises whatever its readers raise
        raise ConfigError(f"{path}: no checkpoint that can be loaded safely: {_first_line(error)}") from error
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ConfigError(f"{path}: not a checkpoint of tensors by name, but a {type(state).__name__}")
    return {str(name): value for name, value in state.items()}


def take(
    torch: Any,
    state: Mapping[str, Any],
    name: str,
    shape: tuple[int, ...],
    *,
    path: Path,
) -> Any:
    """One tensor of a checkpoint, as float32. Raises ConfigError naming file and layer if it is not as expected."""
    tensor = state.get(name)
    if tensor is None:
        raise ConfigError(
            f"{path}: the layer {name!r} of shape {shape} is missing; these are another network's weights"
        )
    if tuple(tensor.shape) != shape:
        raise ConfigError(f"{path}: the layer {name!r} has shape {tuple(tensor.shape)}, expected {shape}")
    values = tensor.float().contiguous()
    if not bool(torch.isfinite(values).all()):
        raise ConfigError(f"{path}: the layer {name!r} holds values that are no finite numbers")
    return values


def file_digest(path: Path) -> str:
    """SHA-256 over the bytes of a file. Raises ConfigError if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise ConfigError(f"{path}: the weights cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
