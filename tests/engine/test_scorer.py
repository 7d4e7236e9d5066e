"""The scorer: batches of answers, and the one that breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.engine.answer import Answer
from medgen_pytest.engine.scorer import Scorer
from tests.engine.parts import LengthMetric, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.contract import Pair


class Counting(LengthMetric):
    """Notes the size of each batch, and cannot take a batch with "bad" in it."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """The lengths."""
        self.batches.append(len(pairs))
        if any(pair.pred_text == "bad" for pair in pairs):
            raise RuntimeError("out of order")
        return super().score(pairs)


def answered(text: str) -> Answer:
    return Answer(output=ModelOutput(text=text), status="answered")


def test_a_metric_sees_all_answers_at_once() -> None:
    metric = Counting()

    made = Scorer([metric], on_size_mismatch="resize").score(
        [(sample(), answered(text)) for text in ("a", "bb", "ccc")]
    )

    assert metric.batches == [3]
    assert [one.scores["length"].value for one in made] == [1.0, 2.0, 3.0]


def test_an_answer_that_breaks_a_batch_is_unscored_and_the_others_keep_their_scores() -> None:
    answers = [(sample(), answered(text)) for text in ("a", "bad", "ccc")]

    made = Scorer([Counting()], on_size_mismatch="resize").score(answers)

    assert [one.scores["length"].value for one in made] == [1.0, None, 3.0]
    assert made[1].scores["length"].reason == "the metric failed: RuntimeError: out of order"


def test_an_error_is_not_scored_at_all() -> None:
    metric = Counting()
    failed = Answer(output=ModelOutput(), status="error", reason="down")

    (made,) = Scorer([metric], on_size_mismatch="resize").score([(sample(), failed)])

    assert (made.answer, made.scores, metric.batches) == (failed, {}, [])


def test_no_answers_give_nothing() -> None:
    assert Scorer([Counting()], on_size_mismatch="resize").score([]) == []
