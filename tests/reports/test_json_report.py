from __future__ import annotations

import json
import math
import tracemalloc
from datetime import datetime, timezone
from importlib import resources
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.errors import StoreError
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.slices import BREAKDOWNS
from medgen_pytest.evaluation.tally import Tally
from medgen_pytest.reports.json_report import VIEWS, report_dict, report_schema, write_json_report

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder

HOSTILE = st.text(st.characters(), max_size=60)


def report_of(run: RunResult) -> dict[str, Any]:
    """The report, once it is known to be valid."""
    report = report_dict(run)
    jsonschema.Draft202012Validator(report_schema()).validate(report)
    return report


def refuse(constant: str) -> None:
    pytest.fail(f"{constant} is not JSON")


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())


def test_the_schema_says_nothing_twice() -> None:
    text = resources.files("medgen_pytest.reports").joinpath("report.schema.json").read_text(encoding="utf-8")

    def check(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert sorted(name for name, _ in pairs) == sorted(dict(pairs))
        return dict(pairs)

    assert json.loads(text, object_pairs_hook=check) == report_schema()


def test_the_schema_knows_every_format_task_modality_and_outcome() -> None:
    definitions: Any = report_schema()["$defs"]

    assert definitions["format"]["enum"] == [form.value for form in Format]
    assert definitions["task"]["enum"] == [task.value for task in Task]
    assert definitions["modality"]["enum"] == [modality.value for modality in Modality]
    assert definitions["outcome"]["enum"] == [outcome.value for outcome in Outcome]


def test_every_breakdown_has_a_view_in_the_schema() -> None:
    assert set(VIEWS) == set(BREAKDOWNS)
    assert set(VIEWS.values()) <= set(report_schema()["properties"])  # type: ignore[call-overload]  # an object


def test_a_key_that_the_schema_does_not_know_is_refused(one_model: RunBuilder) -> None:
    report = report_dict(one_model.build())
    report["totals"] = {**report["totals"], "extra": 1}  # type: ignore[dict-item]  # an object

    with pytest.raises(jsonschema.ValidationError, match="extra"):
        jsonschema.Draft202012Validator(report_schema()).validate(report)


def test_every_form_of_a_gate_is_valid(two_models: RunBuilder) -> None:
    gates = (
        "advisory: image_editing/ssim mean >= -0.5",
        "errors <= 1%",
        "cost <= 500",
        "all/psnr mean >= 0",
        "vqa/bleu lower bound >= 0.25 at 99%",
        "vqa/accuracy upper bound <= 100%",
    )

    told = report_of(two_models.build(*gates))["gates"]

    facts = ("tier", "metric", "measure", "form", "bound", "model", "measured")
    assert [tuple(gate[name] for name in facts) for gate in told if gate["model"] in {"other", None}] == [
        ("blocking", "accuracy", "errors", "value", 0.01, "other", 0.25),
        ("blocking", "cost", "cost", "value", 500.0, None, None),
        ("blocking", "psnr", "mean", "value", 0.0, "other", 29.0),
        ("blocking", "bleu", "rate", "lower bound", 0.25, "other", pytest.approx(2 / 3)),
        ("blocking", "accuracy", "rate", "upper bound", 1.0, "other", pytest.approx(2 / 3)),
    ]
    assert told[0]["tier"] == "advisory"


def test_a_run_of_all_formats_and_outcomes_is_valid(two_models: RunBuilder) -> None:
    report = report_of(two_models.build("vqa/bleu >= 0.3", "image_editing[modality=CT]/ssim >= 10%"))

    assert report["totals"] == {
        "planned": 25,
        "judged": 20,
        "accurate": 16,
        "inaccurate": 3,
        "invalid": 1,
        "error": 3,
        "missing": 2,
        "accuracy_rate": 0.64,
        "accuracy_rate_of_judged": 0.8,
    }
    assert [len(report[view]) for view in VIEWS.values()] == [2, 4, 5, 2, 5, 6, 7]


def test_a_run_without_samples_is_valid(new_run: type[RunBuilder], tmp_path: Path) -> None:
    run = new_run().build()
    path = tmp_path / "report.json"

    write_json_report(run, path)

    assert report_of(run)["totals"]["accuracy_rate"] is None
    assert json.loads(path.read_text(encoding="utf-8"))["samples"] == []


@pytest.mark.parametrize(
    ("gates", "status", "code"),
    [
        ([], "no_gates", None),
        (["multiple-choice/accuracy >= 0.5"], "incomplete", 11),
        (["vqa/bleu >= 0.9"], "breached", 1),
    ],
)
def test_the_verdict_carries_the_exit_code(
    one_model: RunBuilder, gates: list[str], status: str, code: int | None
) -> None:
    assert report_of(one_model.build(*gates))["verdict"] == {"status": status, "exit_code": code}


@pytest.mark.parametrize(
    ("times", "errors", "status", "code"), [(3, 0, "holds", 0), (3, 1, "inconclusive", 10)], ids=["holds", "errors"]
)
def test_errors_beyond_the_policy_make_the_verdict_inconclusive(
    new_run: type[RunBuilder], times: int, errors: int, status: str, code: int
) -> None:
    builder = new_run().add(scores={"bleu": 0.5}, times=times).add("error", times=errors)

    assert report_of(builder.build("vqa/bleu >= 0.5"))["verdict"] == {"status": status, "exit_code": code}


def test_a_gate_tells_its_slice_bound_tally_and_status(one_model: RunBuilder) -> None:
    run = one_model.build("image_editing[modality=X-ray]/ssim  >= 95%")

    [gate] = report_of(run)["gates"]

    assert gate["tally"].pop("accuracy_rate") == pytest.approx(8 / 9)
    assert gate == {
        "gate": "image_editing[modality=X-ray]/ssim >= 95%",
        "tier": "blocking",
        "metric": "ssim",
        "measure": "rate",
        "form": "value",
        "where": {"format": "image_editing", "modality": "X-Ray"},
        "sign": ">=",
        "bound": 0.95,
        "level": None,
        "baseline": None,
        "model": "my-vlm",
        "status": "breached",
        "reason": "0.8889 (8 of 9)",
        "measured": pytest.approx(8 / 9),
        "interval": {
            "low": pytest.approx(0.565, abs=1e-3),
            "high": pytest.approx(0.980, abs=1e-3),
            "level": 0.95,
            "method": "wilson",
        },
        "needed": None,
        "detectable": None,
        "tally": {
            "planned": 9,
            "judged": 9,
            "accurate": 8,
            "inaccurate": 1,
            "invalid": 0,
            "error": 0,
            "missing": 0,
            "accuracy_rate_of_judged": pytest.approx(8 / 9),
        },
    }


def test_a_slice_tells_what_it_is_of_and_its_metrics(one_model: RunBuilder) -> None:
    report = report_of(one_model.build())

    [part] = [part for part in report["by_task"] if part["task"] == "question-answering"]

    assert (part["model"], part["format"], part["tally"]["accurate"], part["tally"]["planned"]) == (
        "my-vlm",
        "vqa",
        3,
        6,
    )
    assert set(part["metrics"]) == {"bleu", "token_f1"}
    assert part["metrics"]["bleu"]["threshold"] == 0.09
    assert part["metrics"]["bleu"]["direction"] == "higher"
    assert part["metrics"]["bleu"]["mean"] == pytest.approx((3 * 0.5 + 2 * 0.01) / 5)
    assert part["metrics"]["token_f1"] == {
        "direction": "higher",
        "threshold": None,
        "mean": pytest.approx(0.55),
        "mean_interval": {
            "low": pytest.approx(0.13, abs=0.01),
            "high": pytest.approx(0.83, abs=0.01),
            "level": 0.95,
            "method": "abc",
        },
        "scored": 5,
        "tally": None,
        "interval": None,
    }
    assert part["interval"]["low"] < part["tally"]["accuracy_rate"] < part["interval"]["high"]
    assert part["interval"]["method"] == "wilson"


def test_a_metric_is_described_once_with_the_rate_of_each_model(two_models: RunBuilder) -> None:
    ssim = report_of(two_models.build())["by_metric"]["ssim"]

    rates = {entry["model"]: entry["tally"]["accuracy_rate"] for entry in ssim["models"]}
    assert rates == {"my-vlm": pytest.approx(9 / 13), "other": 1.0}
    assert (ssim["threshold"], ssim["direction"]) == (0.7, "higher")
    assert ssim["required_by"][:2] == ["2d-to-3d-reconstruction", "3d-to-2d-projection"]


def test_a_metric_of_another_version_is_reported_without_a_description(new_run: type[RunBuilder]) -> None:
    report = report_of(new_run().add(scores={"bleu": 0.5, "future": 3.0}).build())

    assert report["by_metric"]["future"]["direction"] is None
    assert report["by_model"][0]["metrics"]["future"]["mean"] == 3.0


def test_an_inaccurate_sample_tells_its_misses_scores_and_time(one_model: RunBuilder) -> None:
    samples = report_of(one_model.build())["samples"]

    [sample] = [sample for sample in samples if sample["seconds"] == 2.0]

    assert sample == {
        "model": "my-vlm",
        "sample_id": "edit:noise-reconstruction:000017",
        "repeat": 0,
        "format": "image_editing",
        "task": "noise-reconstruction",
        "subtask": None,
        "modality": "X-Ray",
        "outcome": "inaccurate",
        "reason": "ssim 0.61, needs >= 0.7",
        "misses": [{"metric": "ssim", "value": 0.61, "sign": ">=", "threshold": 0.7}],
        "scores": {
            "psnr": {"value": 30.0, "direction": "higher", "convention": "psnr/upstream@1", "outcome": "accurate"},
            "ssim": {
                "value": 0.61,
                "direction": "higher",
                "convention": "ssim/upstream@1",
                "notes": ["resized from 10x10"],
                "outcome": "inaccurate",
            },
        },
        "image": None,
        "seconds": 2.0,
    }


def test_an_unscored_metric_is_null_with_its_reason_and_never_zero(one_model: RunBuilder) -> None:
    samples = report_of(one_model.build())["samples"]

    [score] = [s["scores"]["ssim"] for s in samples if "ssim" in s["scores"] and s["scores"]["ssim"]["value"] is None]

    assert (score["value"], score["reason"], score["outcome"]) == (None, "it broke", "error")


def test_samples_are_sorted_by_model_and_id(two_models: RunBuilder) -> None:
    two_models.planned.reverse()

    keys = [(sample["model"], sample["sample_id"]) for sample in report_of(two_models.build())["samples"]]

    assert keys == sorted(keys)


def test_infinities_are_words_in_strict_json(new_run: type[RunBuilder], tmp_path: Path) -> None:
    scores = {"ssim": 0.9, "psnr": math.inf}
    run = new_run().add(scores=scores, task=Task.STYLE_TRANSFER, seconds=math.inf).build()
    path = tmp_path / "report.json"

    write_json_report(run, path)

    report = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert report["samples"][0]["scores"]["psnr"]["value"] == "inf"
    assert report["by_model"][0]["metrics"]["psnr"]["mean"] == "inf"
    assert report == report_of(run)


def test_the_environment_is_the_facts_sorted_and_as_plain_values(new_run: type[RunBuilder]) -> None:
    facts = {
        "versions": {"numpy": "2.0", "medgen-pytest": "0.1.0"},
        "dataset": {"path": PurePosixPath("data/mini"), "samples": 96},
        "started": datetime(2026, 8, 1, tzinfo=timezone.utc),
        "seeds": (1, 2),
    }

    environment = report_of(new_run().build(facts=facts))["environment"]

    assert json.dumps(environment) == json.dumps(
        {
            "dataset": {"path": "data/mini", "samples": 96},
            "seeds": [1, 2],
            "started": "2026-08-01 00:00:00+00:00",
            "versions": {"medgen-pytest": "0.1.0", "numpy": "2.0"},
        }
    )


def test_the_file_holds_the_same_as_the_dict_a_slice_and_a_sample_a_line(
    two_models: RunBuilder, tmp_path: Path
) -> None:
    run = two_models.build("vqa/bleu >= 0.3")
    path = tmp_path / "report.json"

    write_json_report(run, path)

    text = path.read_text(encoding="utf-8")
    assert json.loads(text) == report_of(run)
    assert text.endswith("  ]\n}\n")
    report = report_of(run)
    lines = sum(len(report[name]) for name in (*VIEWS.values(), "samples"))
    assert sum(line.startswith('    {"model"') for line in text.splitlines()) == lines


def test_the_same_run_gives_the_same_bytes(two_models: RunBuilder, tmp_path: Path) -> None:
    write_json_report(two_models.build(), tmp_path / "one.json")
    two_models.results = dict(reversed(two_models.results.items()))
    write_json_report(two_models.build(), tmp_path / "two.json")

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@settings(max_examples=40)
@given(model=HOSTILE, subtask=HOSTILE, reason=HOSTILE, metric=HOSTILE, fact=HOSTILE)
def test_any_text_gives_a_valid_report_that_any_encoding_can_hold(
    new_run: type[RunBuilder], model: str, subtask: str, reason: str, metric: str, fact: str
) -> None:
    builder = new_run().add("invalid", model=model, subtask=subtask, reason=reason, scores={metric: 1.0})

    report = report_of(builder.build(facts={fact: [fact]}))

    text = json.dumps(report, ensure_ascii=False, allow_nan=False)
    assert json.loads(text.encode("utf-8")) == report


def test_the_file_is_ascii_so_that_no_terminal_obeys_it(new_run: type[RunBuilder], tmp_path: Path) -> None:
    path = tmp_path / "report.json"

    write_json_report(new_run().add(model="影\x9b2J\u202e\ud800", scores={"bleu": 0.5}).build(), path)

    text = path.read_bytes().decode("ascii")
    assert json.loads(text)["samples"][0]["model"] == "影\x9b2J\u202e\\ud800"


def test_memory_does_not_grow_with_the_file(new_run: type[RunBuilder], tmp_path: Path) -> None:
    run = new_run().add("invalid", scores={"bleu": 0.5, "token_f1": 0.5}, reason="r" * 1000, times=2000).build()
    path = tmp_path / "report.json"

    tracemalloc.start()
    write_json_report(run, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < path.stat().st_size / 4


def test_a_path_that_cannot_be_written_is_named(one_model: RunBuilder, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"report .* cannot be written"):
        write_json_report(one_model.build(), tmp_path)


@pytest.mark.parametrize(("aggregate", "accurate", "mean"), [("mean", 2 / 3, 0.5), ("all", 0, 0.0), ("any", 1, 1.0)])
def test_repeats_are_told_one_by_one_and_counted_as_one(
    new_run: type[RunBuilder], aggregate: Aggregation, accurate: float, mean: float
) -> None:
    builder = new_run()
    for value in (1.0, 0.5, 0.0):
        builder.add(scores={"bleu": value})
    builder.add("error").repeat_first(3)

    report = report_of(builder.build(aggregate=aggregate))

    assert report["repeats"] == {
        "fewest": 1,
        "most": 3,
        "aggregate": aggregate,
        "totals": {**Tally(accurate=2, inaccurate=1, error=1).to_dict()},
    }
    assert (report["totals"]["planned"], report["totals"]["accurate"], report["totals"]["error"]) == (2, accurate, 1)
    assert report["by_model"][0]["metrics"]["bleu"]["mean"] == mean
    assert report["by_model"][0]["metrics"]["bleu"]["scored"] == 1
    assert [(sample["repeat"], sample["outcome"]) for sample in report["samples"]] == [
        (0, "accurate"),
        (1, "accurate"),
        (2, "inaccurate"),
        (0, "error"),
    ]
