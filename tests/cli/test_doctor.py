"""`medgen doctor`, run as a process of its own in environments that the test builds."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fake_packages import NMS_ERROR, write_package, write_torch, write_torchvision
from tests.needy_metrics import CHECKPOINT, SNAPSHOT, write_checkpoint, write_encoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "transformers")
# The real command with the metrics of the tests; the path of imports is given, and nothing of the site.
PROGRAM = """
import json, sys
from pathlib import Path
sys.path[:] = json.loads(sys.argv.pop(1))
from medgen_pytest.cli import doctor
from medgen_pytest.cli.command import build_parser
from medgen_pytest.cli.metric_choice import MetricChoice
from medgen_pytest.metrics.context import MetricContext
from tests.needy_metrics import NEEDY, named

def choose(options, _):
    context = MetricContext(root=Path("here"), torch_home=Path("torch-home"), hub_cache=Path("hub-cache"))
    return MetricChoice(definitions=NEEDY, context=context, names=named(options.medgen_metrics))

sys.exit(doctor.run(build_parser().parse_args(["doctor", *sys.argv[1:]]), choose=choose))
"""


@dataclass(frozen=True)
class Environment:
    """A folder to work in, and packages that stand beside what the package itself needs."""

    folder: Path

    @property
    def packages(self) -> Path:
        return self.folder / "packages"

    def doctor(self, *arguments: str) -> tuple[int, str]:
        """The exit code and what `doctor -v` prints; nothing may be said on stderr."""
        paths = [str(self.packages), str(ROOT), *map(str, _standard_library()), str(self.folder / "site")]
        command = [sys.executable, "-I", "-S", "-c", PROGRAM, json.dumps(paths), "-v", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout

    def install_extra(self, *, torch_source: str = "") -> None:
        """Puts in what the extra brings."""
        write_torch(self.packages, source=torch_source)
        write_package(self.packages, "transformers", "5.24.0", source="raise RuntimeError('imported')\n")

    def get_weights(self) -> None:
        """Puts the weights where they are looked for."""
        write_checkpoint(self.folder / "torch-home")
        write_encoder(self.folder / "hub-cache")


def _standard_library() -> list[Path]:
    names = sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")
    return [path for name in dict.fromkeys(names) for path in (Path(name), Path(name) / "lib-dynload")]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment without torch, whatever is installed where the tests run."""
    if sys.platform == "win32":
        pytest.skip("the packages are linked, which not every user may do on Windows")
    (tmp_path / "packages").mkdir()
    (tmp_path / "site").mkdir()
    for name in ("purelib", "platlib"):
        for path in Path(sysconfig.get_path(name)).iterdir():
            link = tmp_path / "site" / path.name
            if path.name.partition("-")[0] not in HEAVY and not link.exists():
                link.symlink_to(path)
    return Environment(tmp_path)


def test_nothing_installed_names_the_extra_and_the_weights(environment: Environment) -> None:
    code, out = environment.doctor()

    assert code == 1
    assert "  ok       ready: plain\n           plain: needs nothing\n" in out
    assert (
        "  problem  the package 'torch' (runs the networks of metrics) is not installed;"
        " needed by picture, meaning, similar_meaning\n"
        "           to do: pip install 'medgen-pytest[metrics]'\n"
    ) in out
    assert "tiny/encoder are not in hub-cache; needed by meaning, similar_meaning\n" in out
    assert "           to do: get-weights tiny/encoder; or carry them here: medgen weights pack weights.zip" in out
    assert "\n4 problems, " in out


def test_the_extra_without_weights_says_how_to_get_them(environment: Environment) -> None:
    environment.install_extra()

    code, out = environment.doctor()

    assert code == 1
    assert "  ok       torch 2.13.0+cpu: cpu with 2 threads\n" in out
    assert "pip install" not in out
    assert (
        "  problem  the weights tiny picture network are not in torch-home; needed by picture\n"
        "           to do: get-weights tiny picture network; or carry them here: "
    ) in out


def test_weights_that_are_there_are_told_with_path_size_and_digest(environment: Environment) -> None:
    environment.install_extra()
    environment.get_weights()

    code, out = environment.doctor()

    assert code == 0
    assert "  ok       ready: picture, meaning, similar_meaning, plain\n" in out
    assert "           meaning: torch 2.13.0+cpu, transformers 5.24.0, tiny/encoder\n" in out
    assert (
        f"  ok       tiny/encoder, for meaning, similar_meaning\n"
        f"           hub-cache/{SNAPSHOT}/config.json: 2 bytes (0.0 MiB)\n"
        f"             SHA-256 {hashlib.sha256(b'{}').hexdigest()}\n"
    ) in out
    assert f"           torch-home/{CHECKPOINT}: 15 bytes" in out
    assert "note: its name promises a digest that begins with 0a1b2c3d: not the file that was published\n" in out
    assert "\nno problem" in out


