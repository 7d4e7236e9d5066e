"""Components: the networks of a diffusers pipeline, loaded one by one so that none is left with random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from medgen_pytest.errors import ConfigError
from medgen_pytest.models.local.checkpoint import has_pickles, weights_problem
from medgen_pytest.models.local.runtime import check_loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.models.local.checkpoint import Checkpoint

INDEX = "model_index.json"
"""The file that names the class of a pipeline and its components."""


class Component(NamedTuple):
    """A part of a pipeline: its name, and the library and class that it is of."""

    name: str
    library: str
    kind: str


def components_of(checkpoint: Checkpoint) -> Iterator[Component]:
    """The parts that the index of a pipeline names and that are there."""
    for name, value in sorted(checkpoint.read(INDEX).items()):
        if isinstance(value, list) and all(isinstance(part, str) for part in value) and not name.startswith("_"):
            library, kind = value
            yield Component(name, library, kind)


def problems_of_pipeline(checkpoint: Checkpoint, *, trusted: bool) -> Iterator[str]:
    """What keeps a pipeline from being loaded, as far as its files show it."""
    folder = checkpoint.folder
    try:
        index = checkpoint.read(INDEX)
        if not index:
            yield f"{folder} has no {INDEX}, so it is no diffusers pipeline"
        if not isinstance(index.get("_class_name", ""), str) and not trusted:
            yield f"{folder} {_UNTRUSTED}"
        for component in components_of(checkpoint):
            problem = _component_problem(checkpoint, component, trusted=trusted)
            if problem:
                yield problem
    except ConfigError as error:
        yield str(error)


_UNTRUSTED = "brings Python code of its own; 'trust_remote_code: true' runs it, if you trust it"


def _component_problem(checkpoint: Checkpoint, component: Component, *, trusted: bool) -> str | None:
    folder = checkpoint.folder / component.name
    if not folder.is_dir():
        return f"{checkpoint.folder} lacks the folder {component.name!r}, which its {INDEX} names"
    if (folder / f"{component.library}.py").exists() and not trusted:
        return f"{folder} {_UNTRUSTED}"
    # Schedulers and tokenizers have no weights.
    is_network = has_pickles(folder) or any(folder.glob("*.safetensors*"))
    return weights_problem(folder) if is_network else None


def load_networks(
    libraries: dict[str, Any], checkpoint: Checkpoint, *, dtype: Any, variant: str | None
) -> dict[str, Any]:
    """The networks of a pipeline by the names of their components; other components are the pipeline's to load.

    Raises ConfigError naming the folder where a layer is not in the weights.
    """
    found = {}
    for component in components_of(checkpoint):
        kind = _network_class(libraries, component)
        if kind is None:
            continue
        folder = checkpoint.folder / component.name
        has_variant = bool(variant) and any(folder.glob(f"*.{variant}.*safetensors"))
        network, info = kind.from_pretrained(
            folder,
            dtype=dtype,
            variant=variant if has_variant else None,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
        check_loaded(info, folder=folder)
        found[component.name] = network
    return found


def _network_class(libraries: dict[str, Any], component: Component) -> Any:
    """The class of a component that is a network of one of the libraries; None for all others."""
    diffusers, transformers = libraries["diffusers"], libraries["transformers"]
    module = libraries.get(component.library) or getattr(diffusers.pipelines, component.library, None)
    kind = getattr(module, component.kind, None)
    bases = (diffusers.ModelMixin, transformers.PreTrainedModel)
    return kind if isinstance(kind, type) and issubclass(kind, bases) else None
