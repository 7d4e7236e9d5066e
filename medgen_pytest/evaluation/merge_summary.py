"""Merge summaries: what became of the parts of a run when they were joined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Choice = Literal["identical", "finished", "newest", "hidden"]
"""Why one record of a sample counts and not another: they are the same, the other is an error, or older. `hidden` are
records that were left out, because a run directory would take them for the last word."""

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSummary:
    """Numbers of parts, results, planned samples and images, and how often each choice was made.

    `shards` are those that are here, by how many there are in all. `unlike` are the ways in which the parts were made
    differently, each with its values, which is no fault, but may explain a number. `doubts` are about the records of
    parts, by the name of the part, for those of which there are any.
    """

    parts: int
    results: int
    planned: int
    images: int
    shards: Mapping[int, Sequence[int]]
    choices: Mapping[Choice, int]
    unlike: Mapping[str, Sequence[str]]
    doubts: Mapping[str, Mapping[str, object]]

    @property
    def missing_shards(self) -> dict[int, list[int]]:
        """The shards that are not here, by how many there are in all."""
        found = {count: sorted(set(range(1, count + 1)) - set(here)) for count, here in self.shards.items()}
        return {count: missing for count, missing in found.items() if missing}


def shards_here(origins: Iterable[Mapping[str, object]]) -> dict[int, list[int]]:
    """The shards that some parts are, by how many there are in all; parts that are none do not count."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for origin in origins:
        shard = origin.get("shard")
        if isinstance(shard, Mapping):
            found[int(shard["count"])].add(int(shard["index"]))
    return {count: sorted(found[count]) for count in sorted(found)}


def unlike(origins: Sequence[Mapping[str, object]]) -> dict[str, list[str]]:
    """What parts were made with that is not the same for all of them: git commit, Python, platform, packages."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for origin in origins:
        for name, value in _makings(origin).items():
            found[name].append(value)
    told = {
        name: sorted({*values, *([_UNKNOWN] if len(values) < len(origins) else [])})
        for name, values in sorted(found.items())
    }
    return {name: values for name, values in told.items() if len(values) > 1}


def _makings(origin: Mapping[str, object]) -> dict[str, str]:
    versions, git = origin.get("versions"), origin.get("git")
    found = {name: str(origin[name]) for name in ("python", "platform") if origin.get(name) is not None}
    if isinstance(git, Mapping):
        found["git commit"] = str(git.get("commit")) + (" (changed)" if git.get("dirty") else "")
    if isinstance(versions, Mapping):
        found.update({str(name): str(version) for name, version in versions.items()})
    return found
