"""Checks what `python -m build` made: contents, metadata, and that the wheel works alone in an empty folder.

    python tests/wheel/check_wheel.py DIST_DIR

Needs `twine` in its own environment. Ends with exit code 1 at the first thing that is wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PACKAGE = "medgen_pytest"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "model-repo"
DEMO_SAMPLES = 48
DATA = (
    "py.typed",
    "cli/starter/templates/medgen.yaml.jinja",
    "cli/starter/templates/github.yml.jinja",
    "evaluation/profiles/medgen-2025.11.yaml",
    "evaluation/profiles/medgen-2026.08.yaml",
    "metrics/clinical/lexicon/organ.txt",
    "metrics/clinical/lexicon/finding.txt",
    "metrics/clinical/lexicon/device.txt",
    "metrics/clinical/lexicon/modality.txt",
    "metrics/clinical/lexicon/cues.txt",
    "metrics/clinical/lexicon/spellings.txt",
    "reports/report.schema.json",
    "reports/experts/templates/page.html",
    "reports/experts/assets/page.css",
    "reports/experts/assets/page.js",
    "reports/assets/base.css",
    "reports/page_parts/frame.html",
    "reports/page/templates/page.html",
    "reports/page/assets/page.css",
    "reports/page/assets/gallery.js",
    "benchmark_tests/__init__.py",
    "benchmark_tests/test_vqa.py",
    "benchmark_tests/test_image_editing.py",
    "benchmark_tests/test_multimodal_generation.py",
)
SOURCE_ONLY = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "conftest.py",
    "tests/conftest.py",
    "benchmark_tests/__init__.py",
)
NOT_IN_BASE = ("cv2", "pyarrow", "torch", "skimage", "nltk")
HEAVY = ("numpy", "PIL", "pydantic", f"{PACKAGE}.engine", f"{PACKAGE}.config.load")
OWN_TEST = """\
import pytest
@pytest.mark.medgen(format="vqa")
def test_mine(medgen_assert): medgen_assert()
"""
LISTING = """\
import sys, pytest
code = pytest.main(["-p", "no:cacheprovider"])
print(*sys.modules)
sys.exit(code)
"""
SETTINGS = "dataset: demo\nmodels: {perfect: {adapter: oracle}, copy: {adapter: copy-input}}\nlimit: 6\n"


class CheckError(Exception):
    """Something about the distribution is wrong."""


def require(condition: object, message: str) -> None:
    """Raises CheckError with the message unless the condition holds."""
    if not condition:
        raise CheckError(message)


def say(text: str) -> None:
    """Tells how far the checks are."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def the_only(folder: Path, pattern: str) -> Path:
    """The one file of a kind. Raises CheckError."""
    found = sorted(folder.glob(pattern))
    require(len(found) == 1, f"{folder} holds {len(found)} files {pattern}; build into a new folder")
    return found[0]


def check_no_rubbish(names: Iterable[str], *, where: str) -> None:
    """No caches, compiled files, runs or links out of the archive."""
    for name in names:
        path = PurePosixPath(name)
        require(not path.is_absolute() and ".." not in path.parts, f"{where}: {name} leads out of the archive")
        hidden = [part for part in path.parts if part.startswith(".") and part not in {".gitignore", ".github"}]
        rubbish = {"__pycache__", "medgen-runs", "build", "dist"} & set(path.parts)
        require(not hidden and not rubbish, f"{where}: {name} is a cache or a run")
        require(path.suffix not in {".pyc", ".pyo", ".orig"}, f"{where}: {name} is compiled or left over")


def check_wheel_contents(wheel: Path) -> None:
    """The wheel holds the package with its data, and nothing beside it."""
    with zipfile.ZipFile(wheel) as archive:
        require(archive.testzip() is None, f"{wheel.name} is damaged")
        names = archive.namelist()
    check_no_rubbish(names, where=wheel.name)
    tops = {name.partition("/")[0] for name in names}
    require(all(top == PACKAGE or top.endswith(".dist-info") for top in tops), f"{wheel.name} holds {sorted(tops)}")
    for name in DATA:
        require(f"{PACKAGE}/{name}" in names, f"{wheel.name} lacks {PACKAGE}/{name}")
    tests = [name for name in names if "/tests/" in name or name.endswith("conftest.py")]
    require(not tests, f"{wheel.name} holds tests: {tests[:3]}")


