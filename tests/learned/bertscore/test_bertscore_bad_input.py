"""BERTScore with texts, files and packages that are not as they should be."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.bertscore import BERTSCORE
from tests.learned.bertscore.encoders import f1, pair, tiny_context, tiny_state, values, write_encoder
from tests.learned.packages import require

torch = require("torch")
transformers = require("transformers")

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.context import MetricContext

ROOT = Path(__file__).resolve().parents[3]
GOOD = pair("no acute finding in the lung", "there is no acute finding of the lung")

# A torchvision that was built for another torch, as its import shows.
MISMATCHED = 'raise RuntimeError("operator torchvision::nms does not exist")\n'
PREPARE = """
import sys
from pathlib import Path
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.bertscore import BERTSCORE
from medgen_pytest.metrics.context import MetricContext

try:
    BERTSCORE.under("canonical", MetricContext(options={"bertscore": {"model": sys.argv[1], "layer": 2}})).prepare()
except ConfigError as error:
    sys.stdout.write(f"ConfigError: {error}")
"""


class Code:
    """What a pickle runs when it is loaded without care."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.mark),)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def context(folder: Path) -> MetricContext:
    return tiny_context(folder)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """An encoder of its own for a test to break."""
    return write_encoder(tmp_path / "broken", layers=2)


def one(pred: str | None, target: str | None, context: MetricContext) -> Score:
    (score,) = f1([pair(pred, target)], context)
    return score


def prepare(folder: Path, **options: object) -> None:
    BERTSCORE.under("canonical", tiny_context(folder, **{"layer": 2, **options})).prepare()


@pytest.mark.parametrize("text", ["", " ", "\n\t \u3000"])
def test_an_empty_candidate_is_unscored(text: str, context: MetricContext) -> None:
    score = one(text, "no mass", context)

    assert score.value is None
    assert score.reason == "the candidate text is empty"


def test_an_empty_target_is_unscored(context: MetricContext) -> None:
    assert one("no mass", " ", context).reason == "the target text of the sample is empty"


@pytest.mark.parametrize("text", ["\x00\x01\x02", "\u200b\u200f", "[SEP]", "\ufffd"])
def test_a_candidate_without_any_token_is_unscored(text: str, context: MetricContext) -> None:
    score = one(text, "no mass", context)

    assert score.value is None
    assert score.reason == "the encoder finds no token in the candidate text"


def test_a_target_without_any_token_is_unscored(context: MetricContext) -> None:
    assert one("no mass", "\x00", context).reason == "the encoder finds no token in the target text"


@pytest.mark.parametrize(
    "text",
    [
        "no\x00 acute\x01 finding",
        "\u202eno mass\u202c",
        "لا توجد كتلة في الرئة",
        "אין ממצא חריף",
        "🫁" * 300,
        "a" * 200_000,
        "é̂̂" * 500,
    ],
    ids=["control", "override", "arabic", "hebrew", "emoji", "one-long-word", "combining"],
)
def test_strange_texts_are_scored(text: str, context: MetricContext) -> None:
    score = one(text, "no acute finding", context)

    assert score.value is not None
    assert 0 <= score.value <= 1


def test_control_characters_change_nothing(context: MetricContext) -> None:
    clean = one("no acute finding", "no mass", context)

    assert one("no\x00 acu\x01te finding\x02", "no mass", context) == clean


def test_lone_surrogates_are_scored_with_a_note(context: MetricContext) -> None:
    score = one("no mass \ud800", "no mass\udfff", context)

    assert score.value == pytest.approx(1.0, abs=1e-6)
    assert score.notes == ("lone surrogates read as U+FFFD: candidate, target",)


def test_a_text_of_100000_words_is_truncated_and_scored_soon(context: MetricContext) -> None:
    long = "no mass . " * 33_334
    f1([GOOD], context)
    started = time.monotonic()

    score = one(long, "no mass", context)

    assert time.monotonic() - started < 30
    assert score.is_scored
    assert score.notes == ("truncated to 512 tokens: candidate (100004)",)


def test_truncation_names_both_sides(context: MetricContext) -> None:
    score = one("mass " * 600, "no " * 511, context)

    assert score.notes == ("truncated to 512 tokens: candidate (602), target (513)",)


def test_a_text_that_just_fits_has_no_note(context: MetricContext) -> None:
    assert one("mass " * 510, "no mass", context).notes == ()


