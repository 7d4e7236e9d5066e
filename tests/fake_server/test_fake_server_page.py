"""The page of the fake server names every setting, fault, option, endpoint and result as they are."""

from __future__ import annotations

from typing import get_args

import pytest

from medgen_pytest.fake_server.fault import KINDS
from medgen_pytest.fake_server.journal import Result
from medgen_pytest.fake_server.routes import routed_paths
from medgen_pytest.fake_server.settings import FakeServerSettings
from tests.docs.pages import ROOT, codes_in, prose_of, table_of

PAGE = ROOT / "docs" / "fake-server.md"


def first_codes(heading: str) -> list[str]:
    return [codes_in(row[heading])[0] for row in table_of(PAGE, heading=heading)]


def test_every_setting_stands_in_its_order() -> None:
    assert first_codes("setting") == list(FakeServerSettings.model_fields)


@pytest.mark.parametrize("row", table_of(PAGE, heading="setting"), ids=lambda row: row["setting"])
def test_a_default_is_what_it_says(row: dict[str, str]) -> None:
    default = FakeServerSettings.model_fields[codes_in(row["setting"])[0]].default

    shown = codes_in(row["default"])
    assert shown == [str(default)] if shown else default in (None, ()) or isinstance(default, tuple)


def test_every_fault_stands_in_its_order() -> None:
    assert first_codes("fault")[1:] == list(KINDS)


def test_every_result_is_explained() -> None:
    assert first_codes("result") == list(get_args(Result))


def test_every_path_is_named() -> None:
    text = prose_of(PAGE)

    assert [path for path in routed_paths() if path not in text] == []
