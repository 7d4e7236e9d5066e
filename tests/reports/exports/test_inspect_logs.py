"""Logs of inspect_ai: its format of version 2, one log a model."""

from __future__ import annotations

import importlib.util
import json
import math
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.reports.exports.inspect_log import file_stem, write_inspect_log
from medgen_pytest.reports.exports.inspect_sample import Question

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder

FACTS = {
    "run_id": "20260801T100000Z-4f2a",
    "started": "2026-08-01T10:00:00+00:00",
    "dataset": {"path": "/data/medgen", "fingerprint": "f" * 64},
    "models": {"my-vlm": {"adapter": "python", "digest": "d"}},
    "metrics": {"bleu": "bleu/upstream@1"},
    "versions": {"medgen-pytest": "0.1.0"},
}
TEXT, NUMBER, OBJECT = {"type": "string"}, {"type": "number"}, {"type": "object"}
MAYBE_TEXT, MAYBE_NUMBER = {"type": ["string", "null"]}, {"type": ["number", "null"]}
MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {"role": {"enum": ["user", "assistant"]}, "content": TEXT, "source": {"const": "generate"}},
}
SCORE = {
    "type": "object",
    "required": ["value"],
    "properties": {"value": NUMBER, "explanation": MAYBE_TEXT, "metadata": OBJECT},
    "additionalProperties": False,
}
# What `EvalLog` and its parts of inspect_ai want of the keys that a log of ours has.
SCHEMA = {
    "type": "object",
    "required": ["version", "status", "eval", "plan", "results", "stats", "samples"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": 2},
        "status": {"enum": ["success", "cancelled"]},
        "eval": {
            "type": "object",
            "required": ["created", "task", "dataset", "model", "config"],
            "properties": {
                "created": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"},
                "model": TEXT,
                "dataset": {"type": "object", "properties": {"location": MAYBE_TEXT, "samples": {"type": "integer"}}},
                "config": {"type": "object", "properties": {"epochs": {"type": "integer"}}},
                "packages": {"type": "object", "additionalProperties": TEXT},
            },
        },
        "plan": OBJECT,
        "results": {
            "type": "object",
            "properties": {
                "total_samples": {"type": "integer"},
                "completed_samples": {"type": "integer"},
                "scores": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "scorer", "metrics"],
                        "properties": {
                            "metrics": {
                                "type": "object",
                                "additionalProperties": {
                                    "type": "object",
                                    "required": ["name", "value"],
                                    "properties": {"name": TEXT, "value": NUMBER},
                                },
                            }
                        },
                    },
                },
            },
        },
        "stats": OBJECT,
        "samples": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "epoch", "input", "target"],
                "properties": {
                    "id": TEXT,
                    "epoch": {"type": "integer", "minimum": 1},
                    "input": TEXT,
                    "choices": {"type": ["array", "null"], "items": TEXT},
                    "target": TEXT,
                    "messages": {"type": "array", "items": MESSAGE},
                    "output": {
                        "type": "object",
                        "required": ["model", "choices"],
                        "properties": {
                            "choices": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["message", "stop_reason"],
                                    "properties": {
                                        "message": MESSAGE,
                                        "stop_reason": {
                                            "enum": [
                                                *("stop", "max_tokens", "model_length"),
                                                *("tool_calls", "content_filter", "unknown"),
                                            ]
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "scores": {"type": "object", "additionalProperties": SCORE},
                    "metadata": OBJECT,
                    "error": {
                        "type": ["object", "null"],
                        "required": ["message", "traceback", "traceback_ansi"],
                        "additionalProperties": TEXT,
                    },
                    "total_time": MAYBE_NUMBER,
                },
            },
        },
    },
}


def log_of(
    run: RunResult, folder: Path, *, model: str = "my-vlm", questions: dict[str, Question] | None = None
) -> dict[str, Any]:
    """The log, once it is known to keep the schema."""
    write_inspect_log(run, model, folder / "log.json", questions=questions or {})
    log: dict[str, Any] = json.loads((folder / "log.json").read_bytes().decode("ascii"))
    jsonschema.Draft202012Validator(SCHEMA).validate(log)
    return log


def test_a_log_says_what_was_evaluated_on_what(one_model: RunBuilder, tmp_path: Path) -> None:
    log = log_of(one_model.build(facts=FACTS), tmp_path)

    assert log["status"] == "cancelled"  # two samples never finished
    assert (log["eval"]["model"], log["eval"]["model_args"]) == ("my-vlm", {"adapter": "python", "digest": "d"})
    assert log["eval"]["dataset"]["location"] == "/data/medgen"
    assert log["eval"]["metadata"]["profile"]["name"] == "medgen-2026.08"
    assert (log["results"]["total_samples"], log["results"]["completed_samples"], len(log["samples"])) == (21, 17, 19)


def test_a_name_of_a_log_begins_with_the_start_of_the_run(one_model: RunBuilder) -> None:
    assert file_stem(one_model.build(facts=FACTS)) == "2026-08-01T10-00-00_medgen-bench"


