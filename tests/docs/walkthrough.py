"""A walkthrough: a page's blocks taken in order in an empty folder, as a reader would take them."""

from __future__ import annotations

import contextlib
import doctest
import fnmatch
import io
import re
import runpy
import shlex
import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import tests.loaded_once  # noqa: F401
from medgen_pytest.cli import main
from medgen_pytest.cli.command import build_parser
from medgen_pytest.config.load import load_settings
from medgen_pytest.evaluation.profile import load_profile
from tests.sessions import FRESH

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.docs.pages import Block

_EXPECTED_CODE = re.compile(r"#.*\bexit code (\d+)")
_ASSIGNMENT = re.compile(r"(\w+)=(.*)")
# Without gates pytest says 1 when a sample fails; what a page does not speak of may be either.
_USUAL_CODES = {0, 1}
_DEMO = "import sys; from medgen_pytest.cli import main; sys.exit(main())"


class Done(NamedTuple):
    """A command that has ended: its exit code and what it printed."""

    code: int
    lines: list[str]


@dataclass(slots=True, kw_only=True)
class Walkthrough:
    """Takes the blocks of one page; `printed` are the lines of the last command.

    `evaluation` are options of every session of pytest that evaluates models.
    """

    pytester: pytest.Pytester
    monkeypatch: pytest.MonkeyPatch
    evaluation: tuple[str, ...] = ()
    printed: list[str] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=dict)

    def start_from_nothing(self) -> None:
        """Empties the folder, but for the demo dataset, which the first run would draw."""
        for path in self.pytester.path.iterdir():
            if path.name != "medgen-runs":
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def take(self, block: Block) -> None:
        """Does what a block asks for, and fails where it does not hold."""
        if block.title is not None:
            (self.pytester.path / block.title).write_text(block.text, encoding="utf-8")
        if block.mark == "elsewhere":
            _check_usage(block)
        elif block.language == "sh":
            self._run_lines(block)
        elif block.language == "text":
            self._compare(block)
        elif block.language == "python":
            self._python(block)
        elif block.language == "yaml":
            self._yaml(block)

    def _yaml(self, block: Block) -> None:
        path = self.pytester.path / (block.title or "snippet.yaml")
        path.write_text(block.text, encoding="utf-8")
        if block.text.startswith("name:"):
            load_profile(path.name, root=path.parent)
        else:
            self.monkeypatch.setenv("GIT_SHA", "abc123")
            self.monkeypatch.setenv("MEDGEN_FAKE_SERVER", "http://127.0.0.1:40123")
            load_settings({}, models=[], config_path=path, invocation_dir=path.parent)

    def _python(self, block: Block) -> None:
        if ">>>" not in block.text:
            compile(block.text, block.where, "exec")
            return
        test = doctest.DocTestParser().get_doctest(block.text, self.names, block.where, None, None)
        complaints: list[str] = []
        runner = doctest.DocTestRunner()
        runner.run(test, out=complaints.append, clear_globs=False)
        # A later block of the page goes on where this one ended.
        self.names.update(test.globs)
        assert not runner.failures, "".join(complaints)

    def _run_lines(self, block: Block) -> None:
        for line in block.text.splitlines():
            said = _EXPECTED_CODE.search(line)
            for command in line.split(" && "):
                words = self._without_assignments(shlex.split(command, comments=True))
                if _makes_environment(words):
                    continue
                done = self._run(words)
                self.printed = done.lines
                allowed = {int(said[1])} if said else _USUAL_CODES
                assert done.code in allowed, "\n".join([f"{block.where}: exit code {done.code}: {line}", *done.lines])

    def _without_assignments(self, words: list[str]) -> list[str]:
        while assignment := _ASSIGNMENT.fullmatch(words[0]):
            self.monkeypatch.setenv(assignment[1], assignment[2])
            words = words[1:]
        return words

    def _run(self, words: list[str]) -> Done:
        program, *arguments = words
        if program == "pytest":
            evaluates = "--model" in " ".join(arguments) or (self.pytester.path / "medgen.yaml").exists()
            more = self.evaluation if evaluates else ()
            result = self.pytester.runpytest_inprocess(*FRESH, *more, *arguments)
            return Done(int(result.ret), [*result.outlines, *result.errlines])
        if program == "python":
            with contextlib.redirect_stdout(io.StringIO()) as output:
                runpy.run_path(arguments[0], run_name="__main__")
            return Done(0, output.getvalue().splitlines())
        assert program.rpartition("/")[2] == "medgen", f"no test knows how to run {program!r}"
        if arguments[0] == "demo":
            more = FRESH if "--" in arguments else ("--", *FRESH)
            result = self.pytester.run(sys.executable, "-c", _DEMO, *arguments, *more, timeout=120)
            return Done(int(result.ret), [*result.outlines, *result.errlines])
        with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(output):
            code = main(arguments)
        return Done(code, output.getvalue().splitlines())

    def _compare(self, block: Block) -> None:
        """Every line of the block was printed, in this order; `...` stands for anything.

        A block before the first command shows no output.
        """
        if not self.printed:
            return
        normal = _shape if block.mark == "shape" else _squeezed
        printed = iter([normal(line) for line in self.printed])
        for line in block.text.splitlines():
            wanted = normal(line)
            if wanted.strip(". "):
                pattern = wanted.replace("[", "[[]").replace("...", "*")
                found = any(fnmatch.fnmatchcase(text, pattern) for text in printed)
                assert found, "\n".join([f"{block.where}: not printed, or not here: {line}", *self.printed])


def prepare_folder(folder: Path, *, dataset: Path) -> None:
    """What the pages take for granted: a dataset at data/medgen-bench, a test file and a model.

    The demo dataset is put where the first run would draw it, which takes a second or two.
    """
    for place in ("data/medgen-bench", "medgen-runs/demo-dataset"):
        shutil.copytree(dataset, folder / place)
    test = 'def test_medgen(medgen_assert):\n    """Accurate."""\n    medgen_assert()\n'
    (folder / "test_medgen.py").write_text(test, encoding="utf-8")
    (folder / "inference.py").write_text("def answer(request):\n    return 'A'\n", encoding="utf-8")


def _check_usage(block: Block) -> None:
    """The commands of a block that holds for another machine are commands that there are."""
    for line in block.text.splitlines() if block.language == "sh" else ():
        words = shlex.split(line, comments=True)
        if words[:1] == ["medgen"]:
            build_parser().parse_args(words[1:])


def _makes_environment(words: list[str]) -> bool:
    """Whether a command makes or fills an environment; other tests look at those."""
    is_python = words[0].rpartition("/")[2] in {"python", "python3"}
    return is_python and words[1:3] in (["-m", "venv"], ["-m", "pip"], ["-m", "tox"])


def _squeezed(line: str) -> str:
    """A line without what depends on the width of the terminal."""
    return re.sub(r"([=_-])\1{3,}", r"\1", re.sub(r"\s+", " ", line)).strip()


def _shape(line: str) -> str:
    """A line with every number as 0: what filters score depends on the version of their library."""
    return _squeezed(re.sub(r"\d+(?:\.\d+)?", "0", line))