def test_max_length_truncates_earlier(folder: Path) -> None:
    score = one("no mass in the lung", "no mass", tiny_context(folder, max_length=4))

    assert score.value == pytest.approx(1.0, abs=1e-6)
    assert score.notes == ("truncated to 4 tokens: candidate (7)",)


def test_what_cannot_be_scored_leaves_its_batch_mates_alone(folder: Path) -> None:
    texts = ["", "\x00", "mass " * 600, "\ud800 no mass"]
    alone = values(f1([GOOD], tiny_context(folder)))

    scores = f1([GOOD, *(pair(text, "no mass") for text in texts), GOOD], tiny_context(folder))

    assert [score.is_scored for score in scores] == [True, False, False, True, True, True]
    assert [scores[0].value, scores[-1].value] == pytest.approx(alone * 2, abs=1e-6)


def test_a_candidate_whose_tokens_are_in_every_reference_does_not_count(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "refs.txt").write_text("mass\nmass no", "utf-8")
    context = tiny_context(folder, idf=str(tmp_path / "refs.txt"))

    score = one("mass", "no mass", context)

    assert score.value is None
    assert score.reason == "no token of the candidate counts"


def test_max_length_beyond_the_encoder_is_told(broken: Path) -> None:
    with pytest.raises(ConfigError, match=r"'max_length' is 513, the model .* takes 512 tokens"):
        prepare(broken, max_length=513)


def test_weights_that_are_no_numbers_are_told(tmp_path: Path) -> None:
    _, state = tiny_state(layers=2)
    state["encoder.layer.1.output.dense.weight"][0, 0] = float("nan")
    folder = write_encoder(tmp_path / "nan", layers=2, state=state)

    with pytest.raises(ConfigError, match=r"pytorch_model\.bin: the layer 'encoder\.layer\.1\.output\.dense\.weight'"):
        prepare(folder)


