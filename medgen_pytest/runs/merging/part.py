"""Parts: the run directories that are joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.errors import ConfigError, StoreError
from medgen_pytest.runs.shards import shard_of
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.shard import Shard
    from medgen_pytest.store import StoredRun

_TOLD = ("run_id", "started", "shard", "git", "python", "platform", "versions")
"""What a merged run keeps of how each of its parts was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the runs to join: where it lies, what it holds, and of a shard what all shards together plan."""

    store: RunDirectory
    stored: StoredRun
    whole: Sequence[PlannedSample]

    @property
    def name(self) -> str:
        """What messages call it: its path."""
        return str(self.store.path)

    @property
    def manifest(self) -> Mapping[str, object]:
        """How it was made."""
        return self.stored.manifest

    @property
    def latest(self) -> str:
        """When its last session started."""
        return str(self.manifest.get("resumed") or self.manifest.get("started") or "")

    @property
    def shard(self) -> Shard | None:
        """The shard that it is."""
        return shard_of(self.manifest)

    @property
    def planned(self) -> list[PlannedSample]:
        """What it plans, and what all shards plan of which it is one."""
        return [*self.stored.planned, *self.whole]

    @property
    def origins(self) -> list[dict[str, object]]:
        """How it was made, for the merged run; of a merged run how its own parts were."""
        earlier = read_mapping(self.manifest.get("merged") or {}).get("parts")
        if isinstance(earlier, list) and earlier:
            return [dict(read_mapping(origin)) for origin in earlier]
        return [{name: self.manifest.get(name) for name in _TOLD}]


def read_parts(paths: Iterable[Path]) -> list[Part]:
    """The runs in some folders, each once, in the order given.

    Raises StoreError for what is no run or cannot be read, ConfigError for what cannot be joined.
    """
    folders = {path.resolve(): path for path in reversed(list(paths))}
    return [_read(path) for path in reversed(folders.values())]


def _read(path: Path) -> Part:
    store = RunDirectory(path)
    stored = store.load()
    if "judged_run" in stored.manifest:
        raise ConfigError(f"{path} is a judging; merge the runs that were judged, then judge the merged one")
    if not store.sessions():
        raise StoreError(f"{path} holds no plan-*.jsonl: the run ended before its first sample; leave it out")
    part = Part(store=store, stored=stored, whole=store.whole_plan())
    if part.shard is not None and not part.whole:
        raise StoreError(f"{path} is shard {part.shard}, but whole-*.jsonl is gone: what all shards plan is not known")
    return part
