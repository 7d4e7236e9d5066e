from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from importlib.util import find_spec

import pytest

from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Convention, MetricSpec, Pair
from medgen_pytest.metrics.later import LaterDefinition
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.pairwise import Definition
from medgen_pytest.metrics.registry import DEFINITIONS, METRICS, build_metric, build_metrics, conventions_digest


def test_the_metrics_of_this_version_are_known_by_name() -> None:
    assert list(METRICS) == [
        *("ssim", "ms_ssim", "psnr", "lpips", "embedding_similarity"),
        *("exact_match", "token_f1", "bleu", "rouge_l", "bertscore", "bertscore_precision", "bertscore_recall"),
        *("entity_precision", "entity_recall", "entity_f1"),
        *("hallucination_rate", "omission_rate", "factual_precision", "radgraph_f1"),
        *("judge_with_reference", "judge_without_reference"),
    ]


@pytest.mark.parametrize("name", [name for name, one in DEFINITIONS.items() if isinstance(one, LaterDefinition)])
def test_a_definition_that_is_imported_later_is_what_stands_in_its_place(name: str) -> None:
    definition = DEFINITIONS[name]

    assert isinstance(definition, LaterDefinition)
    assert definition.load().spec == definition.spec == METRICS[name]


def test_the_table_of_metrics_imports_no_metric_that_needs_weights_or_a_lexicon() -> None:
    code = "import sys, medgen_pytest.metrics.registry; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    heavy = {"bertscore", "lpips", "embedding", "clinical", "hub", "packages", "torch_runtime"}
    ours = (name.split(".") for name in done.stdout.split() if name.startswith("medgen_pytest.metrics."))
    assert all(find_spec(f"medgen_pytest.metrics.{name}") for name in heavy)
    assert not heavy & {parts[2] for parts in ours}


def test_a_metric_names_the_convention_it_was_asked_for() -> None:
    built = build_metrics(["ssim", "bleu"], convention="upstream")

    assert [metric.convention for metric in built] == ["ssim/upstream@1", "bleu/upstream@1"]


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="unknown metric 'sim'; did you mean 'ssim'"):
        build_metric("sim", convention="canonical")


def test_an_unknown_convention_is_refused() -> None:
    convention: Convention = "upstreams"  # type: ignore[assignment]  # a wrong value is the point

    with pytest.raises(ConfigError, match="unknown convention 'upstreams'; did you mean 'upstream'"):
        build_metric("ssim", convention=convention)


def test_a_metric_named_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="'ssim' is named twice"):
        build_metrics(["ssim", "psnr", "ssim"], convention="canonical")


def test_the_digest_is_over_the_convention_names_whatever_their_order() -> None:
    built = build_metrics(["ssim", "psnr"], convention="canonical")

    expected = hashlib.sha256(b"psnr/canonical@1\nssim/canonical@1").hexdigest()

    names = [metric.convention for metric in built]
    assert conventions_digest(names) == conventions_digest(names[::-1]) == expected


def test_the_digest_tells_conventions_and_selections_apart() -> None:
    digests = {
        conventions_digest(metric.convention for metric in build_metrics(names, convention=convention))
        for names in (["ssim"], ["ssim", "psnr"], [])
        for convention in ("canonical", "upstream")
    }

    assert len(digests) == 5  # no metrics have no conventions


def spec() -> MetricSpec:
    return MetricSpec(
        name="length",
        title="Length",
        version=3,
        kind="text",
        direction="lower",
        low=0.0,
        high=math.inf,
        units="",
        formats=frozenset({Format.VQA}),
    )


def _fail(pair: Pair) -> Measured:
    raise ZeroDivisionError(f"no length of {pair.pred_text}")


def _nan(pair: Pair) -> Measured:
    return Measured(value=math.nan, notes=(f"for {pair.pred_text}",))


PAIR = Pair(task=Task.QUESTION_ANSWERING, pred_text="left", target_text="right")


def test_a_metric_that_crashes_on_a_pair_leaves_it_unscored() -> None:
    (score,) = (
        Definition(spec=spec(), canonical=_fail, upstream=_fail).under("canonical", MetricContext()).score([PAIR])
    )

    assert score.value is None
    assert score.reason == "length failed: ZeroDivisionError: no length of left"
    assert (score.direction, score.convention) == ("lower", "length/canonical@3")


def test_a_value_that_is_no_number_leaves_the_pair_unscored() -> None:
    (score,) = Definition(spec=spec(), canonical=_nan, upstream=_nan).under("upstream", MetricContext()).score([PAIR])

    assert score.value is None
    assert score.reason == "length gave no number (NaN)"
    assert score.notes == ("for left",)
