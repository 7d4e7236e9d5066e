"""What BERTScore checks and reads before torch is imported."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.bertscore import BERTSCORE, BERTSCORE_PRECISION, BERTSCORE_RECALL
from medgen_pytest.metrics.bertscore.baseline import read_baseline, rescaled
from medgen_pytest.metrics.bertscore.encoder import layer_count
from medgen_pytest.metrics.bertscore.idf import even_weights, idf_weights, read_corpus
from medgen_pytest.metrics.bertscore.matching import harmonic
from medgen_pytest.metrics.context import MetricContext
from tests.metrics.test_torch_devices import machine

if TYPE_CHECKING:
    from pathlib import Path

DEFINITIONS = (BERTSCORE, BERTSCORE_PRECISION, BERTSCORE_RECALL)
ROWS = "LAYER,P,R,F\n0,0.1,0.2,0.3\n6,0.5,0.6,0.25\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that has the files of a model of six layers, all of them empty but the configuration."""
    model = tmp_path / "tiny"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"model_type": "bert", "num_hidden_layers": 6}), "utf-8")
    (model / "model.safetensors").touch()
    (model / "vocab.txt").touch()
    return tmp_path


def settings(root: Path, **options: object) -> MetricContext:
    return MetricContext(root=root, options={"bertscore": {"model": "tiny", "layer": 6, **options}})


def test_the_three_parts_share_a_scorer(folder: Path) -> None:
    context = settings(folder)

    scorers = {id(definition.under("canonical", context).scorer) for definition in DEFINITIONS}

    assert len(scorers) == 1


def test_the_convention_names_model_layer_and_a_digest_of_its_files(folder: Path) -> None:
    digest = BERTSCORE.under("canonical", settings(folder)).scorer._setup.model.digest()

    names = [definition.under("upstream", settings(folder)).convention for definition in DEFINITIONS]

    assert names == [
        f"{name}/upstream@1+tiny-layer6-{digest[:8]}"
        for name in ("bertscore", "bertscore_precision", "bertscore_recall")
    ]


def test_the_convention_names_what_else_changes_the_number(folder: Path) -> None:
    (folder / "refs.txt").write_text("a\nb", "utf-8")
    (folder / "base.tsv").write_text(ROWS, "utf-8")
    options = {"idf": "refs.txt", "rescale": True, "baseline": "base.tsv", "max_length": 64}

    convention = BERTSCORE.under("canonical", settings(folder, **options)).convention

    assert convention.startswith("bertscore/canonical@1+tiny-layer6-idf-rescaled-max64-")


def test_half_precision_is_another_convention_where_it_is_computed_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = ModuleType("torch")
    torch.__spec__ = ModuleSpec("torch", None)
    vars(torch).update(vars(machine(gpus=1)))
    monkeypatch.setitem(sys.modules, "torch", torch)
    whole = BERTSCORE.under("canonical", settings(folder)).convention

    on_gpu, on_cpu = (
        BERTSCORE.under("canonical", replace(settings(folder), half_precision=True, device=device)).convention
        for device in ("cuda", "cpu")
    )

    assert (on_gpu, on_cpu) == (f"{whole}-half", whole)


@pytest.mark.parametrize(("file", "text"), [("refs.txt", "a\nc"), ("base.tsv", ROWS.replace("0.5", "0.4"))])
def test_other_references_or_baselines_make_another_convention(folder: Path, file: str, text: str) -> None:
    (folder / "refs.txt").write_text("a\nb", "utf-8")
    (folder / "base.tsv").write_text(ROWS, "utf-8")
    options = {"idf": "refs.txt", "rescale": True, "baseline": "base.tsv"}
    before = BERTSCORE.under("canonical", settings(folder, **options)).convention

    (folder / file).write_text(text, "utf-8")

    assert BERTSCORE.under("canonical", settings(folder, **options)).convention != before


