"""Hub networks: built by transformers from tensors that were read safely, and nothing executed or downloaded."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from medgen_pytest.errors import ConfigError, MissingExtraError
from medgen_pytest.metrics.checkpoint import read_checkpoint
from medgen_pytest.metrics.torch_runtime import EXTRA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from medgen_pytest.metrics.hub import HubModel

_TORCHVISION_REMEDY = (
    "the installed torchvision does not match torch, and transformers cannot be used beside it; it is not needed: "
    "pip uninstall torchvision, or install the build that belongs to torch {version}"
)


def load_transformers(*, need: str) -> Any:
    """The module transformers. Raises MissingExtraError naming who needs it, ConfigError when it is broken."""
    if find_spec("transformers") is None:
        raise MissingExtraError(need=need, package="transformers", extra=EXTRA)
    with _explained(need):
        return importlib.import_module("transformers")


def load_tokenizer(transformers: Any, model: HubModel, **options: object) -> Any:
    """The tokenizer of a model. Raises ConfigError naming its folder for one that cannot be loaded."""
    with _quiet(transformers), _explained(f"the tokenizer in {model.folder}"):
        return transformers.AutoTokenizer.from_pretrained(
            model.folder, local_files_only=True, trust_remote_code=False, **options
        )


def load_network(torch: Any, transformers: Any, model: HubModel, *, optional: str = "pooler") -> Any:
    """The network of a model in float32 on the CPU, set to inference.

    Layers with `optional` in their names may be missing from the weights. Raises ConfigError naming the
    file for weights that are damaged, hold code or anything but tensors, hold no finite numbers, or
    belong to another network, naming the layer; and for an architecture that transformers does not
    know or has to run the repository's own code for.
    """
    state = read_weights(torch, model)
    with _quiet(transformers), _explained(f"the model in {model.folder}"):
        config = transformers.AutoConfig.from_pretrained(model.folder, local_files_only=True, trust_remote_code=False)
        # Without storage, only to learn which class it is.
        with torch.device("meta"):
            architecture = type(transformers.AutoModel.from_config(config, trust_remote_code=False))
        network, info = architecture.from_pretrained(
            None,
            config=config,
            state_dict=state,
            torch_dtype=torch.float32,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            local_files_only=True,
        )
    _check_loaded(model, info, optional=optional)
    return network.eval()


def read_weights(torch: Any, model: HubModel) -> dict[str, Any]:
    """The tensors of all files of a model's weights. Raises ConfigError naming the file for what cannot be used."""
    state: dict[str, Any] = {}
    for path in model.weights:
        if path.suffix != ".json":
            state |= _read_file(torch, path)
    return state


def _read_file(torch: Any, path: Path) -> dict[str, Any]:
    tensors = _read_safetensors(path) if path.suffix == ".safetensors" else read_checkpoint(torch, path)
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not _is_finite(torch, tensor):
            raise ConfigError(f"{path}: the layer {name!r} holds values that are no finite numbers")
    return tensors


def _is_finite(torch: Any, tensor: Any) -> bool:
    # A sum is ten times as fast, and no finite number where one of its parts is none; it may overflow by itself.
    return bool(torch.isfinite(tensor.sum())) or bool(torch.isfinite(tensor).all())


def _read_safetensors(path: Path) -> dict[str, Any]:
    try:
        tensors: dict[str, Any] = importlib.import_module("safetensors.torch").load_file(path)
    except OSError as error:
        raise ConfigError(f"{path}: the weights cannot be read: {error.strerror or error}") from error
    except Exception as error:  # its readers raise errors of their own
        raise ConfigError(f"{path}: damaged, or no safetensors: {_first_line(error)}") from error
    return tensors


def _check_loaded(model: HubModel, info: Mapping[str, Iterable[Any]], *, optional: str) -> None:
    where = ", ".join(str(path) for path in model.weights if path.suffix != ".json")
    for name, found, expected in sorted(info["mismatched_keys"], key=str):
        raise ConfigError(f"{where}: the layer {name!r} has shape {tuple(found)}, expected {tuple(expected)}")
    missing = sorted(name for name in info["missing_keys"] if optional not in name)
    if missing:
        raise ConfigError(f"{where}: the layer {missing[0]!r} is missing; these are another network's weights")


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turns what transformers raises into one line that says what could not be loaded, and why."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:  # transformers raises whatever its parts raise
        if _is_torchvision(error):
            version = getattr(importlib.import_module("torch"), "__version__", "")
            raise ConfigError(f"{what} cannot be loaded: {_TORCHVISION_REMEDY.format(version=version)}") from error
        raise ConfigError(f"{what} cannot be loaded: {type(error).__name__}: {_first_line(error)}") from error


def _is_torchvision(error: BaseException | None) -> bool:
    """Whether an error, or one behind it, is that of a torchvision built for another torch."""
    while error is not None:
        if "torchvision" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keeps transformers from writing bars and load reports to the terminal of the run."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]
