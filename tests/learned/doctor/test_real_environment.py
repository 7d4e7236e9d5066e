"""The doctor beside the real torch, and weights that the real libraries find."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from medgen_pytest.config.environment import hub_cache, torch_home
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.diagnosis import examine
from medgen_pytest.metrics.torch_install import look_at_torch
from medgen_pytest.metrics.weight_packing import pack_weights
from medgen_pytest.metrics.weight_unpacking import unpack_weights
from tests.learned.packages import require
from tests.needy_metrics import NEEDY, REVISION, weights_need, write_encoder

torch = require("torch")
transformers = require("transformers")

REPOSITORY = "models--tiny--bert"
SNAPSHOT = f"{REPOSITORY}/snapshots/{REVISION}"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "no", "pneumothorax", "seen"]
# What a machine without internet does: the name of the repository, the cache, and nothing else.
LOAD = """
import json, sys
from transformers import AutoModel, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained("tiny/bert")
model = AutoModel.from_pretrained("tiny/bert").eval()
tokens = tokenizer("no pneumothorax seen", return_tensors="pt")
print(json.dumps([tokens["input_ids"].tolist(), model(**tokens).last_hidden_state.flatten().tolist()]))
"""


def write_hub(cache: Path) -> None:
    """A hub cache with a tiny BERT, as the hub's own library leaves one: links to blobs, and a revision's name."""
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=16,
    )
    folder = cache / REPOSITORY
    saved = folder / "saved"
    saved.mkdir(parents=True)
    (saved / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    torch.manual_seed(3)
    transformers.BertModel(config).save_pretrained(saved)
    transformers.BertTokenizer(str(saved / "vocab.txt")).save_pretrained(saved)
    for name in ("blobs", "refs", f"snapshots/{REVISION}"):
        (folder / name).mkdir(parents=True)
    (folder / "refs" / "main").write_text(REVISION, encoding="utf-8")
    for index, path in enumerate(sorted(saved.iterdir())):
        path.rename(folder / "blobs" / str(index))
        (folder / "snapshots" / REVISION / path.name).symlink_to(f"../../blobs/{index}")
    saved.rmdir()


def loaded_from(cache: Path) -> Any:
    """What a process without internet makes of a text."""
    environment = {**os.environ, "HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}  # noqa: TID251 - handed on
    command = [sys.executable, "-c", LOAD]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(sys.platform == "win32", reason="the hub's cache is made of links")
def test_an_encoder_is_found_by_its_name_on_the_other_machine(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    write_hub(near)
    places = [f"{SNAPSHOT}/{path.name}" for path in sorted((near / SNAPSHOT).iterdir())]
    need = weights_need(MetricContext(hub_cache=near), "tiny/bert", "huggingface", places)

    pack_weights({"meaning": [need]}, tmp_path / "weights.zip")
    unpack_weights(tmp_path / "weights.zip", {"huggingface": far})

    assert (far / REPOSITORY / "refs" / "main").read_text(encoding="utf-8") == REVISION
    assert not any(path.is_symlink() for path in far.rglob("*"))
    (tokens,), states = loaded_from(far)
    assert tokens == [2, 5, 6, 7, 3]
    assert [[tokens], states] == loaded_from(near)


@pytest.mark.skipif(sys.platform == "win32", reason="the hub's cache is made of links")
def test_the_doctor_is_right_about_the_real_environment(tmp_path: Path) -> None:
    install = look_at_torch()
    context = MetricContext(torch_home=tmp_path, hub_cache=tmp_path)

    (without,) = examine(NEEDY, context, ["meaning"], install=install).metrics
    write_encoder(tmp_path)
    (with_weights,) = examine(NEEDY, context, ["meaning"], install=install).metrics

    assert install.torch is not None
    assert (install.torch.version, install.torch.error) == (torch.__version__, None)
    assert install.torch.devices[0].startswith("cpu with ")
    unmet = [state.need.name for state in without.needs if state.problems]
    assert set(unmet) - {"torchvision"} == {"tiny/encoder"}
    assert with_weights.is_ready == ("torchvision" not in unmet) == can_import_a_model()


def can_import_a_model() -> bool:
    """Whether transformers can import a model here, which a torchvision that does not fit prevents."""
    command = [sys.executable, "-c", "from transformers import BertModel"]
    return subprocess.run(command, capture_output=True, check=False, timeout=120).returncode == 0


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"XDG_CACHE_HOME": "caches"},
        {"XDG_CACHE_HOME": "~/caches"},
        {"TORCH_HOME": "~/weights", "HF_HOME": "~/hf"},
        {"TORCH_HOME": "", "HF_HOME": ""},
        {"TORCH_HOME": "$USERS/t", "HF_HOME": "$USERS/hf"},
        {"HF_HUB_CACHE": "${USERS}/new", "HUGGINGFACE_HUB_CACHE": "old"},
        {"HUGGINGFACE_HUB_CACHE": "~/old", "HF_HOME": "hf"},
    ],
    ids=str,
)
def test_weights_are_looked_for_where_the_libraries_look(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name in ("TORCH_HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("USERS", "~/users")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    command = [sys.executable, "-c", "from huggingface_hub import constants; print(constants.HF_HUB_CACHE)"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.rstrip("\n")

    assert hub_cache() == Path(said)
    assert torch_home() / "hub" == Path(torch.hub.get_dir())
