"""The evaluator: what is handed out was stored first, and what is known is not asked again unless it changed."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.engine.digests import identity_digest
from medgen_pytest.engine.evaluator import EvaluationPolicy, Evaluator
from medgen_pytest.errors import MetricError, OutputError, StoreError
from medgen_pytest.images import encode_png
from medgen_pytest.store import RunDirectory
from tests.engine.parts import CountingModel, LengthMetric, image, picture, sample, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Request, Sample
    from medgen_pytest.domain.score import Score
    from medgen_pytest.engine.evaluator import Evaluation
    from medgen_pytest.metrics.contract import Metric, Pair
    from medgen_pytest.metrics.pairing import SizeRule

EDIT = Task.STYLE_TRANSFER


@pytest.fixture
def store(tmp_path: Path) -> RunDirectory:
    store = RunDirectory(tmp_path / "run")
    store.create({})
    return store


def session(
    store: RunDirectory,
    model: CountingModel,
    *samples: Sample,
    metrics: Sequence[Metric] = (LengthMetric(),),
    rule: SizeRule = "resize",
) -> list[Evaluation]:
    """The evaluations of some samples in one session that goes on with what the run directory holds."""
    evaluator = Evaluator(
        models={"m": model},
        metrics=metrics,
        store=store,
        policy=EvaluationPolicy(worker="main", timeout=10, on_size_mismatch=rule),
        finished=store.load().results,
    )
    try:
        return [evaluator.evaluate(item, model="m") for item in samples]
    finally:
        evaluator.close()


def records(store: RunDirectory) -> list[dict[str, object]]:
    path = store.path / "results-main.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def only(store: RunDirectory) -> SampleResult:
    (result,) = store.load().results.values()
    return result


def test_a_result_is_stored_as_it_is_handed_out(store: RunDirectory) -> None:
    (evaluation,) = session(store, CountingModel(), sample())

    assert only(store) == evaluation.result
    assert evaluation.result.status == "answered"
    assert {name: score.value for name, score in evaluation.result.scores.items()} == {"length": 7.0}
    assert evaluation.result.worker == "main"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", evaluation.result.finished or "")
    assert set(evaluation.result.digests) == {"model", "sample", "metrics"}
    assert evaluation.result.first_input is not None


def test_a_result_that_cannot_be_stored_is_not_handed_out(store: RunDirectory) -> None:
    (store.path / "results-main.jsonl").mkdir()
    evaluator = Evaluator(
        models={"m": CountingModel()},
        metrics=(),
        store=store,
        policy=EvaluationPolicy(worker="main", timeout=10, on_size_mismatch="resize"),
    )

    with pytest.raises(StoreError, match="cannot be written"):
        evaluator.evaluate(sample(), model="m")
    evaluator.close()


def test_an_output_image_is_stored_and_handed_out(store: RunDirectory) -> None:
    (evaluation,) = session(store, CountingModel(lambda _request: ModelOutput(image=picture(3))), sample(EDIT))

    stored = only(store).output
    assert stored.size == (16, 12)
    np.testing.assert_array_equal(store.load_image(str(stored.image)), picture(3))
    np.testing.assert_array_equal(evaluation.output.image, picture(3))


def test_only_metrics_that_apply_are_scored(store: RunDirectory) -> None:
    session(store, CountingModel(lambda _request: ModelOutput(image=picture(3))), sample(EDIT))

    assert only(store).scores == {}


@pytest.mark.parametrize("status", ["answered", "invalid", "error"])
def test_several_tests_of_one_sample_ask_and_record_once(store: RunDirectory, status: str) -> None:
    def reply(_request: Request) -> ModelOutput:
        if status == "error":
            raise ConnectionError("down")
        return ModelOutput(text="A. left" if status == "answered" else "")

    model = CountingModel(reply)

    first, second = session(store, model, sample(), sample())

    assert len(model.asked) == len(records(store)) == 1
    assert (first.result.status, first.reused) == (status, False)
    assert (second.result, second.reused) == (first.result, True)
    assert (second.output.text, second.output.problem) == (first.output.text, first.output.problem)


def test_a_finished_sample_is_not_asked_again_in_a_later_session(store: RunDirectory) -> None:
    output = ModelOutput(text="A. left", raw="raw", usage=Usage(input_tokens=3, cost=0.5), seconds=1.25)
    (first,) = session(store, CountingModel(lambda _request: output), sample())
    model = CountingModel()

    again, and_again = session(store, model, sample(), sample())

    assert model.asked == []
    assert len(records(store)) == 1
    assert (again.result, again.output, again.reused) == (first.result, output, True)
    assert and_again.result == first.result


def test_a_restored_image_is_the_one_that_was_answered(store: RunDirectory) -> None:
    session(store, CountingModel(lambda _request: ModelOutput(image=picture(3))), sample(EDIT))

    (again,) = session(store, CountingModel(), sample(EDIT))

    np.testing.assert_array_equal(again.output.image, picture(3))


def test_an_invalid_answer_is_used_again_with_its_reason(store: RunDirectory) -> None:
    (first,) = session(store, CountingModel(lambda _request: ModelOutput(text=" ")), sample())
    model = CountingModel()

    (again,) = session(store, model, sample())

    assert model.asked == []
    assert first.output.problem == again.output.problem == "the text is empty"


def test_an_error_is_asked_again(store: RunDirectory) -> None:
    def down(_request: Request) -> ModelOutput:
        raise ConnectionError("down")

    session(store, CountingModel(down), sample())

    (again,) = session(store, CountingModel(), sample())

    assert (again.result.status, again.reused) == ("answered", False)
    assert only(store).status == "answered"


@pytest.mark.parametrize(
    ("model", "item", "metrics", "rule"),
    [
        (CountingModel(revision="2"), sample(), [LengthMetric()], "resize"),
        (CountingModel(), sample(source=image(encode_png(picture(9)))), [LengthMetric()], "resize"),
        (CountingModel(), sample(), [LengthMetric(convention="length/canonical@2")], "resize"),
        (CountingModel(), sample(), [LengthMetric(), LengthMetric("other", "other/canonical@1")], "resize"),
        (CountingModel(), sample(), [LengthMetric()], "invalid"),
    ],
    ids=["model", "image", "convention", "metric", "size rule"],
)
def test_a_sample_is_asked_again_when_anything_changed_that_its_result_depends_on(
    store: RunDirectory, model: CountingModel, item: Sample, metrics: list[Metric], rule: SizeRule
) -> None:
    model.asked.clear()
    session(store, CountingModel(), sample())

    (again,) = session(store, model, item, metrics=metrics, rule=rule)

    assert (len(model.asked), again.reused) == (1, False)
    assert only(store) == again.result


@pytest.mark.parametrize("damage", ["gone", "torn", "other"])
def test_a_sample_whose_stored_image_is_gone_or_damaged_is_asked_again(store: RunDirectory, damage: str) -> None:
    model = CountingModel(lambda _request: ModelOutput(image=picture(3)))
    (first,) = session(store, model, sample(EDIT))
    path = store.path / "outputs" / str(first.result.output.image)
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:40] if damage == "torn" else encode_png(picture(4)))

    (again,) = session(store, model, sample(EDIT))

    assert (len(model.asked), again.reused) == (2, False)
    np.testing.assert_array_equal(store.load_image(path.name), picture(3))


def test_an_image_of_the_dataset_that_cannot_be_read_is_an_error_and_nobody_is_asked(store: RunDirectory) -> None:
    model = CountingModel()

    (evaluation, _) = session(store, model, sample(source=unreadable()), sample(source=unreadable()))

    assert model.asked == []
    assert evaluation.result.status == "error"
    assert evaluation.result.reason == (
        "an image of the dataset cannot be used: gone.png: the image file does not exist"
    )
    assert len(records(store)) == 1


def test_a_target_that_cannot_be_decoded_is_an_error_that_keeps_the_answer(store: RunDirectory) -> None:
    item = sample(EDIT, target=image(b"no image", name="target.png"))

    (evaluation,) = session(store, CountingModel(lambda _request: ModelOutput(image=picture(3))), item)

    assert evaluation.result.status == "error"
    assert "an image of the dataset cannot be used: target.png" in str(evaluation.result.reason)
    assert evaluation.result.output.image is not None


def test_an_image_of_another_size_is_scored_or_invalid_as_the_rule_says(store: RunDirectory) -> None:
    model = CountingModel(lambda _request: ModelOutput(image=picture(3, height=5), text="x"))

    (resized,) = session(store, model, sample(EDIT), rule="resize")
    (refused,) = session(store, model, sample(EDIT), rule="invalid")

    assert resized.result.status == "answered"
    assert refused.result.status == "invalid"
    assert refused.output.problem == refused.result.reason
    assert "the output image is 16x5, the target is 16x12" in str(refused.result.reason)


@pytest.mark.parametrize(
    ("score_pair", "reason"),
    [
        (lambda _pair: 1 / 0, "the metric failed: ZeroDivisionError: division by zero"),
        (lambda _pair: None, "the metric failed: it returned a NoneType, not a Score"),
        (lambda _pair: 0.5, "the metric failed: it returned a float, not a Score"),
    ],
)
def test_a_metric_that_breaks_leaves_only_its_own_score_out(
    store: RunDirectory, score_pair: Callable[[Pair], object], reason: str
) -> None:
    broken = LengthMetric("broken", "broken/canonical@3", score_pair)

    session(store, CountingModel(), sample(), metrics=[broken, LengthMetric()])

    scores = only(store).scores
    assert (scores["broken"].value, scores["broken"].reason) == (None, reason)
    assert scores["broken"].convention == "broken/canonical@3"
    assert scores["length"].value == 7.0
    assert only(store).status == "answered"


def test_a_metric_that_gives_too_few_scores_is_unscored(store: RunDirectory) -> None:
    class Silent(LengthMetric):
        def score(self, pairs: Sequence[Pair]) -> list[Score]:
            return super().score(pairs[1:])

    session(store, CountingModel(), sample(), metrics=[Silent()])

    assert only(store).scores["length"].reason == "the metric failed: it returned 0 scores, not 1"


def test_a_metric_error_says_what_it_says(store: RunDirectory) -> None:
    def refuse(_pair: Pair) -> object:
        raise MetricError("the reference is empty")

    session(store, CountingModel(), sample(), metrics=[LengthMetric(score_pair=refuse)])

    assert only(store).scores["length"].reason == "the metric failed: MetricError: the reference is empty"


def test_an_invalid_answer_is_scored_all_the_same(store: RunDirectory) -> None:
    session(store, CountingModel(lambda _request: ModelOutput(text="sorry", problem="refused")), sample())

    assert only(store).status == "invalid"
    assert only(store).scores["length"].value == 5.0


def test_an_output_error_is_stored_as_invalid(store: RunDirectory) -> None:
    def reply(_request: Request) -> ModelOutput:
        raise OutputError("no JSON")

    session(store, CountingModel(reply), sample())

    assert (only(store).status, only(store).reason) == ("invalid", "no JSON")


def test_an_answer_that_repeats_its_raw_reply_is_stored_once(store: RunDirectory) -> None:
    (first,) = session(store, CountingModel(lambda _request: ModelOutput(text="A", raw="A")), sample())
    (again,) = session(store, CountingModel(), sample())

    assert only(store).output.raw is None
    assert first.output.raw == again.output.raw == "A"


@pytest.mark.parametrize("text", ["half \ud800", "nul \x00", "line\u2028end", "x" * 1_000_000])
def test_texts_that_are_hard_to_store_come_back(store: RunDirectory, text: str) -> None:
    session(store, CountingModel(lambda _request: ModelOutput(text=text)), sample())
    (again,) = session(store, CountingModel(), sample())

    assert again.output.text == text


def test_asynchronous_models_share_one_loop_over_all_samples(store: RunDirectory) -> None:
    loops: set[int] = set()

    async def later() -> ModelOutput:
        loops.add(id(asyncio.get_running_loop()))
        return ModelOutput(text="A")

    model = CountingModel(lambda _request: later())

    session(store, model, *(sample(number=number) for number in range(1, 5)))

    assert len(loops) == 1


def test_closing_closes_models_once_and_the_store_even_if_a_model_objects(store: RunDirectory) -> None:
    class Objecting(CountingModel):
        def close(self) -> None:
            raise RuntimeError("not now")

    good, bad = CountingModel(), Objecting()
    evaluator = Evaluator(
        models={"bad": bad, "good": good},
        metrics=(),
        store=store,
        policy=EvaluationPolicy(worker="main", timeout=10, on_size_mismatch="resize"),
    )
    evaluator.evaluate(sample(), model="good")

    with pytest.raises(RuntimeError, match="not now"):
        evaluator.close()
    evaluator.close()

    assert good.closed == 1


def test_the_digest_of_a_model_follows_its_identity() -> None:
    assert identity_digest(CountingModel()) == identity_digest(CountingModel())
    assert identity_digest(CountingModel()) != identity_digest(CountingModel(revision="2"))
    assert identity_digest(CountingModel(revision="half \ud800")) != identity_digest(CountingModel())