def check_sdist_contents(sdist: Path, wheel: Path) -> None:
    """The source distribution holds what the wheel was built from, and the tests."""
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    require(all(member.isreg() or member.isdir() for member in members), f"{sdist.name} holds links")
    names = {member.name.partition("/")[2] for member in members}
    check_no_rubbish(names, where=sdist.name)
    with zipfile.ZipFile(wheel) as archive:
        modules = [name for name in archive.namelist() if name.startswith(f"{PACKAGE}/")]
    moved = {name.replace(f"{PACKAGE}/benchmark_tests/", "benchmark_tests/") for name in modules}
    lacking = sorted({*moved, *SOURCE_ONLY} - names)
    require(not lacking, f"{sdist.name} lacks {lacking[:3]}")


def check_metadata(wheel: Path, sdist: Path) -> None:
    """Name, licence, Python versions, entry points, and what twine says."""
    with zipfile.ZipFile(wheel) as archive:
        folder = next(name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name)
        metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode("utf-8"))
        entry_points = archive.read(f"{folder}/entry_points.txt").decode("utf-8")
        licences = [name for name in archive.namelist() if name.startswith(f"{folder}/licenses/")]
    require(metadata["Name"] == "medgen-pytest", f"the name is {metadata['Name']}")
    require(metadata["Requires-Python"] == ">=3.10", f"Requires-Python is {metadata['Requires-Python']}")
    require(metadata["License-Expression"] == "Apache-2.0", "the licence is not declared as Apache-2.0")
    require(licences == [f"{folder}/licenses/LICENSE"], f"the licence files are {licences}")
    require(metadata.get_payload(), "the metadata has no description")
    for line in (f"{PACKAGE}.plugin = {PACKAGE}.plugin", f"medgen = {PACKAGE}.cli:main"):
        require(line in entry_points, f"entry_points.txt lacks {line!r}")
    command = [sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"twine check: {done.stdout}{done.stderr}")


