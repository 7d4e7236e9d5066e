"""Sample tables: what each sample counts as under every rate, and its scores, in arrays for all slices at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.repeats import score_of, shares_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.statistics.clusters import Codes, Numbers
    from medgen_pytest.evaluation.tally import Count

    Shares = Mapping[Outcome, Count]

OUTCOMES = tuple(Outcome)
_SPLIT, _NONE = len(OUTCOMES), -1
_CODES: Mapping[Outcome | None, int] = {**{outcome: code for code, outcome in enumerate(OUTCOMES)}, None: _NONE}
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
        return cls(
            cells=np.array(cells, dtype=np.intp),
            clusters=_clusters(repeats[0].cluster for repeats in samples),
            rates=_rates(samples, aggregate),
            scores=_scores(samples, aggregate),
        )


def _clusters(names: Iterable[str | None]) -> Codes:
    known: dict[str, int] = {}
    # A sample that stands alone has its own number, which is that of no other cluster.
    codes = [number if name is None else known.setdefault(name, number) for number, name in enumerate(names)]
    return np.array(codes, dtype=np.intp)


def _rates(samples: Sequence[Sequence[Case]], aggregate: Aggregation) -> dict[str, OutcomeColumn]:
    whole: list[Mapping[str, Outcome]] = []
    split: dict[int, Mapping[str, Shares]] = {}
    for number, repeats in enumerate(samples):
        if len(repeats) == 1:  # as nearly all are
            whole.append({ACCURACY: repeats[0].verdict.outcome, **repeats[0].metrics})
        else:
            shares = _shares(repeats, aggregate)
            whole.append({name: next(iter(said)) for name, said in shares.items() if len(said) == 1})
            split[number] = {name: said for name, said in shares.items() if len(said) > 1}
    names = dict.fromkeys(name for told in (*whole, *split.values()) for name in told)
    return {name: _outcome_column(name, whole, split) for name in names}


def _shares(repeats: Sequence[Case], aggregate: Aggregation) -> dict[str, Shares]:
    """What a sample counts as under every rate."""
    outcomes = {name: [case.metrics[name] for case in repeats] for name in repeats[0].metrics}  # of one task, all alike
    outcomes[ACCURACY] = [case.verdict.outcome for case in repeats]
    return {name: shares_of(ended, aggregate) for name, ended in outcomes.items()}


def _outcome_column(
    name: str, whole: Sequence[Mapping[str, Outcome]], split: Mapping[int, Mapping[str, Shares]]
) -> OutcomeColumn:
    codes = np.array([_CODES[told.get(name)] for told in whole], dtype=np.intp)
    shares = {number: told[name] for number, told in split.items() if name in told}
    codes[list(shares)] = _SPLIT
    held = np.flatnonzero(codes != _NONE)
    return OutcomeColumn(samples=held, codes=codes[held], shares=shares)


def _scores(samples: Sequence[Sequence[Case]], aggregate: Aggregation) -> dict[str, ScoreColumn]:
    told: defaultdict[str, list[int]] = defaultdict(list)
    values: defaultdict[str, list[float | None]] = defaultdict(list)
    for number, repeats in enumerate(samples):
        for name, value in _values(repeats, aggregate):
            told[name].append(number)
            values[name].append(value)
    columns = {name: _score_column(told[name], values[name]) for name in told}
    # Those that are scored first come first, whatever the order in which the scores of a sample are told.
    return dict(sorted(columns.items(), key=lambda item: (*item[1].samples[:1].tolist(), len(samples), item[0])))


def _values(repeats: Sequence[Case], aggregate: Aggregation) -> list[tuple[str, float | None]]:
    """The score of a sample in every metric that any of its repeats has; None where it is only known why not."""
    results = [case.result for case in repeats if case.result is not None]
    if len(results) == 1:  # as nearly all have
        scores = results[0].scores
        return [(name, score.value if score.is_scored else None) for name, score in scores.items()]
    names = dict.fromkeys(name for result in results for name in result.scores)
    held = {name: [result.scores[name] for result in results if name in result.scores] for name in names}
    return [(name, score_of(repeated, aggregate)) for name, repeated in held.items()]


def _score_column(told: Sequence[int], values: Sequence[float | None]) -> ScoreColumn:
    numbers, scores = np.array(told, dtype=np.intp), np.array(values, dtype=np.float64)
    is_scored = np.array([value is not None for value in values], dtype=np.bool_)
    return ScoreColumn(samples=numbers[is_scored], values=scores[is_scored], unscored=numbers[~is_scored])
