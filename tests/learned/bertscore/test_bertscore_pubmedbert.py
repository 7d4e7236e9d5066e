"""The default encoder by its repository name, through a hub cache that holds a tiny one of its shape."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from medgen_pytest.metrics.bertscore import BERTSCORE
from medgen_pytest.metrics.bertscore.settings import DEFAULT_MODEL
from medgen_pytest.metrics.context import MetricContext
from tests.learned.bertscore.encoders import PARTS, THREADS, f1, pair, tiny_context, values, write_encoder
from tests.learned.packages import require

torch = require("torch")
require("transformers")

COMMIT = "d673b8835373c6fa116d6d8006b33d48734e305d"
ROOT = Path(__file__).resolve().parents[3]
TEXTS = [
    ("no acute finding in the lung", "there is no acute finding of the lung"),
    ("small effusion on the left side", "there is a small effusion on the right side, unchanged"),
    ("a mass", "normal heart size"),
]
PAIRS = [pair(pred, target) for pred, target in TEXTS]

# What a run without network is: no socket can be made at all.
OFFLINE = """
import socket, sys

def refuse(*args, **kwargs):
    raise AssertionError("the network was asked")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse

from pathlib import Path
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.metrics.bertscore import BERTSCORE
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair

metric = BERTSCORE.under("canonical", MetricContext(threads=1, hub_cache=Path(sys.argv[1])))
metric.prepare()
(score,) = metric.score([Pair(task=Task.QUESTION_ANSWERING, pred_text="no mass", target_text="a mass")])
assert "bert_score" not in sys.modules
sys.stdout.write(f"{score.value:.6f} {score.convention}")
"""


@pytest.fixture(scope="module")
def hub_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub cache with a tiny encoder of twelve layers under the name of the default one."""
    cache = tmp_path_factory.mktemp("hub")
    cached = cache / ("models--" + DEFAULT_MODEL.replace("/", "--"))
    write_encoder(cached / "snapshots" / COMMIT)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(COMMIT, "utf-8")
    return cache


def test_the_default_encoder_is_found_by_name_and_scores(hub_cache: Path) -> None:
    metric = BERTSCORE.under("upstream", MetricContext(threads=THREADS, hub_cache=hub_cache))
    metric.prepare()

    scored = values(metric.score([*PAIRS, pair(TEXTS[0][1], TEXTS[0][1])]))

    assert metric.convention.startswith("bertscore/upstream@1+BiomedNLP-PubMedBERT-base-uncased-abstract-layer12-")
    assert scored[-1] == pytest.approx(1.0, abs=1e-6)
    assert all(0 < value < 0.999 for value in scored[:-1])


@pytest.mark.parametrize("layer", [0, 1, 5, 12])
def test_every_layer_is_that_of_bert_score(hub_cache: Path, layer: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its own imports warn of is not ours
        bert_score = require("bert_score")
    folder = BERTSCORE.under(
        "canonical", MetricContext(threads=THREADS, hub_cache=hub_cache)
    ).scorer._setup.model.folder
    scorer = bert_score.BERTScorer(model_type=str(folder), num_layers=layer, device="cpu")
    scorer._tokenizer.model_max_length = 512  # its own limit is none, which it cannot pass on
    expected = [part.tolist() for part in scorer.score(*map(list, zip(*TEXTS, strict=True)))]
    context = MetricContext(threads=THREADS, hub_cache=hub_cache, options={"bertscore": {"layer": layer}})

    made = [values(part.under("canonical", context).score(PAIRS)) for part in PARTS]

    for mine, other in zip(made, expected, strict=True):
        assert mine == pytest.approx(other, abs=1e-5)


def test_only_the_layers_that_are_asked_for_are_kept(hub_cache: Path) -> None:
    metric = BERTSCORE.under(
        "canonical", MetricContext(threads=THREADS, hub_cache=hub_cache, options={"bertscore": {"layer": 3}})
    )

    metric.prepare()

    assert len(metric.scorer._parts().encoder._network.encoder.layer) == 3


def test_no_network_is_asked(hub_cache: Path) -> None:
    command = [sys.executable, "-c", OFFLINE, str(hub_cache)]

    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)

    assert done.returncode == 0, done.stderr
    assert "bertscore/canonical@1+BiomedNLP-PubMedBERT" in done.stdout
    assert "Loading" not in done.stderr


def test_safetensors_give_what_the_pickle_gives(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "tiny")
    pickled = values(f1(PAIRS, tiny_context(folder)))
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    require("safetensors.torch").save_file(state, folder / "model.safetensors")
    (folder / "pytorch_model.bin").unlink()

    assert values(f1(PAIRS, tiny_context(folder))) == pickled


def test_weights_under_the_names_of_a_model_with_a_head_are_read(tmp_path: Path) -> None:
    # PubMedBERT itself is saved as a model for masked words: a prefix, and no pooler.
    folder = write_encoder(tmp_path / "tiny")
    expected = values(f1(PAIRS, tiny_context(folder)))
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    headed = {f"bert.{name}": tensor for name, tensor in state.items() if "pooler" not in name}
    torch.save({**headed, "cls.predictions.bias": torch.zeros(3)}, folder / "pytorch_model.bin")

    assert values(f1(PAIRS, tiny_context(folder))) == expected


def test_references_are_encoded_once_for_two_models(hub_cache: Path) -> None:
    metric = BERTSCORE.under("canonical", MetricContext(threads=THREADS, hub_cache=hub_cache))
    metric.score(PAIRS)
    encoded: list[int] = []
    encoder = metric.scorer._parts().encoder
    encoder._network.register_forward_hook(lambda _module, args, _output: encoded.append(len(args[0])))

    metric.score([pair("heart is clear", target) for _, target in TEXTS])

    # One candidate for all three, repeated so that its features are those it has in company.
    assert len(encoded) == 1


def test_the_three_parts_compute_once(hub_cache: Path) -> None:
    context = MetricContext(threads=THREADS, hub_cache=hub_cache)
    metrics = [part.under("canonical", context) for part in PARTS]
    metrics[0].score(PAIRS)
    encoded: list[int] = []
    encoder = metrics[0].scorer._parts().encoder
    encoder._network.register_forward_hook(lambda _module, args, _output: encoded.append(len(args[0])))

    precision, recall, f1_ = (values(metric.score(PAIRS)) for metric in metrics)

    assert encoded == []
    assert f1_ == pytest.approx([2 * p * r / (p + r) for p, r in zip(precision, recall, strict=True)])


def test_half_precision_changes_nothing_on_the_cpu(hub_cache: Path) -> None:
    halved = MetricContext(threads=THREADS, hub_cache=hub_cache, half_precision=True, device="cpu")

    assert values(f1(PAIRS, halved)) == values(f1(PAIRS, MetricContext(threads=THREADS, hub_cache=hub_cache)))


def test_the_memory_for_references_is_bounded(hub_cache: Path) -> None:
    bound = 4096
    metric = BERTSCORE.under("canonical", MetricContext(threads=THREADS, hub_cache=hub_cache, cache_bytes=bound))
    pairs = [pair("no mass", f"mass {' mass' * count}") for count in range(40)]

    scored = values(metric.score(pairs))

    assert 0 < metric.scorer._references.held_bytes <= bound
    assert scored == values(f1(pairs, MetricContext(threads=THREADS, hub_cache=hub_cache)))
