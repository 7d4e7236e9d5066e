"""Settings documents: every fault is one line with the file and the line it stands in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.document import read_document
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

NESTED = """\
dataset: data
models:
  first:
    adapter: oracle
  "second": {adapter: replay,
             path: [a.jsonl, b.jsonl]}
gates:
  - one
  - two
"""


def read(tmp_path: Path, content: str | bytes) -> dict[str, object]:
    path = tmp_path / "medgen.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_document(path).data


def message_for(tmp_path: Path, content: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    return str(caught.value)


def test_a_mapping_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, NESTED) == {
        "dataset": "data",
        "models": {"first": {"adapter": "oracle"}, "second": {"adapter": "replay", "path": ["a.jsonl", "b.jsonl"]}},
        "gates": ["one", "two"],
    }


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ([], 1),
        (["dataset"], 1),
        (["models"], 2),
        (["models", "first", "adapter"], 4),
        (["models", "second"], 5),
        (["models", "second", "path"], 6),
        (["models", "second", "path", 1], 6),
        (["gates", 1], 9),
        (["gates", 7], 7),
        (["models", "third", "adapter"], 2),
        (["unknown"], 1),
    ],
)
def test_a_key_is_found_or_else_the_deepest_of_its_parents(tmp_path: Path, keys: list[object], line: int) -> None:
    path = tmp_path / "medgen.yaml"
    path.write_text(NESTED, encoding="utf-8")

    assert read_document(path).where(keys) == f"{path}:{line}"


@pytest.mark.parametrize("content", ["", "# nothing\n", "---\n", "~\n", "\ufeff"])
def test_a_file_without_settings_is_empty(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == {}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_any_line_ends_are_fine(tmp_path: Path, newline: str) -> None:
    text = newline.join(["\ufeffdataset: Röntgen", "limit: 3", ""])

    assert read(tmp_path, text) == {"dataset": "Röntgen", "limit": 3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- a\n- b\n", ":1: a mapping of settings is needed, like dataset: demo, not a list"),
        ("just text\n", ":1: a mapping of settings is needed, like dataset: demo, not a str"),
        ("limit: 1\ntasks: []\nlimit: 2\n", ":3: the key 'limit' stands here twice; keep one of them"),
        ("models:\n  m: {adapter: a}\n  m: {adapter: b}\n", ":3: the key 'm' stands here twice; keep one of them"),
        ("a: {b: [{c: 1,\n c: 2}]}\n", ":2: the key 'c' stands here twice; keep one of them"),
        ("limit: 1\n'limit': 2\n", ":2: the key 'limit' stands here twice; keep one of them"),
        ("a: [\n", ":2: not YAML: "),
        ("a: b: c\n", ":1: not YAML: mapping values are not allowed here"),
        ("a: 1\n\tb: 2\n", ":2: not YAML: found character"),
        ("a: 1\n---\nb: 2\n", ":2: not YAML: but found another document"),
        ("a: 1\nb: *nowhere\n", ":2: not YAML: found undefined alias"),
        ("a: 1\nb: \x07\n", ":2: not YAML: unacceptable character"),
        ("a: !!python/object/apply:os.getcwd []\n", ":1: not YAML: could not determine a constructor"),
        ("a: 1\n? [1, 2]\n: 3\n", ":2: not YAML: found unhashable key"),
        ("date: 2026-13-45\n", "put quotes around the value"),
        ("a: !!int ''\n", "put quotes around the value"),
        ("a: !!bool maybe\n", "put quotes around the value"),
        ("a: !!timestamp never\n", "put quotes around the value"),
        ("[" * 20_000, "nested too deeply for settings"),
    ],
)
def test_what_is_no_document_of_settings_is_one_line_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    said = message_for(tmp_path, content)

    assert said.startswith(str(tmp_path / "medgen.yaml"))
    assert message in said
    assert "\n" not in said


@pytest.mark.parametrize("content", [b"a: \xff\xfe\n", "dataset: Röntgen".encode("latin-1"), "a: b".encode("utf-16")])
def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path, content: bytes) -> None:
    assert "is not UTF-8" in message_for(tmp_path, content)


def test_a_file_that_is_too_large_is_not_parsed(tmp_path: Path) -> None:
    assert "has 1000001 bytes, more than 1000000" in message_for(tmp_path, b"#" * 1_000_001)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"the settings file {tmp_path / 'no.yaml'} cannot be read")):
        read_document(tmp_path / "no.yaml")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_document(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(f"{x}: &{x} [{','.join([f'*{y}'] * 10)}]\n" for y, x in zip("abcdefg", "bcdefgh", strict=True)),
        "a: &a [*a]\n",
    ],
    ids=["billion laughs", "endless"],
)
def test_aliases_that_multiply_settings_are_refused(tmp_path: Path, content: str) -> None:
    assert "aliases may not multiply settings" in message_for(tmp_path, content)


def test_aliases_and_merge_keys_within_reason_are_fine(tmp_path: Path) -> None:
    text = "base: &base {adapter: openai, timeout: 3}\nmodels:\n  a: {<<: *base, model: x}\n  b: *base\n"

    assert read(tmp_path, text)["models"] == {
        "a": {"adapter": "openai", "timeout": 3, "model": "x"},
        "b": {"adapter": "openai", "timeout": 3},
    }


def test_variables_are_replaced_at_any_depth_but_not_in_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVISION", "abc: [1, 2]")

    data = read(tmp_path, "a: ${REVISION}\nb: [{c: 'x-${REVISION}'}]\n${REVISION}: 1\n")

    assert data == {"a": "abc: [1, 2]", "b": [{"c": "x-abc: [1, 2]"}], "${REVISION}": 1}


def test_a_variable_that_is_not_set_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)

    said = message_for(tmp_path, "a: 1\nmodels:\n  m:\n    list:\n      - x\n      - ${NOT_SET}\n")

    where = f"{tmp_path / 'medgen.yaml'}:6"
    assert said == f"{where}: the environment variable NOT_SET is not set; export it, or write its value here"