@dataclass(frozen=True)
class Installed:
    """The wheel in an environment of its own, and a folder for what is tried with it."""

    scripts: Path
    folder: Path

    def run(self, where: str, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a program, of the environment if it has it, in a folder, which is made if it is not there."""
        place = self.folder / where
        place.mkdir(parents=True, exist_ok=True)
        # Neither the checkout nor options of whoever runs the checks may help.
        unwanted = {"PYTHONPATH", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "VIRTUAL_ENV"}
        kept = {name: value for name, value in os.environ.items() if name not in unwanted}  # noqa: TID251 - handed on
        path = f"{self.scripts}{os.pathsep}{kept['PATH']}"
        environment = {**kept, "PATH": path, "COLUMNS": "200", "PYTHONUTF8": "1"}
        return subprocess.run(
            [shutil.which(program, path=path) or program, *arguments],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=600,
        )

    def expect(self, code: int, where: str, *command: str) -> str:
        """What a program prints. Raises CheckError if its exit code is another."""
        done = self.run(where, *command)
        output = done.stdout + done.stderr
        require(
            done.returncode == code,
            f"`{' '.join(command)}` in {where} exits {done.returncode}, not {code}:\n{output[-4000:]}",
        )
        return output

    def pytest(self, code: int, where: str, *arguments: str) -> str:
        """What pytest prints. Raises CheckError if its exit code is another."""
        return self.expect(code, where, "pytest", *arguments)

    def run_of(self, where: str) -> Path:
        """The only run in a folder. Raises CheckError."""
        runs = [path.parent for path in (self.folder / where / "medgen-runs").glob("*/run.json")]
        require(len(runs) == 1, f"{where} holds {len(runs)} runs, not one")
        return runs[0]

    def totals(self, where: str) -> dict[str, int]:
        """The totals of the only run in a folder."""
        report = json.loads((self.run_of(where) / "report.json").read_text(encoding="utf-8"))
        totals: dict[str, int] = report["totals"]
        return totals


def install(wheel: Path, folder: Path) -> Installed:
    """A fresh environment with the wheel and its base dependencies."""
    environment = folder / "environment"
    venv.EnvBuilder(with_pip=True).create(environment)
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    installed = Installed(scripts=scripts, folder=folder / "places")
    pip = ("python", "-m", "pip", "--disable-pip-version-check")
    installed.expect(0, "install", *pip, "install", "--quiet", str(wheel))
    installed.expect(0, "install", *pip, "check")
    probe = f"import importlib.util as u; print([n for n in {NOT_IN_BASE!r} if u.find_spec(n)])"
    found = installed.expect(0, "install", "python", "-c", probe).strip()
    require(found == "[]", f"the base dependencies bring {found}")
    return installed


def check_bundled_tests(installed: Installed) -> None:
    """The benchmark runs in an empty folder, on two workers, without any file of the user's."""
    arguments = ("--pyargs", f"{PACKAGE}.benchmark_tests", "--model=oracle", "--medgen-dataset=demo", "-n", "2")
    output = installed.pytest(0, "bundled", *arguments)

    totals = installed.totals("bundled")
    require(f"{DEMO_SAMPLES} passed" in output, f"not {DEMO_SAMPLES} tests passed:\n{output[-2000:]}")
    require(
        (totals["planned"], totals["accurate"]) == (DEMO_SAMPLES, DEMO_SAMPLES), f"the report's totals are {totals}"
    )


def check_own_test(installed: Installed) -> None:
    """A test file of three lines is enough."""
    place = installed.folder / "own"
    place.mkdir(parents=True)
    (place / "test_mine.py").write_text(OWN_TEST, encoding="utf-8")

    installed.pytest(0, "own", "--model=oracle", "--medgen-dataset=demo")

    totals = installed.totals("own")
    require(0 < totals["accurate"] == totals["planned"] < DEMO_SAMPLES, f"the report's totals are {totals}")


def check_inert(installed: Installed) -> None:
    """A session that does not use the plugin loads nothing of it and leaves nothing behind."""
    place = installed.folder / "inert"
    place.mkdir(parents=True)
    (place / "test_plain.py").write_text("def test_plain(): pass\n", encoding="utf-8")

    version = installed.pytest(0, "inert", "--version", "-p", "no:cacheprovider")
    loaded = set(installed.expect(0, "inert", "python", "-B", "-c", LISTING).splitlines()[-1].split())

    require(version.startswith("pytest ") and version.count("\n") == 1, f"`pytest --version` prints {version!r}")
    require(f"{PACKAGE}.plugin" in loaded, "pytest does not find the plugin")
    heavy = sorted(loaded & set(HEAVY))
    require(not heavy, f"a session without the plugin's options loads {heavy}")
    left = sorted(path.name for path in place.iterdir())
    require(left == ["test_plain.py"], f"a session without the plugin's options leaves {left}")


def check_settings_file(installed: Installed) -> None:
    """In a folder with nothing but a medgen.yaml, plain `pytest` runs the bundled tests."""
    place = installed.folder / "settings"
    place.mkdir(parents=True)
    (place / "medgen.yaml").write_text(SETTINGS, encoding="utf-8")

    output = installed.pytest(1, "settings")

    totals = installed.totals("settings")
    require(totals["planned"] == 12, f"two models on six samples are not planned: {totals}")
    failed = totals["inaccurate"]
    require(f"{failed} failed, {12 - failed} passed" in output, f"pytest's counts differ:\n{output[-2000:]}")


def check_missing_extras(installed: Installed) -> None:
    """What needs an extra says so in one line before the run."""
    place = installed.folder / "extras"
    (place / "fake" / "parquet" / "vqa").mkdir(parents=True)
    (place / "fake" / "parquet" / "vqa" / "x.parquet").write_bytes(b"PAR1")
    bundled = ("--pyargs", f"{PACKAGE}.benchmark_tests")

    for extra, output in (
        ("classical", installed.pytest(4, "extras", *bundled, "--model=classical", "--medgen-dataset=demo")),
        ("parquet", installed.pytest(4, "extras", *bundled, "--model=oracle", "--medgen-dataset=fake")),
        ("parquet", installed.expect(4, "extras", "medgen", "validate", "fake")),
    ):
        lines = [line for line in output.splitlines() if f"medgen-pytest[{extra}]" in line]
        require(len(lines) == 1, f"the missing extra {extra!r} is not told in one line:\n{output[-2000:]}")
        require("Traceback" not in output, f"a missing extra ends in a traceback:\n{output[-2000:]}")


def check_command(installed: Installed) -> None:
    """`medgen validate` and `medgen rescore` work on what the runs left."""
    dataset = installed.folder / "bundled" / "medgen-runs" / "demo-dataset"
    perfect, mixed = (str(installed.run_of(where)) for where in ("bundled", "settings"))

    version = installed.expect(0, "command", "medgen", "--version")
    counts = installed.expect(0, "command", "medgen", "validate", str(dataset))
    installed.expect(0, "command", "medgen", "rescore", perfect)
    installed.expect(1, "command", "medgen", "rescore", mixed, "--gate", "all/accuracy >= 1")
    installed.expect(0, "command", "medgen", "schema", "report")

    require(version.startswith("medgen-pytest "), f"medgen --version says {version!r}")
    require(f"{DEMO_SAMPLES} samples" in counts, f"medgen validate says:\n{counts}")


def check_example(installed: Installed) -> None:
    """The CI script of the example repository is green, and red when its model is made worse."""
    for folder in ("example", "worse-example"):
        shutil.copytree(EXAMPLE, installed.folder / folder, ignore=shutil.ignore_patterns("__pycache__", "medgen-runs"))

    with ThreadPoolExecutor() as pool:
        whole = pool.submit(installed.expect, 0, "example", "sh", "ci.sh")
        installed.expect(0, "worse-example", "python", "train.py", "--noise", "0")
        worse = installed.expect(1, "worse-example", "sh", "ci.sh", "gates")
        released = whole.result()

    last_step = released.partition("== verdict")[2]
    require("medgen: holds (exit code 0)" in last_step, f"ci.sh ends without a verdict:\n{released[-4000:]}")
    broken = "breached     noise-reconstruction/psnr mean >= 29 for tiny-vlm"
    require(broken in worse, f"ci.sh does not say which gate is breached:\n{worse[-4000:]}")


CHECKS: tuple[Callable[[Installed], None], ...] = (
    check_bundled_tests,
    check_own_test,
    check_inert,
    check_settings_file,
    check_missing_extras,
    check_command,
    check_example,
)


def check_distribution(dist: Path) -> None:
    """Everything, in the order in which it is cheapest to fail. Raises CheckError."""
    wheel, sdist = the_only(dist, "*.whl"), the_only(dist, "*.tar.gz")
    check_wheel_contents(wheel)
    check_sdist_contents(sdist, wheel)
    check_metadata(wheel, sdist)
    say(f"contents and metadata of {wheel.name} and {sdist.name}: fine")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        installed = install(wheel.resolve(), Path(folder))
        say("installed with its base dependencies alone: fine")
        for check in CHECKS:
            check(installed)
            say(f"{str(check.__doc__).rstrip('.')}: fine")


def main(arguments: list[str]) -> int:
    """Checks a folder of distributions; the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: check_wheel.py DIST_DIR\n")
        return 2
    try:
        check_distribution(Path(arguments[0]))
    except CheckError as error:
        sys.stderr.write(f"WRONG: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
