"""Baselines: what the gates of a merged run are against, as its parts keep it or as new gates name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.runs.baselines import kept_baselines
from medgen_pytest.runs.finish import settle_overrides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.evaluation.baseline import Baseline
    from medgen_pytest.runs.finish import Overrides
    from medgen_pytest.runs.merging.part import Part


def joined_baselines(
    parts: Sequence[Part], manifest: Mapping[str, object], overrides: Overrides, *, root: Path
) -> Mapping[str, Baseline]:
    """The baselines of the merged run that a manifest describes, by how its gates name them.

    Raises ConfigError for gates and settings that cannot work, and for parts that were held against different files;
    StoreError for a part that does not keep its baselines.
    """
    _, policy = settle_overrides(manifest, overrides, root=root, path=parts[0].store.path)
    if overrides.gates is None:
        for part in parts[1:]:
            _check_same(policy.baselines, kept_baselines(policy.gates, part.store.path), parts[0], part)
    return policy.baselines


def _check_same(first: Mapping[str, Baseline], second: Mapping[str, Baseline], one: Part, other: Part) -> None:
    for name in sorted(first):
        if first[name].to_dict()["digest"] != second[name].to_dict()["digest"]:
            raise ConfigError(
                f"{one.name} and {other.name} were held against different files of the name {name!r}; say which counts"
                " with --gate"
            )
