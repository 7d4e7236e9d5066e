"""The metrics file: gauges in the text format of OpenMetrics."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.reports.open_metrics import render_metrics
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder

# The grammar of OpenMetrics 1.0 for what the file holds.
LABEL = r'([a-z_]+)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"([a-z_]+)\{{({LABEL}(?:,{LABEL})*)\}} (?P<value>\+Inf|-Inf|NaN|-?[0-9.]+(?:e[+-]?[0-9]+)?)")
TYPE = re.compile(r"# TYPE ([a-z_]+) gauge")
HELP = re.compile(r"# HELP ([a-z_]+) [^\n]+")


def points(run: RunResult) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """The value of each set of labels of each gauge, once the file keeps the grammar."""
    lines = render_metrics(run).split("\n")
    assert lines[-2:] == ["# EOF", ""]
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for line in lines[:-2]:
        declared, sample = TYPE.fullmatch(line), SAMPLE.fullmatch(line)
        if declared is not None:
            assert declared[1] not in found
            found[declared[1]] = {}
        elif sample is None:
            assert HELP.fullmatch(line), line
        else:
            labels = tuple((name, _unescape(value)) for name, value in re.findall(LABEL, sample[2]))
            assert sample[1] == list(found)[-1]
            assert labels not in found[sample[1]]
            found[sample[1]][labels] = float(sample["value"])
    return found


def _unescape(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)


def at(**labels: str) -> tuple[tuple[str, str], ...]:
    return tuple(labels.items())


def test_rates_means_and_counts_are_of_the_model_and_of_each_format(two_models: RunBuilder) -> None:
    found = points(two_models.build())

    rates, means, counts = (found[f"medgen_{name}"] for name in ("accuracy_rate", "mean_score", "samples"))
    assert rates[at(model="other", format="all", metric="accuracy")] == 0.75
    assert rates[at(model="other", format="multimodal_generation", metric="ssim")] == 1.0
    assert means[at(model="other", format="multimodal_generation", metric="token_f1")] == 0.4
    assert counts[at(model="other", format="vqa", outcome="error")] == 1.0
    assert at(model="other", format="image_editing", metric="accuracy") not in rates


def test_gates_that_are_decided_are_1_or_0(one_model: RunBuilder) -> None:
    found = points(one_model.build("vqa/bleu >= 0.9", "multiple-choice/accuracy >= 0.5", "vqa/bleu >= 0.3"))

    assert found["medgen_gate_holds"] == {
        at(gate="vqa/bleu >= 0.9", model="my-vlm", tier="blocking"): 0.0,
        at(gate="multiple-choice/accuracy >= 0.5", model="my-vlm", tier="blocking"): 1.0,
    }


def test_infinite_means_are_infinite(new_run: type[RunBuilder]) -> None:
    run = new_run().add(task=Task.STYLE_TRANSFER, scores={"ssim": 1.0, "psnr": math.inf}).build()

    assert points(run)["medgen_mean_score"][at(model="my-vlm", format="all", metric="psnr")] == math.inf


def test_what_is_unknown_has_no_line(new_run: type[RunBuilder]) -> None:
    assert render_metrics(new_run().build()) == "# EOF\n"
    assert "medgen_cost" not in points(new_run().add(scores={"bleu": 1.0}).build())


@settings(max_examples=40)
@given(st.text(st.characters(), max_size=60))
def test_any_name_comes_through(new_run: type[RunBuilder], model: str) -> None:
    found = points(new_run().add(model=model, scores={"bleu": 1.0}).build())

    assert at(model=visible(model), format="all", metric="accuracy") in found["medgen_accuracy_rate"]