def test_the_default_is_pubmedbert_at_layer_12_without_idf_and_rescaling(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract"):
        BERTSCORE.under("canonical", MetricContext(root=tmp_path, hub_cache=tmp_path))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer": 7}, "'layer' is 7, but the model 'tiny' has 6 layers"),
        ({"layer": -1}, "'layer': Input should be greater than or equal to 0"),
        ({"layer": 6.0}, "'layer': Input should be a valid integer"),
        ({"layer": "6"}, "'layer': Input should be a valid integer"),
        ({"layers": 6}, "unknown key 'layers'; did you mean 'layer'"),
        ({"model": ""}, "'model'"),
        ({"model": "./none"}, "the model folder .* does not exist"),
        ({"idf": True}, "'idf': must name a file of references"),
        ({"idf": "none.txt"}, "'idf' names .*none.txt, which is no file"),
        ({"rescale": True}, "bert-score has no baseline for the model 'tiny'|bert-score, which is not installed"),
        ({"baseline": "base.tsv"}, "'baseline' is given, but 'rescale' is not true"),
        ({"rescale": True, "baseline": "none.tsv"}, "none.tsv: the baseline cannot be read"),
        ({"max_length": 2}, "'max_length': Input should be greater than or equal to 3"),
    ],
)
def test_wrong_settings_are_told_before_the_run(folder: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        BERTSCORE.under("canonical", settings(folder, **options))


def test_settings_under_precision_are_refused(folder: Path) -> None:
    context = MetricContext(root=folder, options={"bertscore_precision": {"layer": 6}})

    with pytest.raises(ConfigError, match="'bertscore_precision': has no settings of its own"):
        BERTSCORE.under("canonical", context)


def test_the_needs_are_torch_transformers_and_the_encoder(folder: Path) -> None:
    needs = BERTSCORE.needs(settings(folder))

    assert [(need.kind, need.name) for need in needs] == [
        ("package", "torch"),
        ("package", "transformers"),
        ("weights", "tiny"),
    ]
    assert needs[2].is_met
    assert [file.path.name for file in needs[2].files] == ["config.json", "model.safetensors", "vocab.txt"]


def test_a_missing_encoder_is_a_need_that_is_not_met(tmp_path: Path) -> None:
    need = BERTSCORE.needs(MetricContext(root=tmp_path, hub_cache=tmp_path))[2]

    assert not need.is_met
    assert "hf download microsoft/BiomedNLP-PubMedBERT" in str(need)


def test_a_wrong_layer_shows_among_the_needs(folder: Path) -> None:
    with pytest.raises(ConfigError, match="has 6 layers"):
        BERTSCORE.needs(settings(folder, layer=12))


def test_building_the_metric_imports_nothing_heavy(folder: Path) -> None:
    before = {"torch", "transformers", "bert_score"} & set(sys.modules)

    BERTSCORE.under("canonical", settings(folder))

    assert {"torch", "transformers", "bert_score"} & set(sys.modules) == before


@pytest.mark.parametrize(
    ("config", "count"),
    [
        ({"num_hidden_layers": 12}, 12),
        ({"n_layers": 6}, 6),
        ({"num_layers": 8, "num_decoder_layers": 2}, 8),
        ({"num_hidden_layers": 4, "encoder_layers": 3}, 3),
        ({"num_hidden_layers": "12"}, None),
        ({}, None),
    ],
)
def test_the_layers_are_counted_as_the_configuration_says(config: dict[str, object], count: int | None) -> None:
    assert layer_count(config) == count


def test_the_row_of_the_layer_is_the_baseline(tmp_path: Path) -> None:
    file = tmp_path / "base.tsv"
    file.write_text(ROWS, "utf-8")

    baseline = read_baseline(file, layer=6)

    assert (baseline.precision, baseline.recall, baseline.f1) == (0.5, 0.6, 0.25)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no baseline for layer 6"),
        ("LAYER\tP\tR\tF\n6\t0.5\t0.5\t0.5\n", "no baseline for layer 6"),
        ("LAYER,P,R,F\n5,0.1,0.1,0.1\n", "no baseline for layer 6"),
        ("LAYER,P,R\n6,0.1,0.1\n", "column F must be a number"),
        ("LAYER,P,R,F\n6,x,0.1,0.1\n", "column P must be a number"),
        ("LAYER,P,R,F\n6,0.1,nan,0.1\n", "column R must be a number"),
        ("LAYER,P,R,F\n6,0.1,0.1,1.0\n", "column F must be a number"),
        ("\xff\xfe", "no baseline, which is text"),
    ],
)
def test_a_file_that_is_no_baseline_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "base.tsv"
    file.write_bytes(text.encode("latin-1"))

    with pytest.raises(ConfigError, match=rf"base\.tsv.*{message}"):
        read_baseline(file, layer=6)


@given(st.floats(0, 1), st.floats(-1, 0.99))
def test_rescaling_keeps_the_best_score_and_the_order(value: float, baseline: float) -> None:
    assert rescaled(1.0, baseline) == 1.0
    assert rescaled(baseline, baseline) == 0.0
    assert rescaled(value, baseline) <= 1.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_f1_lies_between_precision_and_recall(precision: float, recall: float) -> None:
    f1 = harmonic(precision, recall)

    assert min(precision, recall) - 1e-12 <= f1 <= max(precision, recall) + 1e-12
    assert f1 == harmonic(recall, precision)


def test_even_weights_leave_out_the_special_tokens() -> None:
    assert even_weights((101, None)).of([101, 7, 101, 8]) == [0.0, 1.0, 0.0, 1.0]


def test_idf_weights_fall_with_the_texts_that_have_the_token() -> None:
    weights = idf_weights([[1, 5, 5, 2], [1, 6, 2], [1, 5, 2]])

    assert weights.of([1, 5, 6, 9]) == pytest.approx([0.0, math.log(4 / 3), math.log(4 / 2), math.log(4)])


def test_references_are_lines_of_text(tmp_path: Path) -> None:
    file = tmp_path / "refs.txt"
    file.write_text("one text\n\n  \r\nanother \u2028 text", "utf-8")

    assert read_corpus(file) == ["one text", "another \u2028 text"]


def test_references_are_texts_or_fields_of_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "refs.JSONL"
    file.write_text('"a"\n{"prediction": "x", "reference": "b"}\n{"answer": "c"}\n{"text": " "}\n', "utf-8")

    assert read_corpus(file) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "every line is empty"),
        (b" \n\t\n", "every line is empty"),
        (b'"a"\n{', r"refs\.jsonl:2: not JSON"),
        (b"[1]", r"refs\.jsonl:1: no reference"),
        (b'{"prediction": "x"}', r"refs\.jsonl:1: no reference"),
        (b'{"reference": 1}', r"refs\.jsonl:1: no reference"),
        (b"\xff", "are not UTF-8"),
    ],
)
def test_a_file_without_references_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "refs.jsonl"
    file.write_bytes(content)

    with pytest.raises(ConfigError, match=message):
        read_corpus(file)


def test_a_file_of_references_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.txt: the references for idf cannot be read"):
        read_corpus(tmp_path / "none.txt")
