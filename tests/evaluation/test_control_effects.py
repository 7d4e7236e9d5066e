"""Whether a judge notices: paired drops, corrected p-values and verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from medgen_pytest.domain.result import SampleResult
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.controls import OVERALL, Finding, Pair, compare_pairs, draw_controlled, should_notice

ASKED = (OVERALL, "truth")


def result(number: int, *, task: Task = Task.MULTIPLE_CHOICE, modality: Modality = Modality.CT) -> SampleResult:
    return SampleResult(model="m", sample_id=f"s{number:03d}", task=task, modality=modality, status="answered")


def pairs(before: list[float], after: list[float]) -> list[Pair]:
    return [
        Pair(before={OVERALL: first, "truth": first}, after={OVERALL: second, "truth": second})
        for first, second in zip(before, after, strict=True)
    ]


def compare(**controls: list[Pair]) -> list[Finding]:
    return compare_pairs(controls, tier="without_reference", asked=ASKED, expected=controls)


def noisy(count: int, *, drop: float, seed: int = 1) -> list[Pair]:
    rng = np.random.default_rng(seed)
    before = rng.uniform(5, 9, count)
    return pairs(before.tolist(), (before - drop + rng.normal(0, 1, count)).tolist())


def test_a_clear_drop_is_noticed_and_none_is_not() -> None:
    seen, unseen = compare(blank=noisy(40, drop=2), shuffled=noisy(40, drop=0))

    assert (seen.overall.verdict, unseen.overall.verdict) == ("notices", "does not notice")
    assert [seen.is_missed, unseen.is_missed] == [False, True]


def test_a_rise_is_no_drop() -> None:
    (finding,) = compare(blank=noisy(40, drop=-2))

    assert finding.overall.verdict == "does not notice"
    assert finding.overall.drop.mean == pytest.approx(-2, abs=0.5)


@pytest.mark.parametrize(
    ("count", "verdict"), [(0, "cannot be told"), (1, "cannot be told"), (5, "cannot be told"), (6, "notices")]
)
def test_few_pairs_cannot_tell_even_if_every_score_falls(count: int, verdict: str) -> None:
    (finding,) = compare(blank=pairs([9.0] * count, [3.0 + number / 10 for number in range(count)]))

    assert {effect.verdict for effect in finding.effects} == {verdict}


def test_few_pairs_cannot_tell_either_when_no_score_falls() -> None:
    assert compare(blank=pairs([5.0] * 5, [5.0] * 5))[0].overall.verdict == "cannot be told"
    assert compare(blank=pairs([5.0] * 6, [5.0] * 6))[0].overall.verdict == "does not notice"


def test_the_figures_are_those_of_other_implementations() -> None:
    those = noisy(18, drop=0.3)
    apart = np.array([pair.before[OVERALL] - pair.after[OVERALL] for pair in those if pair.before and pair.after])

    effect = compare(blank=those)[0].overall

    low, high = stats.t.interval(0.95, 17, loc=apart.mean(), scale=stats.sem(apart))
    # Every way to flip signs, where the package draws.
    sums = np.zeros(1)
    for value in apart:
        sums = np.concatenate([sums + value, sums - value])
    exact = float((sums >= apart.sum() - 1e-9).mean())
    assert effect.drop.mean == pytest.approx(apart.mean(), abs=1e-12)
    assert (effect.drop.low, effect.drop.high) == pytest.approx((low, high), abs=1e-9)
    assert effect.p_wilcoxon == pytest.approx(stats.wilcoxon(apart, alternative="greater").pvalue, abs=1e-12)
    # The share of 20,000 draws has a standard error of at most 0.0036.
    assert effect.p == pytest.approx(exact, abs=0.0144)


def test_p_values_are_corrected_over_all_controls_and_questions_of_the_tier() -> None:
    findings = compare(blank=noisy(12, drop=0.8), shuffled=noisy(12, drop=0.5, seed=2))

    effects = [effect for finding in findings for effect in finding.effects]
    raw = [effect.p for effect in effects if effect.p is not None]
    order = sorted(range(4), key=lambda place: raw[place])
    expected, highest = [0.0] * 4, 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (4 - rank) * raw[place]))
        expected[place] = highest
    assert [effect.p_holm for effect in effects] == pytest.approx(expected, abs=1e-12)


def test_questions_that_nobody_was_asked_are_no_tests() -> None:
    six = [Pair(before={OVERALL: 9.0}, after={OVERALL: 2.0}) for _ in range(6)]

    overall, truth = compare(blank=six)[0].effects

    assert (overall.p, overall.p_holm) == (1 / 64, 1 / 64)
    assert (truth.p, truth.p_holm, truth.drop.mean, truth.verdict) == (None, None, None, "cannot be told")


def test_errors_are_counted_and_in_no_mean() -> None:
    good = pairs([9.0] * 8, [5.0] * 8)
    broken = [
        Pair(before=None, after={OVERALL: 1.0}),
        Pair(before={OVERALL: 9.0}, after=None),
        Pair(before=None, after=None),
    ]

    (finding,) = compare(blank=[*good, *broken])

    assert (finding.tried, finding.errors, finding.overall.drop.pairs, finding.overall.drop.mean) == (11, 3, 8, 4.0)


def test_the_same_pairs_give_the_same_findings() -> None:
    assert compare(blank=noisy(40, drop=0.3)) == compare(blank=noisy(40, drop=0.3))


def test_findings_are_plain_values_for_json() -> None:
    data = compare(blank=pairs([9.0] * 6, [5.0] * 6))[0].to_dict()

    assert (data["control"], data["tried"], data["errors"], data["should_notice"]) == ("blank", 6, 0, True)
    assert data["effects"][0] == {  # type: ignore[index]  # a list
        "asked": "overall",
        "drop": {"mean": 4.0, "low": 4.0, "high": 4.0, "pairs": 6, "level": 0.95},
        "p": 1 / 64,
        "p_wilcoxon": 1 / 64,
        "p_holm": 2 / 64,
        "verdict": "notices",
    }


def test_a_judge_with_the_reference_need_not_notice_what_the_reference_settles() -> None:
    question, edit = result(1), result(2, task=Task.STYLE_TRANSFER)

    assert should_notice("instruction", "without_reference", [question])
    assert should_notice("blank", "without_reference", [question])
    assert not should_notice("instruction", "with_reference", [question, edit])
    assert not should_notice("blank", "with_reference", [question])
    assert should_notice("blank", "with_reference", [question, edit])


def test_outputs_are_drawn_by_task_and_modality_the_same_for_a_seed() -> None:
    kinds = [
        (Task.MULTIPLE_CHOICE, Modality.CT),
        (Task.STYLE_TRANSFER, Modality.CT),
        (Task.STYLE_TRANSFER, Modality.MRI),
    ]
    results = [result(number, task=kinds[number % 3][0], modality=kinds[number % 3][1]) for number in range(60)]

    drawn = draw_controlled(results, count=9, seed=1)

    assert drawn == sorted(drawn) == draw_controlled(reversed(results), count=9, seed=1)
    assert drawn != draw_controlled(results, count=9, seed=2)
    assert sorted(int(key.sample_id[1:]) % 3 for key in drawn) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_of_fewer_outputs_all_are_drawn() -> None:
    assert len(draw_controlled([result(1), result(2)], count=40, seed=0)) == 2
    assert draw_controlled([], count=40, seed=0) == []
