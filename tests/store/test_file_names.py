"""Names of files: any name gives one that every file system takes, and no two give the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from medgen_pytest.store import RunDirectory
from medgen_pytest.store.file_names import safe_name

if TYPE_CHECKING:
    from pathlib import Path

DEVICES = ("con", "prn", "aux", "nul", "com1", "lpt9")
NAMES = st.text(min_size=1, max_size=100) | st.sampled_from([*DEVICES, "CON.x", "a b", "a_b", "A", "a", "..", "é"])


@pytest.mark.parametrize("name", ["qwen2.5-vl", "my_model", "7", "a-b.c"])
def test_a_plain_name_stays_what_it_is(name: str) -> None:
    assert safe_name(name) == name


@given(NAMES)
@example("x" * 100)
@example("\ud800")
def test_any_name_gives_one_that_every_file_system_takes(name: str) -> None:
    made = safe_name(name)

    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,69}", made)
    assert made.partition(".")[0].lower() not in DEVICES


@given(NAMES, NAMES)
def test_names_that_differ_do_so_where_capitals_do_not_count(one: str, other: str) -> None:
    assert (safe_name(one).lower() == safe_name(other).lower()) == (one == other)


def test_a_name_that_looks_like_one_that_was_made_is_kept_apart_from_it() -> None:
    made = safe_name("Model")

    assert safe_name(made.lower()).lower() != made.lower()


def test_logs_of_models_and_workers_lie_apart_in_the_run_directory(tmp_path: Path) -> None:
    store = RunDirectory(tmp_path)

    assert store.log_path("a", worker="gw0") == store.path / "logs" / "a-gw0.log"
