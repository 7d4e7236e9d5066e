"""The progress of a command: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import io

import pytest

from medgen_pytest.cli.progress_bar import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def outside_of_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


def bar_on(stream: io.StringIO) -> str:
    bar = ProgressBar(stream, every=1e-9, done="judged")
    bar.add(3, 4)
    bar.close()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ("80", "[##################......] judged 3/4, 0:00 left"),
        ("40", "judged 3/4, 0:00 left"),
        ("12", "judged \u2026eft"),
    ],
)
def test_a_bar_never_takes_more_than_one_line(monkeypatch: pytest.MonkeyPatch, columns: str, shown: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    written = bar_on(Terminal())

    assert written == "\r" + shown.ljust(int(columns) - 1) + "\n"


def test_in_a_ci_job_there_are_plain_lines_even_where_there_seems_to_be_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")

    assert bar_on(Terminal()) == "medgen judged 3/4, 0:00 left\n"
