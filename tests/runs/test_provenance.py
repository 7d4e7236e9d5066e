"""Provenance: what can change a number is written down, and what is secret is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest import __version__
from medgen_pytest.config.secrets import Secrets, without_secrets
from medgen_pytest.runs.provenance import git_state, machine, plain, versions
from tests.runs.small_run import prepare

if TYPE_CHECKING:
    from pathlib import Path

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
posix = pytest.mark.skipif(sys.platform == "win32", reason="the false git is a shell script")

SECRET_NAMES = [
    "key",
    "api_key",
    "apiKey",
    "OPENAI_API_KEY",
    "x-api-key",
    "token",
    "HF_TOKEN",
    "secret",
    "client_secret",
    "password",
    "passwd",
    "Passphrase",
    "credentials",
    "Authorization",
    "auth",
    "bearer",
    "cookie",
]
OPEN_NAMES = ["adapter", "model", "base_url", "api_key_env", "author", "authors", "temperature", "revision", "seed"]


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("value", ["hunter2", 1234, ["hunter2"], {"user": "hunter2"}])
def test_what_is_called_a_secret_is_masked_whole_at_any_depth(name: str, value: object) -> None:
    masked = without_secrets({"models": [{"deep": {name: value}}], name: value})

    assert masked == {"models": [{"deep": {name: "***"}}], name: "***"}


@pytest.mark.parametrize("name", OPEN_NAMES)
def test_what_is_not_called_a_secret_is_kept(name: str) -> None:
    assert without_secrets({"a": ({name: "x"},)}) == {"a": [{name: "x"}]}


def test_a_number_of_tokens_can_change_a_number_and_is_kept() -> None:
    assert plain({"max_tokens": 512, "tokens": "hunter2"}) == {"max_tokens": 512, "tokens": "***"}


def test_a_secret_that_is_not_set_is_seen_to_be_none() -> None:
    assert plain({"api_key": None}) == {"api_key": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://user:hunter2@host/v1", "https://***@host/v1"),
        ("https://hunter2@host", "https://***@host"),
        ("https://host/v1?api-key=hunter2&version=3", "https://host/v1?api-key=***&version=3"),
        ("https://host/v1?version=3&sig=hunter2", "https://host/v1?version=3&sig=***"),
        ("Authorization: Bearer hunter2", "Authorization: Bearer ***"),
        ("https://host:8000/v1?version=3", "https://host:8000/v1?version=3"),
        ("someone@example.org", "someone@example.org"),
    ],
)
def test_secrets_within_texts_are_masked(text: str, expected: str) -> None:
    assert without_secrets({"headers": [text]}) == {"headers": [expected]}


@given(
    st.recursive(
        st.sampled_from(["open", 3, None]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
            | st.fixed_dictionaries({"api_key": st.just("hunter2")})
        ),
        max_leaves=8,
    )
)
def test_no_secret_is_left_in_any_nesting(value: object) -> None:
    assert "hunter2" not in json.dumps(without_secrets(value))


def test_the_run_file_holds_no_secret(tmp_path: Path) -> None:
    config = "models: {m: {adapter: flaky, api_key: hunter2, url: 'http://me:hunter2@host', a: {token: hunter2}}}\n"

    facts = json.dumps(prepare(tmp_path, "m", config=config).facts())

    assert "hunter2" not in facts
    assert "flaky" in facts


def test_the_versions_that_numbers_depend_on_are_known() -> None:
    found = versions()

    assert found["medgen-pytest"] == __version__
    assert {"pytest", "numpy", "pillow", "pydantic"} <= set(found)


def test_the_machine_is_known() -> None:
    assert machine()["python"] == ".".join(map(str, sys.version_info[:3]))


@needs_git
def test_commit_and_changes_of_a_working_copy_are_known(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    (tmp_path / "model.py").write_text("A = 1\n", encoding="utf-8")
    git("add", "model.py")
    git("commit", "-q", "-m", "first")
    (tmp_path / "untracked.txt").touch()
    clean = git_state(tmp_path)
    (tmp_path / "model.py").write_text("A = 2\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()

    commit = git("rev-parse", "HEAD")
    assert clean == {"commit": commit, "dirty": False}
    assert git_state(tmp_path / "folder") == {"commit": commit, "dirty": True}


@needs_git
def test_outside_of_a_working_copy_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert git_state(tmp_path) is None


@needs_git
def test_a_working_copy_without_a_commit_has_none(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)  # noqa: S607 - the git of this machine

    assert git_state(tmp_path) is None


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert git_state(tmp_path) is None


@posix
def test_a_git_that_hangs_is_as_good_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "git"
    script.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    script.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    started = time.monotonic()
    state = git_state(tmp_path, patience=0.2)

    assert state is None
    assert time.monotonic() - started < 10


def test_the_values_of_secret_settings_are_masked_in_any_text() -> None:
    secrets = Secrets([{"kwargs": {"api_key": "abcdef-123", "tokens": ["abcdef-1234567"]}, "target": "own:Model"}])

    masked = secrets.mask("401: abcdef-123 and abcdef-1234567 refused by own:Model")

    assert masked == "401: *** and *** refused by own:Model"


def test_short_values_are_words_and_stay() -> None:
    assert Secrets([{"password": "no"}]).mask("no answer") == "no answer"
