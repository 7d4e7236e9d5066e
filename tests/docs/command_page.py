"""The page on the commands, made of their parsers: `python -m tests.docs.command_page` writes it anew."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from medgen_pytest.cli.command import build_parser
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "commands.md"
# Where more is said about a command, if not on a page of its own name.
MORE = {
    "demo": "getting-started.md",
    "doctor": "weights.md#what-is-here",
    "export": "exports.md",
    "fake-server": "fake-server.md",
    "judge": "judge.md",
    "judge calibrate": "judge-calibration.md#what-comes-back",
    "judge controls": "judge-controls.md",
    "judge export": "judge-calibration.md",
    "merge": "shards.md#merging",
    "plan": "planning.md",
    "rejudge": "judge.md#judging-again",
    "report": "html-report.md",
    "rescore": "run-directory.md#rescoring",
    "schema": "settings.md",
    "score": "metrics.md#outputs-that-are-there-already",
    "show": "run-directory.md#looking-at-a-run",
    "summary": "ci-summaries.md",
    "table": "tables.md",
    "validate": "datasets.md#what-is-checked",
    "weights": "weights.md#weights-for-a-machine-without-internet",
}
_TOP = """\
# Commands

What `medgen COMMAND --help` says, in the order of `medgen --help`; `medgen --version` prints the version. A value
follows its option after a space or an equals sign. No command asks a model but `demo`, and none asks a judge but
`rejudge` and `judge controls`. Options of pytest stand on the page on [settings](settings.md).

This page is made of the commands themselves, and a test holds it to them.
"""


def render() -> str:
    """The whole page."""
    parser = build_parser()
    codes = (parser.epilog or "").replace("exit codes:", "Exit codes:")
    sections = [_section(name, part) for name, part in every_command(parser)]
    return "\n".join([_TOP, f"{_escaped(codes)}.\n", *sections]).rstrip() + "\n"


def every_command(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command and every action of one, in order."""
    for group in parser._actions:
        if isinstance(group, argparse._SubParsersAction):
            for word, part in group.choices.items():
                full = f"{name} {word}".strip()
                yield full, part
                yield from every_command(part, full)


def _section(name: str, parser: argparse.ArgumentParser) -> str:
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    rows = [_row(action, parser) for action in actions if not isinstance(action, argparse._SubParsersAction)]
    page = MORE.get(name, f"{name.partition(' ')[0]}.md")
    more = f" [More]({page})." if (ROOT / "docs" / page.partition("#")[0]).is_file() else ""
    said = _escaped(parser.description or "").rstrip(".")
    table = ["| argument | meaning |", "|---|---|", *rows, ""] if rows else []
    notes = ["```text", parser.epilog.strip(), "```", ""] if parser.epilog else []
    return "\n".join([f"## medgen {name}", "", f"{said}.{more}", "", *table, *notes])


def _row(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    # A second spelling, that of the option of pytest, is not worth a cell.
    names = [flag for flag in action.option_strings if not flag.startswith("--medgen-")] or [""]
    value = _value(action)
    written = " ".join(part for part in (", ".join(names), value) if part)
    meaning = parser._get_formatter()._expand_help(action)
    if action.required and action.option_strings:
        meaning += " (needed)"
    return f"| `{written}` | {_escaped(meaning)} |"


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    metavar = action.metavar or (f"{{{','.join(map(str, action.choices))}}}" if action.choices else action.dest.upper())
    one = metavar if isinstance(metavar, str) else " ".join(metavar)
    return {"+": f"{one} ...", "*": f"[{one} ...]", "?": f"[{one}]"}.get(str(action.nargs), one)


def _escaped(text: str) -> str:
    """A text of a parser as Markdown; what stands between back quotes stays as it is."""
    parts = re.split(r"(`[^`]*`)", re.sub(r"\s+", " ", text.strip()))
    parts[::2] = [re.sub(r"([\\`*_\[\]<|])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
