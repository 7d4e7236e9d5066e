"""Shards of runs: which one a run directory holds, and whether a session may go on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.domain.shard import Shard
from medgen_pytest.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.store import RunDirectory


def shard_of(manifest: Mapping[str, object]) -> Shard | None:
    """The shard that a run is, None for a whole run. Raises StoreError for what is no shard."""
    stored = manifest.get("shard")
    try:
        return Shard.from_dict(read_mapping(stored)) if stored is not None else None
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"run.json: shard holds what is no shard ({error}); it was edited") from error


def check_resumed_run(store: RunDirectory, shard: Shard | None) -> None:
    """Whether a session of a shard, or of all samples, can go on with a run.

    Raises StoreError for what is no run or has a plan that was edited, ConfigError for another shard than the run's.

    A shard may be continued as a whole run.
    """
    stored = shard_of(store.manifest())
    if shard is not None and shard != stored:
        held = f"shard {stored}" if stored is not None else "a whole run"
        raise ConfigError(
            f"{store.path} holds {held}, which --medgen-shard={shard} cannot go on with: resume it with its own shard,"
            " or without --medgen-shard to evaluate all samples there"
        )
    store.check_plans()
