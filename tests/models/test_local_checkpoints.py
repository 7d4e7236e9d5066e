"""Weights of this machine: found in folders and the hub's cache, told apart by their content, never downloaded."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError, MissingExtraError
from medgen_pytest.models.local.checkpoint import Checkpoint, find_checkpoint, weights_problem
from medgen_pytest.models.local.runtime import require_packages
from medgen_pytest.models.local.settings import DiffusersSettings, TransformersSettings
from medgen_pytest.models.settings import parse_settings

if TYPE_CHECKING:
    from pathlib import Path

MEBIBYTE = 1 << 20


def put(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def cached(cache: Path, *commits: str, refs: dict[str, str] | None = None) -> Path:
    """A repository `org/name` in a cache of the hub."""
    place = cache / "models--org--name"
    for commit in commits:
        put(place / "snapshots" / commit, config__json="{}")
    for name, commit in (refs or {}).items():
        (place / "refs" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "refs" / name).write_text(commit, encoding="utf-8")
    return place


def found(root: Path, path: str = "org/name", revision: str | None = None) -> Checkpoint:
    return find_checkpoint(path, revision=revision, hub_cache=root / "hub", root=root)


def test_a_folder_is_found_from_the_root_and_wins_over_a_repository(tmp_path: Path) -> None:
    cached(tmp_path / "hub", "aaa")
    folder = put(tmp_path / "org" / "name", config__json="{}")

    assert found(tmp_path) == Checkpoint(name="name", folder=folder)


@pytest.mark.parametrize(
    ("commits", "refs", "revision", "expected"),
    [
        (("aaa",), {}, None, "aaa"),
        (("aaa", "bbb"), {"main": "bbb"}, None, "bbb"),
        (("aaa", "bbb"), {"main": "bbb"}, "aaa", "aaa"),
        (("aaa", "bbb"), {"main": "bbb", "pr/1": "aaa"}, "pr/1", "aaa"),
        (("aaa", "bbb"), {}, None, None),
        (("aaa",), {"main": "gone"}, None, None),
        (("aaa",), {"main": "aaa"}, "v2", None),
        (("aaa",), {"main": "aaa"}, "../snapshots/aaa", None),
    ],
)
def test_a_revision_of_the_cache_is_what_was_asked_for_or_main_or_the_only_one(
    tmp_path: Path, commits: tuple[str, ...], refs: dict[str, str], revision: str | None, expected: str | None
) -> None:
    cached(tmp_path / "hub", *commits, refs=refs)

    if expected is None:
        with pytest.raises(ConfigError, match="of 'org/name'; run `hf download org/name"):
            found(tmp_path, revision=revision)
    else:
        assert found(tmp_path, revision=revision).commit == expected


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("org/other", "there is neither a folder .* nor 'org/other' in the hub cache"),
        ("./other", "the folder .* does not exist"),
        ("a/b/c", "the folder .* does not exist"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, path: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        found(tmp_path, path)


def test_a_copy_has_the_same_digest_and_notes_beside_the_weights_do_not_matter(tmp_path: Path) -> None:
    first = put(tmp_path / "a", config__json="{}", model__safetensors="weights", README__md="one")
    shutil.copytree(first, tmp_path / "b")
    put(tmp_path / "b", README__md="another", _gitattributes="x")

    assert Checkpoint(name="a", folder=first).digest() == Checkpoint(name="b", folder=tmp_path / "b").digest()


@pytest.mark.parametrize("changed", ["config.json", "model.safetensors", "modeling.py", "part/config.json"])
def test_another_content_has_another_digest(tmp_path: Path, changed: str) -> None:
    folder = put(tmp_path / "a", config__json="{}", model__safetensors="weights", modeling__py="x = 1")
    put(folder / "part", config__json="{}")
    checkpoint = Checkpoint(name="a", folder=folder)
    before = checkpoint.digest()

    (folder / changed).write_text("[]", encoding="utf-8")

    assert checkpoint.digest() != before


@pytest.mark.parametrize("place", [0, 20 * MEBIBYTE, 40 * MEBIBYTE, 70 * MEBIBYTE - 1])
def test_training_that_leaves_both_ends_as_they_were_shows_in_large_files_too(tmp_path: Path, place: int) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    weights = folder / "model.safetensors"
    with weights.open("wb") as file:
        file.truncate(70 * MEBIBYTE)
    checkpoint = Checkpoint(name="large", folder=folder)
    before = checkpoint.digest()

    with weights.open("r+b") as file:
        file.seek(max(0, place - 2 * MEBIBYTE))
        file.write(b"\1" * (min(place, 2 * MEBIBYTE) + 1))

    assert checkpoint.digest() != before


def test_weights_must_be_safetensors_and_all_there(tmp_path: Path) -> None:
    index = json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})

    whole = put(tmp_path / "whole", model__safetensors="x")
    torn = put(tmp_path / "torn", model__safetensors__index__json=index)
    (torn / "model-1.safetensors").touch()
    pickled = put(tmp_path / "pickled", pytorch_model__bin="x")
    none = put(tmp_path / "none")

    assert weights_problem(whole) is None
    assert weights_problem(torn) == f"{torn} lacks model-2.safetensors, a part of its weights"
    assert "are pickles, which can hold code and are not read" in (weights_problem(pickled) or "")
    assert weights_problem(none) == f"{none} has no weights (*.safetensors)"


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    checkpoint = Checkpoint(name="a", folder=put(tmp_path / "a", config__json="{", list__json="[]"))

    with pytest.raises(ConfigError, match=r"config\.json: not JSON"):
        checkpoint.read("config.json")
    with pytest.raises(ConfigError, match=r"list\.json: not a JSON object, but a list"):
        checkpoint.read("list.json")
    assert checkpoint.read("none.json") == {}


def test_a_missing_package_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"needs the package 'no_such_package'.*medgen-pytest\[local\]"):
        require_packages("json", "no_such_package", need="the model adapter 'transformers'")


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (TransformersSettings, {}, "the key 'path' is missing"),
        (TransformersSettings, {"path": "x", "device": "gpu"}, "'device': "),
        (TransformersSettings, {"path": "x", "dtype": "int8"}, "'dtype': "),
        (TransformersSettings, {"path": "x", "batch_size": 0}, "'batch_size': "),
        (TransformersSettings, {"path": "x", "top_p": 0}, "'top_p': "),
        (TransformersSettings, {"path": "x", "formats": ["vqua"]}, "unknown format 'vqua'"),
        (TransformersSettings, {"path": "x", "max_tokens": 5}, "unknown key 'max_tokens'"),
        (DiffusersSettings, {"path": "x", "size": [100, 50]}, "multiples of 8 from 16 to 16384"),
        (DiffusersSettings, {"path": "x", "size": "large"}, "'size"),
        (DiffusersSettings, {"path": "x", "steps": 2, "strength": 0.3}, "steps 2 times strength 0.3 is less than one"),
        (DiffusersSettings, {"path": "x", "pipeline": "inpaint"}, "'pipeline': "),
    ],
)
def test_a_wrong_setting_is_named(
    kind: type[TransformersSettings | DiffusersSettings], settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(kind, settings, name="m", adapter="local")

    assert message in str(caught.value)
