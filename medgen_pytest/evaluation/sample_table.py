"""Sample tables: what each sample counts as under every rate, and its scores, in arrays for all slices at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.repeats import score_of, shares_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.domain.score import Score
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.statistics.clusters import Codes, Numbers
    from medgen_pytest.evaluation.tally import Count

    Shares = Mapping[Outcome, Count]
    _Repeated = tuple[int, Sequence[Case]]

OUTCOMES = tuple(Outcome)
_SPLIT, _NONE = len(OUTCOMES), -1
_CODES: Mapping[Outcome | None, int] = {**{outcome: code for code, outcome in enumerate(OUTCOMES)}, None: _NONE}
_VALUE = attrgetter("value")
_OPEN = [_CODES[Outcome.ERROR], _CODES[Outcome.MISSING]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeColumn:
    """What samples count as under one rate: their numbers and, as places in `OUTCOMES`, their outcomes; (k,) each.

    One whose repeats count as several outcomes has the place after the last, and its `shares` by its number.
    """

    samples: Codes
    codes: Codes
    shares: Mapping[int, Shares]

    def of(self, outcome: Outcome) -> Codes:
        """The samples that count as this outcome as a whole."""
        return np.asarray(self.samples[self.codes == _CODES[outcome]])

    @property
    def open(self) -> Codes:
        """The samples that could not be judged; one with repeats is an error or missing as a whole."""
        return self.samples[np.isin(self.codes, _OPEN)]

    def accurate(self, total: int, *, open_as: float = 0.0) -> Numbers:
        """The share of each of `total` samples that is accurate, (total,), taking those that are open as `open_as`."""
        values = np.zeros(total)
        values[self.of(Outcome.ACCURATE)] = 1.0
        values[self.open] = open_as
        for sample, shares in self.shares.items():
            values[sample] = float(shares.get(Outcome.ACCURATE, 0))
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreColumn:
    """The scores of one metric, `values`, and the numbers of the samples that have one; (k,) each.

    `unscored` are samples of which is only known why they have none, (m,).
    """

    samples: Codes
    values: Numbers
    unscored: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTable:
    """Samples, numbered from 0, with their repeats as one; a *cell* is a set of samples that lie in the same slices.

    `cells` and `clusters` are those of each sample, (samples,), a cluster being the number of its first sample.
    """

    cells: Codes
    clusters: Codes
    rates: Mapping[str, OutcomeColumn]
    scores: Mapping[str, ScoreColumn]

    @classmethod
    def of(cls, samples: Sequence[Sequence[Case]], cells: Sequence[int], *, aggregate: Aggregation) -> SampleTable:
        """The table of samples, the cases of each of them together, in these cells."""
        groups = _Group.all_of(samples)
        repeated = [(number, repeats) for number, repeats in enumerate(samples) if len(repeats) > 1]
        return cls(
            cells=np.array(cells, dtype=np.intp),
            clusters=_clusters(repeats[0].cluster for repeats in samples),
            rates=_rates(groups, repeated, aggregate, total=len(samples)),
            scores=_scores(groups, repeated, aggregate, total=len(samples)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Samples that were asked once, as nearly all are, with outcomes under the same rates and scores of the same names.

    What they have is one array. `numbers` are those of the samples, `cases` what there is of each.
    """

    rates: tuple[str, ...]
    scored: tuple[str, ...]
    numbers: list[int] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)

    @classmethod
    def all_of(cls, samples: Iterable[Sequence[Case]]) -> list[_Group]:
        """The groups of all samples that were asked once."""
        found: dict[tuple[tuple[str, ...], tuple[str, ...]], _Group] = {}
        for number, repeats in enumerate(samples):
            if len(repeats) == 1:
                case = repeats[0]
                rates, scored = tuple(case.metrics), tuple(_scores_of(case))
                group = found.get((rates, scored))
                if group is None:
                    group = found[rates, scored] = cls(rates=rates, scored=scored)
                group.numbers.append(number)
                group.cases.append(case)
        return list(found.values())