@pytest.mark.parametrize(
    ("version", "asks", "build", "reason"),
    [
        ("0.28.0", "torch (==2.13.0)", "", ""),
        ("0.27.1", "torch (==2.12.1)", "", "belongs to torch ==2.12.1, installed is torch 2.13.0+cpu"),
        ("0.28.0", "torch (==2.13.0)", "+cu130", "is built for CUDA 13, torch 2.13.0+cpu is not"),
    ],
)
def test_a_torchvision_that_does_not_match_is_told_where_it_matters(
    environment: Environment, version: str, asks: str, build: str, reason: str
) -> None:
    environment.install_extra()
    environment.get_weights()
    write_torchvision(environment.packages, version, asks=asks, build=build)

    code, out = environment.doctor()
    picture = environment.doctor("--metrics=picture,plain")

    assert code == 1
    assert "  ok       ready: picture, plain\n" in out
    assert f"torchvision {version}{build} cannot be imported beside this torch: RuntimeError: {NMS_ERROR}" in out
    assert reason in out
    assert "; stands in the way of meaning, similar_meaning\n" in out
    assert "           to do: pip uninstall torchvision (no metric needs it), or install the torch and" in out
    assert picture[0] == 0
    assert "  warning  torchvision" in picture[1]


@pytest.mark.parametrize(("build", "code"), [("", 0), ("+cu130", 1)])
def test_quickly_a_mismatch_is_only_seen_in_what_is_written(environment: Environment, build: str, code: int) -> None:
    environment.install_extra(torch_source="raise RuntimeError('imported')")
    environment.get_weights()
    write_torchvision(environment.packages, build=build)

    done = environment.doctor("--quick")

    assert done[0] == code
    assert "SHA-256" not in done[1]
    assert "RuntimeError" not in done[1]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("raise OSError('libtorch.so: no such\\nfile')", "OSError: libtorch.so: no such file"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("import os; os._exit(66)", "importing it ends Python with exit code 66"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "importing it ends Python with exit code -11"),
        ("print('{\"module\": \"torch\"}'); raise ImportError('\\x1b[2J')", r"ImportError: \x1b[2J"),
    ],
)
def test_a_broken_torch_is_told_and_breaks_nothing(environment: Environment, source: str, error: str) -> None:
    environment.install_extra(torch_source=source)
    environment.get_weights()

    code, out = environment.doctor("--metrics", "picture")

    assert code == 1
    assert f"  problem  torch 2.13.0 is installed and cannot be imported: {error}; needed by picture\n" in out
    assert "to do: reinstall it: pip install --force-reinstall torch\n" in out


def test_json_says_the_same(environment: Environment) -> None:
    environment.install_extra()
    write_checkpoint(environment.folder / "torch-home")

    code, out = environment.doctor("--json")

    data = json.loads(out)
    states = {metric["name"]: metric for metric in data["metrics"]}
    assert code == 1
    assert (data["schema_version"], data["well"]) == (1, False)
    assert data["install"]["torch"]["version"] == "2.13.0+cpu"
    assert [name for name, metric in states.items() if metric["ready"]] == ["picture", "plain"]
    (file,) = states["picture"]["needs"][1]["files"]
    assert (file["place"], file["size"]) == (CHECKPOINT, 15)
    assert file["sha256"] == hashlib.sha256(b"picture weights").hexdigest()
    assert states["meaning"]["needs"][-1]["remedy"] == "get-weights tiny/encoder"
    told = [finding for finding in data["findings"] if finding["part"] == "metrics" and finding["status"] == "problem"]
    assert len(told) == 1
    assert data["problems"] == sum(finding["status"] == "problem" for finding in data["findings"])


def test_metrics_that_need_nothing_are_ready_anywhere(medgen: Medgen) -> None:
    done = medgen("doctor", "--quick", "--metrics=ssim,psnr", "--metrics", "bleu")

    assert done.code == 0
    assert "metrics\n  ok       ready: ssim, psnr, bleu\n" in done.out
    assert "weights" not in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metrics=ssmi"], "unknown metric 'ssmi'; did you mean 'ssim'?"),
        (["--metrics="], "--medgen-metrics names nothing; leave it out for everything"),
        (["--config=nowhere.yaml"], "nowhere.yaml"),
        (["--jsno"], "unrecognized arguments: --jsno"),
    ],
)
def test_wrong_usage_of_the_doctor_is_exit_code_4(medgen: Medgen, arguments: list[str], message: str) -> None:
    done = medgen("doctor", "--quick", *arguments)

    assert (done.code, done.out) == (4, "")
    assert message in done.err
