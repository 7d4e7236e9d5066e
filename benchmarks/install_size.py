"""What the package takes: packages and megabytes of an installation, milliseconds of an import and of a session.

    python benchmarks/install_size.py [WHEEL] [--extra=all ...] [--rounds=20]

Makes an environment for the base dependencies and one for each extra, installs the wheel there (without WHEEL, the
checkout), and measures in it. Sizes are those of the files as installed, with what Python compiles of them; `pip`
itself is not counted. Milliseconds are those of the processors, medians of rounds in which the cases take turns;
Windows does not tell them, so it is not for there.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMPORTS = {"medgen_pytest": "sys", "medgen_pytest.plugin": "pytest", "medgen_pytest.cli": "sys"}
"""Each with what is there already where it is imported."""
COUNT = "import importlib.metadata as m; print(sum(1 for _ in m.distributions()))"
PLAIN = "def test_plain():\n    pass\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment with the package. `size` in bytes, `seconds` of installing."""

    python: Path
    packages: int
    size: int
    seconds: float


def size_of(folder: Path) -> int:
    """The bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def install(what: str, folder: Path) -> Installed:
    """Installs something into a new environment without pip."""
    venv.EnvBuilder(with_pip=False, clear=True).create(folder)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    before, started = size_of(folder), time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--python",
        str(python),
        "install",
        "-q",
        what,
    ]
    subprocess.run(command, check=True)
    seconds = time.perf_counter() - started
    count = subprocess.run([str(python), "-c", COUNT], capture_output=True, text=True, check=True)
    return Installed(python=python, packages=int(count.stdout), size=size_of(folder) - before, seconds=seconds)


def seconds_of(command: list[str], *, cwd: Path) -> float:
    """How long the processors work at a command, which other load hardly changes; it has to succeed."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def import_milliseconds(python: Path, module: str, beyond: str, *, folder: Path, rounds: int) -> float:
    """The median of what importing a module takes beyond another one; the two take turns."""
    both = [str(python), "-c", f"import {beyond}, {module}"]
    one = [str(python), "-c", f"import {beyond}"]
    pairs = [(seconds_of(both, cwd=folder), seconds_of(one, cwd=folder)) for _ in range(rounds)]
    return 1000 * statistics.median(first - second for first, second in pairs)


def session_milliseconds(python: Path, *, folder: Path, rounds: int) -> tuple[float, float]:
    """Medians: a session without the plugin, and what one that does not use it takes beyond; the two take turns."""
    (folder / "test_plain.py").write_text(PLAIN, encoding="utf-8")
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    without = [*command, "-p", "no:medgen_pytest.plugin"]
    pairs = [(seconds_of(command, cwd=folder), seconds_of(without, cwd=folder)) for _ in range(rounds)]
    beyond = statistics.median(ours - bare for ours, bare in pairs)
    return 1000 * statistics.median(bare for _, bare in pairs), 1000 * beyond


def print_sizes(wheel: str, extras: list[str], folder: Path) -> Installed:
    """Prints a row for each kind of installation; the first of them, with the base dependencies alone."""
    print("| installation | packages | MB | seconds |\n|---|---|---|---|")
    base: Installed | None = None
    for extra in ("", *extras):
        found = install(f"{wheel}[{extra}]" if extra else wheel, folder / (extra or "base"))
        base = base or found
        name = f"medgen-pytest[{extra}]" if extra else "medgen-pytest"
        print(f"| `{name}` | {found.packages} | {found.size / 1e6:.0f} | {found.seconds:.0f} |", flush=True)
    if base is None:
        raise ValueError("nothing was installed")
    return base


def print_times(python: Path, folder: Path, *, rounds: int) -> None:
    """Prints what imports and an inert session take."""
    print("\n| what | ms of the processor |\n|---|---|")
    for module, beyond in IMPORTS.items():
        took = import_milliseconds(python, module, beyond, folder=folder, rounds=rounds)
        print(f"| `import {module}`, beyond `import {beyond}` | {took:.1f} |", flush=True)
    bare, inert = session_milliseconds(python, folder=folder, rounds=rounds)
    print(f"| a session of one test with `-p no:medgen_pytest.plugin` | {bare:.0f} |")
    print(f"| the same with the plugin installed and not used, beyond that | {inert:.0f} |")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("wheel", nargs="?", default=str(ROOT))
    parser.add_argument("--extra", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        base = print_sizes(str(Path(arguments.wheel).resolve()), arguments.extra or ["all"], folder)
        print_times(base.python, folder, rounds=arguments.rounds)


if __name__ == "__main__":
    main()
