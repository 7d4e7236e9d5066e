"""The local model: a network of this machine as a model, loaded with its first answer and asked in batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from medgen_pytest.config.environment import hub_cache
from medgen_pytest.errors import ConfigError, ModelError
from medgen_pytest.models.batching import Batcher, is_out_of_memory
from medgen_pytest.models.digests import without_secrets
from medgen_pytest.models.local.checkpoint import find_checkpoint
from medgen_pytest.models.local.runtime import versions_of
from medgen_pytest.models.reason import reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.local.checkpoint import Checkpoint
    from medgen_pytest.models.local.settings import LocalSettings

# Where an answer is computed, how many at once and what is asked does not make another model of it.
_APART = {"path", "device", "batch_size", "formats", "hub_cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFacts:
    """What an adapter knows before anything is loaded: its name, the packages it uses, what will not work."""

    adapter: str
    packages: tuple[str, ...]
    problems: tuple[str, ...] = ()


class Network(Protocol):
    """What runs weights: used by one thread, apart from `stop`."""

    def load(self) -> None:
        """Loads the weights. Raises ConfigError for those that cannot be used."""

    def answer(self, requests: Sequence[Request]) -> list[ModelOutput | Exception]:
        """An answer for each request, or what went wrong with it alone."""

    def free(self) -> None:
        """Gives memory back that a failed batch took."""

    def stop(self) -> None:
        """Lets the batch that is being answered end early."""


def locate(name: str, settings: LocalSettings, context: ModelContext) -> Checkpoint:
    """The weights that the settings of a model mean. Raises ConfigError naming the model."""
    cache = context.root / Path(settings.hub_cache).expanduser() if settings.hub_cache else hub_cache()
    try:
        return find_checkpoint(settings.path, revision=settings.revision, hub_cache=cache, root=context.root)
    except ConfigError as error:
        raise ConfigError(f"model {name!r}: {error}") from error


class LocalModel:
    """A network as a model. The first answer waits until the weights are loaded.

    Weights that cannot be loaded are tried once: every sample is then an error with the reason.
    """

    asynchronous = True

    def __init__(
        self, network: Network, *, settings: LocalSettings, checkpoint: Checkpoint, facts: AdapterFacts
    ) -> None:
        self._network = network
        self._settings = settings
        self._checkpoint = checkpoint
        self._facts = facts
        self._batcher = Batcher(self, size=settings.batch_size)
        self._identity: Mapping[str, object] | None = None
        self._is_loaded = False
        self._failure: str | None = None
        self._must_free = False

    @property
    def identity(self) -> Mapping[str, object]:
        """Adapter, name, commit and digest of the weights, settings that change answers, versions of the libraries."""
        if self._identity is None:
            settings = self._settings.model_dump(mode="json", exclude=_APART)
            self._identity = {
                "adapter": self._facts.adapter,
                "model": self._checkpoint.name,
                "commit": self._checkpoint.commit,
                "digest": self._checkpoint.digest(),
                "settings": without_secrets(settings),
                "versions": versions_of(*self._facts.packages),
            }
        return self._identity

    @property
    def formats(self) -> frozenset[Format]:
        """Those of the settings."""
        return frozenset(self._settings.formats)

    @property
    def concurrency(self) -> int:
        """One batch that is answered, and one that gathers meanwhile."""
        return 2 * self._settings.batch_size

    def check(self) -> list[str]:
        """What is missing in the folder of the weights, and code that comes with them."""
        return list(self._facts.problems)

    def close(self) -> None:
        """Ends the batch that is being answered, and lets go of the weights."""
        self._network.stop()
        self._batcher.close()

    async def answer(self, request: Request) -> ModelOutput:
        """The answer to a request, from the batch that it becomes part of."""
        return await self._batcher.answer(request)

    def answer_batch(self, requests: Sequence[Request]) -> list[ModelOutput | Exception]:
        """An answer for each request, or what went wrong with it alone; called in the thread of the batcher."""
        self._load()
        if self._failure is not None:
            return [ModelError(self._failure)] * len(requests)
        if self._must_free:
            self._network.free()
            self._must_free = False
        try:
            return self._network.answer(requests)
        except Exception as error:
            self._must_free = is_out_of_memory(error)
            raise

    def _load(self) -> None:
        if self._is_loaded:
            return
        self._is_loaded = True
        try:
            self._network.load()
        except Exception as error:  # noqa: BLE001 - the libraries raise whatever their parts raise
            reason = str(error) if isinstance(error, ConfigError) else reason_of(error)
            self._failure = f"the model could not be loaded: {reason}"
