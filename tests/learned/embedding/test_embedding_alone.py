"""The similarity in a process without sockets, without torchvision, or beside a torchvision that does not fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.learned.embedding.tiny_models import CUT, RAD_DINO, lay, lay_clip
from tests.learned.packages import require

require("torch")
require("transformers")

pytestmark = pytest.mark.slow  # each test starts processes that import torch

ROOT = Path(__file__).resolve().parents[3]
SCORE = """
import sys
from pathlib import Path
import numpy as np
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.embedding.joint import load_joint_encoder
from medgen_pytest.metrics.embedding.metric import EMBEDDING_SIMILARITY
context = MetricContext(hub_cache=Path(sys.argv[1]), device="cpu")
assert "torch" not in sys.modules
metric = EMBEDDING_SIMILARITY.under("upstream", context)
metric.convention
assert "torch" not in sys.modules, "building a metric must stay cheap"
image = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
pair = Pair(task=Task.NOISE_RECONSTRUCTION, pred_image=image, target_image=image[::-1])
try:
    (score,) = metric.score([pair])
    joint = load_joint_encoder("tiny/clip", context=context)
    shapes = joint.embed_texts(["a lung"]).shape, joint.embed_images([image]).shape
except ConfigError as error:
    print("ConfigError:", error)
else:
    print("value", score.value, shapes, "torchvision.ops" in sys.modules)
"""
NO_SOCKETS = """
import socket
def refuse(*args, **kwargs):
    raise AssertionError("a socket was opened")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""
# As where it is not installed.
NO_TORCHVISION = """
import importlib.util
found = importlib.util.find_spec
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torchvision":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
import sys
sys.meta_path.insert(0, Hide())
importlib.util.find_spec = lambda name, package=None: None if name == "torchvision" else found(name, package)
"""
# As where it was built for another torch.
BROKEN_TORCHVISION = """
import importlib.machinery, sys
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            return importlib.machinery.ModuleSpec(name, self, origin="broken", is_package=True)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        raise RuntimeError("operator torchvision::nms does not exist")
sys.meta_path.insert(0, Broken())
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    lay(folder, RAD_DINO, preprocessor=CUT)
    lay_clip(folder)
    return folder / "hub"


def run(code: str, hub: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code + SCORE, str(hub)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("code", [NO_SOCKETS, NO_TORCHVISION], ids=["no-sockets", "no-torchvision"])
def test_it_scores_and_says_nothing(hub: Path, code: str) -> None:
    result = run(code, hub)

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("value 0.")
    assert "((1, 20), (1, 20))" in result.stdout
    assert result.stderr == ""


def test_it_needs_no_torchvision_and_scores_the_same_without(hub: Path) -> None:
    assert run(NO_TORCHVISION, hub).stdout.split()[1] == run("", hub).stdout.split()[1]


def test_a_torchvision_that_does_not_fit_is_named_with_the_remedy(hub: Path) -> None:
    result = run(BROKEN_TORCHVISION, hub)

    assert result.returncode == 0, result.stderr
    assert "ConfigError" in result.stdout
    assert "pip uninstall torchvision" in result.stdout