def test_results_hold_the_rate_and_the_mean_of_each_metric(one_model: RunBuilder, tmp_path: Path) -> None:
    log = log_of(one_model.build(facts=FACTS), tmp_path)

    scores = {
        score["name"]: {name: each["value"] for name, each in score["metrics"].items()}
        for score in log["results"]["scores"]
    }
    assert scores["bleu"] == {"accuracy_rate": 0.375, "mean": pytest.approx(0.304)}
    assert scores["token_f1"] == {"mean": pytest.approx(0.625)}
    assert scores["psnr"]["mean"] == math.inf
    assert scores["accuracy"] == {"accuracy_rate": pytest.approx(13 / 21)}


def test_a_sample_has_a_score_for_its_verdict_and_for_each_metric(new_run: type[RunBuilder], tmp_path: Path) -> None:
    run = new_run().add(scores={"bleu": 0.5, "token_f1": 0.25}, text="an answer", seconds=1.5).build(facts=FACTS)
    question = Question(instruction="What is it?", choices=("A. x", "B. y"), target="A. x")

    [sample] = log_of(run, tmp_path, questions={"vqa:question-answering:000001": question})["samples"]

    assert (sample["input"], sample["choices"], sample["target"]) == ("What is it?", ["A. x", "B. y"], "A. x")
    assert {name: score["value"] for name, score in sample["scores"].items()} == {
        "accuracy": 1.0,
        "bleu": 0.5,
        "token_f1": 0.25,
    }
    assert sample["scores"]["bleu"]["metadata"]["convention"] == "bleu/upstream@1"
    assert sample["output"]["choices"][0]["message"]["content"] == "an answer"
    assert [message["role"] for message in sample["messages"]] == ["user", "assistant"]
    assert sample["total_time"] == 1.5


def test_without_the_dataset_the_id_stands_for_the_question(new_run: type[RunBuilder], tmp_path: Path) -> None:
    [sample] = log_of(new_run().add(scores={"bleu": 0.5}).build(facts=FACTS), tmp_path)["samples"]

    assert sample["input"] == "[not exported: vqa:question-answering:000001]"


def test_an_error_is_an_error_and_no_score(new_run: type[RunBuilder], tmp_path: Path) -> None:
    [sample] = log_of(new_run().add("error", reason="endpoint is down").build(facts=FACTS), tmp_path)["samples"]

    assert sample["error"]["message"] == "endpoint is down"
    assert sample["scores"] == {}


def test_what_is_unscored_is_told_with_its_reason_and_is_no_zero(new_run: type[RunBuilder], tmp_path: Path) -> None:
    builder = new_run().add(task=Task.STYLE_TRANSFER, scores={"ssim": 0.9, "psnr": math.nan})

    [sample] = log_of(builder.build(facts=FACTS), tmp_path)["samples"]

    assert set(sample["scores"]) == {"ssim"}
    assert sample["metadata"]["unscored"] == {"psnr": ""}
    assert sample["metadata"]["outcome"] == "error"


def test_repeats_are_epochs(new_run: type[RunBuilder], tmp_path: Path) -> None:
    builder = new_run().add(scores={"bleu": 1.0}).add(scores={"bleu": 0.0}).repeat_first(2)

    log = log_of(builder.build(facts=FACTS), tmp_path)

    assert log["eval"]["config"]["epochs"] == 2
    assert [(sample["id"][-6:], sample["epoch"]) for sample in log["samples"]] == [("000001", 1), ("000001", 2)]


@settings(max_examples=30)
@given(st.text(st.characters(), max_size=40))
def test_any_text_keeps_the_schema(
    new_run: type[RunBuilder], tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    builder = new_run().add("invalid", model=text, subtask=text, reason=text, text=text, scores={text: 1.0})
    question = Question(instruction=text, choices=(text,), target=text)

    log = log_of(
        builder.build(facts={"run_id": text}),
        tmp_path_factory.mktemp("log"),
        model=text,
        questions={"vqa:question-answering:000001": question},
    )

    assert len(log["samples"]) == 1


@pytest.mark.skipif(importlib.util.find_spec("inspect_ai") is None, reason="inspect_ai is not installed")
def test_inspect_ai_reads_a_log_back(two_models: RunBuilder, tmp_path: Path) -> None:
    from inspect_ai.log import list_eval_logs, read_eval_log, read_eval_log_sample_summaries

    two_models.add("invalid", reason="</script>\ud800\u202e", text="<b>\ud800", scores={"bleu": math.inf})
    path = tmp_path / "2026-08-01T10-00-00_medgen-bench_my-vlm.json"
    write_inspect_log(two_models.build(facts=FACTS), "my-vlm", path, questions={})

    log, summaries = read_eval_log(str(path)), read_eval_log_sample_summaries(str(path))

    assert len(list_eval_logs(str(tmp_path))) == 1
    assert (log.version, log.status, log.eval.model) == (2, "cancelled", "my-vlm")
    assert log.samples is not None
    assert log.results is not None
    assert (len(log.samples), len(summaries)) == (20, 20)
    assert log.samples[-1].scores is not None
    assert log.samples[-1].scores["bleu"].value == math.inf
    assert [score.name for score in log.results.scores] == [
        "accuracy",
        "bleu",
        "exact_match",
        "psnr",
        "ssim",
        "token_f1",
    ]