def test_a_pickle_with_code_is_refused_and_not_run(broken: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (broken / "pytorch_model.bin").write_bytes(pickle.dumps({"embeddings.weight": Code(mark)}))

    with pytest.raises(ConfigError, match=r"pytorch_model\.bin: no checkpoint that can be loaded safely"):
        prepare(broken)

    assert not mark.exists()


def test_a_torch_file_with_code_is_refused_and_not_run(broken: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    torch.save({"embeddings.weight": Code(mark)}, broken / "pytorch_model.bin")

    with pytest.raises(ConfigError, match=r"pytorch_model\.bin: no checkpoint that can be loaded safely"):
        prepare(broken)

    assert not mark.exists()


@pytest.mark.parametrize("file", ["pytorch_model.bin", "model.safetensors"])
@pytest.mark.parametrize("keep", [0, 40, 5000])
def test_a_truncated_file_of_weights_is_named(broken: Path, file: str, keep: int) -> None:
    whole = broken / "pytorch_model.bin"
    if file == "model.safetensors":
        require("safetensors.torch").save_file(torch.load(whole, weights_only=True), broken / file)
    (broken / file).write_bytes((broken / file).read_bytes()[:keep])

    with pytest.raises(ConfigError, match=file):
        prepare(broken)


def test_weights_of_another_network_are_named_with_the_layer(broken: Path) -> None:
    torch.save({"features.0.weight": torch.zeros(64, 3, 11, 11)}, broken / "pytorch_model.bin")

    with pytest.raises(
        ConfigError, match=r"pytorch_model\.bin: the layer '.*' is missing; these are another network's"
    ):
        prepare(broken)


def test_weights_of_another_size_are_named_with_the_layer(broken: Path) -> None:
    state = torch.load(broken / "pytorch_model.bin", weights_only=True)
    state["embeddings.word_embeddings.weight"] = torch.zeros(9, 24)
    torch.save(state, broken / "pytorch_model.bin")

    with pytest.raises(ConfigError, match=r"'embeddings\.word_embeddings\.weight' has shape \(9, 24\), expected"):
        prepare(broken)


def test_a_layer_that_the_encoder_lacks_is_told(broken: Path) -> None:
    with pytest.raises(ConfigError, match=r"'layer' is 3, but the model .* has 2 layers"):
        prepare(broken, layer=3)


@pytest.mark.parametrize("file", ["config.json", "vocab.txt", "pytorch_model.bin"])
def test_a_file_that_is_missing_is_told(broken: Path, file: str) -> None:
    (broken / file).unlink()

    with pytest.raises(ConfigError, match="lacks"):
        prepare(broken)


def test_a_configuration_that_is_no_json_is_named(broken: Path) -> None:
    (broken / "config.json").write_text("{", "utf-8")

    with pytest.raises(ConfigError, match=r"config\.json: not JSON"):
        prepare(broken)


@pytest.mark.parametrize(
    "config", [{"num_hidden_layers": 2}, {"num_hidden_layers": 2, "model_type": "unheard-of"}], ids=["none", "unknown"]
)
def test_an_architecture_that_nobody_knows_is_told(broken: Path, config: dict[str, object]) -> None:
    (broken / "config.json").write_text(json.dumps(config), "utf-8")

    with pytest.raises(ConfigError, match="cannot be loaded"):
        prepare(broken)


def test_code_of_a_repository_is_not_run(broken: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (broken / "own.py").write_text(f"from pathlib import Path\nPath({str(mark)!r}).mkdir()\n", "utf-8")
    config = {"num_hidden_layers": 2, "model_type": "own", "auto_map": {"AutoConfig": "own.C", "AutoModel": "own.M"}}
    (broken / "config.json").write_text(json.dumps(config), "utf-8")

    with pytest.raises(ConfigError, match="cannot be loaded"):
        prepare(broken)

    assert not mark.exists()


def test_a_tokenizer_that_cannot_be_read_is_told(broken: Path) -> None:
    (broken / "tokenizer.json").write_text("{", "utf-8")

    with pytest.raises(ConfigError, match=r"the tokenizer in .*broken cannot be loaded"):
        prepare(broken)


def test_a_tokenizer_of_another_model_is_told(broken: Path) -> None:
    (broken / "vocab.txt").write_text("\n".join(["[PAD]"] + ["[UNK]"] + [f"w{i}" for i in range(500)]), "utf-8")

    with pytest.raises(ConfigError, match="cannot read what its tokenizer gives"):
        prepare(broken)


def test_a_device_that_is_not_there_is_told(broken: Path) -> None:
    context = replace(tiny_context(broken, layer=2), device="tpu9")

    with pytest.raises(ConfigError, match="unknown device 'tpu9'"):
        BERTSCORE.under("canonical", context).prepare()


def test_a_torchvision_that_does_not_match_torch_is_told_with_the_remedy(broken: Path, tmp_path: Path) -> None:
    package = tmp_path / "packages" / "torchvision"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(MISMATCHED, "utf-8")
    (package.parent / "torchvision-0.1.dist-info").mkdir()
    (package.parent / "torchvision-0.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: torchvision\nVersion: 0.1\n", "utf-8"
    )
    environment = {**os.environ, "PYTHONPATH": f"{package.parent}{os.pathsep}{ROOT}"}  # noqa: TID251 - a test's
    command = [sys.executable, "-c", PREPARE, str(broken)]

    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=300, check=False)

    assert done.stdout.startswith("ConfigError: "), done.stderr
    assert "torchvision does not match torch" in done.stdout
    assert "pip uninstall torchvision" in done.stdout


def test_the_space_before_a_text_is_read_by_byte_level_tokenizers(tmp_path: Path) -> None:
    tokenizers = require("tokenizers")
    folder = tmp_path / "roberta"
    folder.mkdir()
    trained = tokenizers.ByteLevelBPETokenizer()
    trained.train_from_iterator(
        ["a mass in the lung, the lung"] * 9,
        vocab_size=300,
        min_frequency=1,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    )
    trained.save_model(str(folder))
    config = transformers.RobertaConfig(
        vocab_size=300,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=42,
    )
    (folder / "config.json").write_text(json.dumps(config.to_dict()), "utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "RobertaTokenizer"}), "utf-8")
    torch.save(transformers.RobertaModel(config).state_dict(), folder / "pytorch_model.bin")
    metric = BERTSCORE.under("canonical", tiny_context(folder, layer=2))

    reader = metric.scorer._parts().reader

    inner = trained.encode("a lung").ids[-1]
    assert reader.read("lung").ids == (0, inner, 2)
    # Two positions are those of padding and before.
    assert reader.limit == 40
    assert values(metric.score([pair("the lung " * 99, "lung")]))