def _clusters(names: Iterable[str | None]) -> Codes:
    known: dict[str, int] = {}
    # A sample that stands alone has its own number, which is that of no other cluster.
    codes = [number if name is None else known.setdefault(name, number) for number, name in enumerate(names)]
    return np.array(codes, dtype=np.intp)


def _rates(
    groups: Iterable[_Group], repeated: Iterable[_Repeated], aggregate: Aggregation, *, total: int
) -> dict[str, OutcomeColumn]:
    codes: defaultdict[str, Codes] = defaultdict(lambda: np.full(total, _NONE, dtype=np.intp))
    split: defaultdict[str, dict[int, Shares]] = defaultdict(dict)
    for group in groups:
        codes[ACCURACY][group.numbers] = [_CODES[case.verdict.outcome] for case in group.cases]
        outcomes = chain.from_iterable(case.metrics.values() for case in group.cases)
        found = np.array([_CODES[outcome] for outcome in outcomes], dtype=np.intp)
        for name, column in zip(group.rates, found.reshape(len(group.cases), len(group.rates)).T, strict=True):
            codes[name][group.numbers] = column
    for number, repeats in repeated:
        for name, shares in _shares(repeats, aggregate).items():
            codes[name][number] = _CODES[next(iter(shares))] if len(shares) == 1 else _SPLIT
            if len(shares) > 1:
                split[name][number] = shares
    return {name: _outcome_column(column, split[name]) for name, column in codes.items()}


def _shares(repeats: Sequence[Case], aggregate: Aggregation) -> dict[str, Shares]:
    """What a sample counts as under every rate."""
    outcomes = {name: [case.metrics[name] for case in repeats] for name in repeats[0].metrics}  # of one task, all alike
    outcomes[ACCURACY] = [case.verdict.outcome for case in repeats]
    return {name: shares_of(ended, aggregate) for name, ended in outcomes.items()}


def _outcome_column(codes: Codes, shares: Mapping[int, Shares]) -> OutcomeColumn:
    held = np.flatnonzero(codes != _NONE)
    return OutcomeColumn(samples=held, codes=codes[held], shares=shares)


def _scores(
    groups: Iterable[_Group], repeated: Iterable[_Repeated], aggregate: Aggregation, *, total: int
) -> dict[str, ScoreColumn]:
    # Of each metric the numbers of some samples, and their scores: NaN where is only known why there is none.
    found: defaultdict[str, list[tuple[Sequence[int], Numbers]]] = defaultdict(list)
    for group in groups:
        told = chain.from_iterable(_scores_of(case).values() for case in group.cases)
        values = np.array(list(map(_VALUE, told)), dtype=np.float64)
        for name, column in zip(group.scored, values.reshape(len(group.cases), len(group.scored)).T, strict=True):
            found[name].append((group.numbers, column))
    for number, repeats in repeated:
        for name in dict.fromkeys(name for case in repeats for name in _scores_of(case)):
            held = [scores[name] for case in repeats if name in (scores := _scores_of(case))]
            value = score_of(held, aggregate)
            found[name].append(([number], np.array([value], dtype=np.float64)))
    columns = {name: _score_column(parts) for name, parts in found.items()}
    # Those that are scored first come first, whatever the order in which the scores of a sample are told.
    return dict(sorted(columns.items(), key=lambda item: (*item[1].samples[:1].tolist(), total, item[0])))


def _scores_of(case: Case) -> Mapping[str, Score]:
    return case.result.scores if case.result is not None else {}


def _score_column(parts: Sequence[tuple[Sequence[int], Numbers]]) -> ScoreColumn:
    numbers = np.concatenate([np.array(part, dtype=np.intp) for part, _ in parts])
    order = np.argsort(numbers)
    numbers, values = numbers[order], np.concatenate([part for _, part in parts])[order]
    is_scored = ~np.isnan(values)
    return ScoreColumn(samples=numbers[is_scored], values=values[is_scored], unscored=numbers[~is_scored])
