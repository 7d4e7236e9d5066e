"""Strata: the samples that a run with these settings may take, in the order in which a limit takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.engine.selection import select, stratify
from medgen_pytest.evaluation.planning import PlannedStratum
from medgen_pytest.runs.prepare import open_chosen_dataset, selection_of

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.config.settings import Settings


def strata_of(settings: Settings, *, root: Path) -> list[PlannedStratum]:
    """Format and cluster of each chosen sample, without any limit. Raises ConfigError or DatasetError."""
    dataset = open_chosen_dataset(settings, root=root)
    chosen = stratify(select(dataset, selection_of(settings), limit=None))
    return [PlannedStratum(format=sample.format, cluster=sample.cluster) for sample in chosen]
