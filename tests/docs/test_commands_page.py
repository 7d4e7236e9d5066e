"""The page on the commands says what the commands say."""

from __future__ import annotations

from medgen_pytest.cli.command import build_parser
from tests.docs.command_page import MORE, PAGE, every_command, render


def test_every_command_stands_with_every_argument_as_its_help_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.docs.command_page"


def test_every_command_with_a_page_of_its_own_leads_there() -> None:
    names = {name for name, _ in every_command(build_parser())}

    assert set(MORE) - names == set()


def test_help_shows_no_sign_that_is_meant_for_the_formatter() -> None:
    pages = {name: parser.format_help() for name, parser in every_command(build_parser())}

    assert [name for name, text in pages.items() if "%%" in text or "%(" in text] == []
