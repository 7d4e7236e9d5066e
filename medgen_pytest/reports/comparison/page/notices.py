"""Notices: what a reader of a comparison must know before believing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.doubts import record_doubts
from medgen_pytest.reports.early_stop import early_stop_text
from medgen_pytest.reports.judging import judge_warnings
from medgen_pytest.reports.page.index_data import name_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.comparison import Comparisons, Side
    from medgen_pytest.reports.comparison.page.material import FlipMaterial
    from medgen_pytest.reports.page.gallery import Gallery


def notices(material: FlipMaterial, gallery: Gallery) -> list[str]:
    """What is to be known of the sides, what was not compared, and what the page does not show."""
    told = [text for side in material.sides for text in _of_side(side)]
    return list(dict.fromkeys([*told, *_not_compared(material.comparisons), *_not_shown(gallery)]))


def _of_side(side: Side) -> Iterator[str]:
    run, letter = side.run, side.letter
    yield from (f"{letter}: {doubt}" for doubt in record_doubts(run.facts))
    if run.shard is not None:
        yield f"{letter} holds shard {run.shard} of a run, not all of its samples"
    if run.early_stop is not None:
        yield f"{letter}: {early_stop_text(run.early_stop)}"
    yield from (f"{letter}: judge: {warning}" for warning in judge_warnings(run))
    if side.is_baseline:
        yield f"{letter} is a baseline, which keeps outcomes and scores but no outputs: they cannot be shown"


def _not_compared(comparisons: Comparisons) -> Iterator[str]:
    for comparison in comparisons.comparisons:
        for name, letter in comparison.unshared.items():
            yield f"{name_text(name)} is not compared: {letter} alone measured it"
    for letter, model in comparisons.unpaired:
        yield f"{name_text(model)} of {letter} is not compared: it has no counterpart"


def _not_shown(gallery: Gallery) -> Iterator[str]:
    if gallery.problem is not None:
        yield f"flipped samples are shown without what the dataset says of them: {gallery.problem}"
    if gallery.left_out:
        whose = counted(gallery.left_out, "flipped sample")
        yield f"the page holds no images of {whose}: there is room for so many only; --images full shows all"
