"""The sample for experts: which judged outputs they see, so that what they say holds for all of them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.result import ResultKey
    from medgen_pytest.domain.taxonomy import Modality, Task

Band = Literal["low", "near", "high"]
"""Where a judge's score lies: below its threshold, near to it, or above."""

BANDS: tuple[Band, ...] = get_args(Band)

_LEVELS = (("task", "modality", "band"), ("task", "band"), ("format", "band"), ("band",), ())
"""What strata are told apart by, the finest first: a coarser one where there are more strata than places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedOutput:
    """An output that may be drawn, with the judge's score."""

    key: ResultKey
    task: Task
    modality: Modality
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Outputs that are alike in `traits` (like `{"task": ..., "band": ...}`): `drawn` of `size` are shown."""

    traits: dict[str, str]
    size: int
    drawn: int

    @property
    def weight(self) -> float:
        """How many outputs of the run each drawn one stands for."""
        return self.size / self.drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A drawn output; `stratum` is the place of its stratum in the draw."""

    output: JudgedOutput
    stratum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A stratified sample: the drawn outputs in the order in which experts see them."""

    strata: tuple[Stratum, ...]
    drawn: tuple[Drawn, ...]


def band_of(score: float, *, threshold: float, near: float) -> Band:
    """The band of a score; a score that lies at most `near` from its threshold is near to it."""
    if abs(score - threshold) <= near:
        return "near"
    return "low" if score < threshold else "high"


def draw_sample(outputs: Sequence[JudgedOutput], *, count: int, seed: int, threshold: float, near: float) -> Draw:
    """Draws `count` outputs (all, if there are no more), the same ones for the same seed and outputs.

    Strata are task x modality x band, or coarser where there would be more strata than places; each has at least one
    place, and the others are shared out by size. Within a stratum each output is as likely as any other, whatever
    the order of `outputs`.
    """
    bands = {item.key: band_of(item.score, threshold=threshold, near=near) for item in outputs}
    groups = _groups(outputs, bands, count=count)
    places = _share_out([len(items) for _, items in groups], count=min(count, len(outputs)))
    strata = tuple(
        Stratum(traits=traits, size=len(items), drawn=drawn)
        for (traits, items), drawn in zip(groups, places, strict=True)
    )
    drawn = [
        Drawn(output=item, stratum=number)
        for number, (_, items) in enumerate(groups)
        for item in sorted(items, key=lambda item: lot(seed, "draw", *map(str, item.key)))[: places[number]]
    ]
    return Draw(
        strata=strata, drawn=tuple(sorted(drawn, key=lambda item: lot(seed, "order", *map(str, item.output.key))))
    )


def lot(seed: int, *parts: str) -> str:
    """What stands for chance: the same on every machine, and without relation to what it is drawn for."""
    return hashlib.sha256("\0".join([str(seed), *parts]).encode("utf-8", errors="surrogatepass")).hexdigest()


def _groups(
    outputs: Sequence[JudgedOutput], bands: dict[ResultKey, Band], *, count: int
) -> list[tuple[dict[str, str], list[JudgedOutput]]]:
    """The outputs by stratum, in the order of their traits, at the finest level with a place for each."""
    for level in _LEVELS:
        groups: dict[tuple[str, ...], list[JudgedOutput]] = defaultdict(list)
        for item in outputs:
            groups[tuple(_trait(item, bands[item.key], name) for name in level)].append(item)
        if len(groups) <= count:
            break
    return [(dict(zip(level, traits, strict=True)), groups[traits]) for traits in sorted(groups)]


def _trait(item: JudgedOutput, band: Band, name: str) -> str:
    traits = {"task": item.task.value, "format": item.task.format.value, "modality": item.modality.value, "band": band}
    return traits[name]


def _share_out(sizes: Sequence[int], *, count: int) -> list[int]:
    """Places for strata of these sizes: one each, then always to the one with most outputs to a place."""
    places = [1] * len(sizes)
    for _ in range(count - len(sizes)):
        open_strata = [number for number, size in enumerate(sizes) if places[number] < size]
        places[max(open_strata, key=lambda number: sizes[number] / places[number])] += 1
    return places
