"""Reading: a judge's reply as analysis, scores and overall score; what is not there is not guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.errors import JudgementError
from medgen_pytest.judge.combining import combine
from medgen_pytest.judge.key_names import known_keys, show_keys
from medgen_pytest.judge.reply_object import find_object
from medgen_pytest.judge.score_value import is_placeholder, read_score, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PARTS = ("analysis", "scores", "overall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A judgement as it was read: scores on the rubric's scale, by dimension in the rubric's order.

    `tolerated` says what was not as it was asked for, and what looks odd, such as an overall score
    beyond that of every dimension.
    """

    analysis: str
    scores: Mapping[str, float]
    overall: float
    tolerated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The three parts of a reply, none of them looked at yet; `totals` are all that may be the overall score."""

    analysis: str
    scores: Mapping[str, object]
    totals: tuple[object, ...]
    notes: tuple[str, ...]


def read_judgement(
    text: str,
    *,
    dimensions: Sequence[str],
    low: float,
    high: float,
    overall: Literal["asked", "mean", "lowest"],
) -> Reading:
    """The judgement in a judge's reply, `{"analysis": "...", "scores": {NAME: NUMBER}, "overall": NUMBER}`.

    What `models.replies` tolerates in JSON is tolerated; the last object that judges counts, and it has to be
    whole. Every one of `dimensions` (one or more) has to be scored from `low` to `high`, by the grammar of
    `read_score`. Names may differ in case and in what stands between their words; scores may stand beside
    the analysis instead of within `scores`, the overall score within them; further keys are ignored. All that
    is told in `tolerated`. The overall score is the reply's own (`asked`), or the mean or the lowest of the
    dimensions: then what the reply says of it does not count.

    Raises JudgementError, in one line that names the part and shows its value, for everything else: no JSON, a part
    that is missing, there twice or cut off, no analysis, no number, a number off the scale, a reply that
    repeats the form that was asked for, a refusal. Takes linear time.
    """
    found = find_object(text, marks=(*_PARTS, *dimensions))
    parts = _parts(found.members, dimensions)
    notes = [*found.tolerated, *parts.notes]
    scores: dict[str, float] = {}
    for name in dimensions:
        scores[name], more = read_score(parts.scores[name], name=name, low=low, high=high)
        notes += more
    if overall == "asked":
        total, more = read_score(_only(parts.totals), name="overall", low=low, high=high)
        notes += [*more, *_doubt(total, scores)]
    else:
        total = min(scores.values()) if overall == "lowest" else combine(list(scores.values()), "mean")
    return Reading(analysis=parts.analysis, scores=scores, overall=total, tolerated=tuple(notes))


def _parts(members: dict[str, object], dimensions: Sequence[str]) -> _Parts:
    top = known_keys(members, _PARTS)
    nested = "scores" in top.values
    inner = top.values["scores"] if nested else {key: members[key] for key in top.others}
    if not isinstance(inner, dict):
        raise JudgementError(f"'scores' is {show(inner)}, which is no object")
    given = known_keys(inner, {*dimensions, "overall"})
    others = (*top.others, *given.others) if nested else given.others
    scores = {name: given.values[name] for name in dimensions if name in given.values}
    if not nested and not scores:
        raise JudgementError(f"no 'scores' in the JSON of the reply; its keys: {show_keys(members)}")
    missing = [name for name in dimensions if name not in scores]
    if missing:
        raise JudgementError(f"no score for {', '.join(missing)}; scored: {show_keys(inner)}")
    if all(is_placeholder(value) for value in scores.values()):
        raise JudgementError("the reply repeats the form that was asked for and gives no score")
    totals = [top.values["overall"]] if "overall" in top.values else []
    if "overall" in given.values and "overall" not in dimensions:
        totals.append(given.values["overall"])
    return _Parts(
        analysis=_analysis(top.values, members),
        scores=scores,
        totals=tuple(totals),
        notes=(*top.notes, *given.notes, *_oddities(members, top.values, others)),
    )


def _analysis(values: Mapping[str, object], members: Mapping[str, object]) -> str:
    if "analysis" not in values:
        raise JudgementError(f"no 'analysis' in the JSON of the reply; its keys: {show_keys(members)}")
    analysis = values["analysis"]
    if is_placeholder(analysis):
        raise JudgementError(f"'analysis' is {show(analysis)}, which says nothing")
    if not isinstance(analysis, str):
        raise JudgementError(f"'analysis' is {show(analysis)}, which is no text")
    return analysis.strip()


def _oddities(members: Mapping[str, object], values: Mapping[str, object], others: Sequence[str]) -> list[str]:
    notes = [] if "scores" in values else ["the scores stand beside the analysis, not within 'scores'"]
    if next(iter(members.values())) is not values.get("analysis"):
        notes.append("the analysis does not come first")
    return notes + ([f"ignored: {show_keys(others)}"] if others else [])


def _only(totals: Sequence[object]) -> object:
    if not totals:
        raise JudgementError("no 'overall' in the JSON of the reply")
    if any(total != totals[0] for total in totals[1:]):
        raise JudgementError(f"'overall' is there twice: {' and '.join(map(show, totals))}")
    return totals[0]


def _doubt(total: float, scores: Mapping[str, float]) -> list[str]:
    lowest, highest = min(scores.values()), max(scores.values())
    if lowest <= total <= highest:
        return []
    return [f"overall {total:g} lies outside its dimensions, {lowest:g} to {highest:g}"]
