"""Finding models of the hub in its cache or in a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.hub import find_model, hub_need

if TYPE_CHECKING:
    from pathlib import Path

NAME = "microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract"
REPOSITORY = "models--microsoft--BiomedNLP-PubMedBERT-base-uncased-abstract"
COMMIT = "d673b8835373c6fa116d6d8006b33d48734e305d"
BERT = ("config.json", "pytorch_model.bin", "tokenizer_config.json", "vocab.txt")


@pytest.fixture
def context(tmp_path: Path) -> MetricContext:
    return MetricContext(root=tmp_path, hub_cache=tmp_path / "hub")


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text("{}", "utf-8")
    return folder


def lay(context: MetricContext, *names: str, commit: str = COMMIT, linked: bool = False) -> Path:
    """A model in a hub cache, where files are links to blobs as the hub's own client makes them."""
    cached = context.hub_cache / REPOSITORY
    snapshot = fill(cached / "snapshots" / commit, *(() if linked else names))
    if linked:
        fill(cached / "blobs", *names)
        for name in names:
            (snapshot / name).symlink_to(f"../../blobs/{name}")
    fill(cached / "refs", "main").joinpath("main").write_text(commit, "utf-8")
    return snapshot


@pytest.mark.parametrize("linked", [False, True])
def test_a_model_is_found_in_the_cache_by_its_repository(context: MetricContext, linked: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    snapshot = lay(context, *BERT, linked=linked)

    model = find_model(NAME, kind="text", context=context)

    assert model.folder == snapshot
    assert model.short_name == "BiomedNLP-PubMedBERT-base-uncased-abstract"
    assert model.weights == (snapshot / "pytorch_model.bin",)
    assert not model.is_safetensors


def test_the_files_of_a_cached_model_are_what_another_cache_needs(context: MetricContext) -> None:
    lay(context, *BERT)

    files = find_model(NAME, kind="text", context=context).files

    assert {file.home for file in files} == {"huggingface"}
    assert {file.place for file in files} == {
        f"{REPOSITORY}/refs/main",
        *(f"{REPOSITORY}/snapshots/{COMMIT}/{name}" for name in BERT),
    }
    assert all(file.path == context.hub_cache / file.place for file in files)


def test_the_revision_that_the_cache_calls_main_is_taken(context: MetricContext) -> None:
    lay(context, *BERT, commit="0" * 40)
    newer = lay(context, *BERT, commit="1" * 40)

    assert find_model(NAME, kind="text", context=context).folder == newer


def test_the_only_revision_is_taken_where_none_is_called_main(context: MetricContext) -> None:
    snapshot = lay(context, *BERT)
    (context.hub_cache / REPOSITORY / "refs" / "main").unlink()

    assert find_model(NAME, kind="text", context=context).folder == snapshot


def test_a_main_revision_that_is_not_there_is_a_missing_model(context: MetricContext) -> None:
    lay(context, *BERT)
    (context.hub_cache / REPOSITORY / "refs" / "main").write_text("../../../elsewhere", "utf-8")

    assert "is not in the hub cache" in str(hub_need(NAME, kind="text", context=context).problem)


def test_a_model_is_found_in_a_folder_relative_to_the_root(context: MetricContext) -> None:
    folder = fill(context.root / "models" / "tiny", "config.json", "model.safetensors", "tokenizer.json")

    model = find_model("models/tiny", kind="text", context=context)

    assert model.folder == folder
    assert model.short_name == "tiny"
    assert model.is_safetensors
    assert {(file.home, file.place) for file in model.files} == {
        ("folder", "tiny/config.json"),
        ("folder", "tiny/model.safetensors"),
        ("folder", "tiny/tokenizer.json"),
    }


def test_safetensors_are_preferred_to_a_pickle(context: MetricContext) -> None:
    snapshot = lay(context, *BERT, "model.safetensors")

    assert find_model(NAME, kind="text", context=context).weights == (snapshot / "model.safetensors",)


def test_the_shards_of_an_index_are_the_weights(context: MetricContext) -> None:
    shards = ("model-1-of-2.safetensors", "model-2-of-2.safetensors")
    snapshot = lay(context, "config.json", "tokenizer.json", *shards)
    index = snapshot / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": shards[1], "b": shards[0], "c": shards[0]}}), "utf-8")

    model = find_model(NAME, kind="text", context=context)

    assert model.weights == (index, snapshot / shards[0], snapshot / shards[1])


def test_a_shard_that_is_not_there_is_named(context: MetricContext) -> None:
    snapshot = lay(context, "config.json", "tokenizer.json")
    index = snapshot / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model-1-of-2.safetensors"}}), "utf-8")

    assert "lacks model-1-of-2.safetensors" in str(hub_need(NAME, kind="text", context=context).problem)


@pytest.mark.parametrize("text", ["[", "[]", "{}", '{"weight_map": {"a": "../b"}}', '{"weight_map": {"a": 1}}'])
def test_an_index_that_names_no_files_beside_it_is_refused(context: MetricContext, text: str) -> None:
    (lay(context, "config.json", "tokenizer.json") / "model.safetensors.index.json").write_text(text, "utf-8")

    with pytest.raises(ConfigError, match=r"model\.safetensors\.index\.json: (not|no index)"):
        find_model(NAME, kind="text", context=context)


def test_a_model_that_is_not_in_the_cache_says_how_to_get_it(context: MetricContext) -> None:
    need = hub_need(NAME, kind="text", context=context)

    assert not need.is_met
    assert need.problem == f"the model '{NAME}' is not in the hub cache {context.hub_cache}"
    assert need.remedy is not None
    assert f"hf download {NAME}" in need.remedy
    assert "medgen weights pack" in need.remedy
    assert "config.json, model.safetensors or pytorch_model.bin and a tokenizer" in need.remedy


@pytest.mark.parametrize(
    ("kind", "present", "lacking"),
    [
        ("text", ("pytorch_model.bin", "vocab.txt"), "lacks config.json"),
        ("text", ("config.json", "vocab.txt"), "lacks weights, model.safetensors or pytorch_model.bin"),
        ("text", ("config.json", "vocab.txt", "tf_model.h5"), "(it has tf_model.h5, which torch cannot read)"),
        ("text", ("config.json", "pytorch_model.bin", "tokenizer_config.json"), "lacks a tokenizer"),
        ("image", ("config.json", "pytorch_model.bin"), "lacks the settings of an image processor"),
    ],
)
def test_a_part_that_is_missing_is_named(
    context: MetricContext, kind: Literal["text", "image"], present: tuple[str, ...], lacking: str
) -> None:
    folder = lay(context, *present)

    problem = hub_need(NAME, kind=kind, context=context).problem

    assert lacking in str(problem)
    assert str(folder) in str(problem)


def test_a_link_whose_blob_was_never_finished_is_missing(context: MetricContext) -> None:
    lay(context, *BERT, linked=True)
    (context.hub_cache / REPOSITORY / "blobs" / "pytorch_model.bin").unlink()

    with pytest.raises(ConfigError, match="lacks weights"):
        find_model(NAME, kind="text", context=context)


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere", "~/nowhere-at-all", "a/b/c", "no repository"])
def test_a_folder_that_does_not_exist_is_named(context: MetricContext, name: str) -> None:
    with pytest.raises(ConfigError, match=r"the model folder .* does not exist"):
        find_model(name, kind="text", context=context)


def test_an_image_model_needs_no_tokenizer(context: MetricContext) -> None:
    snapshot = lay(context, "config.json", "model.safetensors", "preprocessor_config.json")

    model = find_model(NAME, kind="image", context=context)

    assert model.parts == (snapshot / "preprocessor_config.json",)
    assert hub_need(NAME, kind="image", context=context).found == str(snapshot)


@pytest.mark.parametrize("changed", ["config.json", "pytorch_model.bin", "vocab.txt"])
def test_the_digest_changes_with_all_that_makes_the_numbers(context: MetricContext, changed: str) -> None:
    snapshot = lay(context, *BERT, "README.md")
    before = find_model(NAME, kind="text", context=context).digest()

    (snapshot / "README.md").write_text("changed", "utf-8")
    assert find_model(NAME, kind="text", context=context).digest() == before
    (snapshot / changed).write_text("changed", "utf-8")

    assert find_model(NAME, kind="text", context=context).digest() != before


def test_the_digest_is_that_of_the_files_wherever_they_lie(context: MetricContext) -> None:
    lay(context, *BERT)
    fill(context.root / "copy", *BERT)

    digests = {find_model(name, kind="text", context=context).digest() for name in (NAME, "copy", "./copy")}

    assert len(digests) == 1


@pytest.mark.parametrize("text", ["{", "[]", "\0", "[" * 100_000])
def test_a_config_that_is_no_json_object_is_named(context: MetricContext, text: str) -> None:
    (lay(context, *BERT) / "config.json").write_text(text, "utf-8")

    with pytest.raises(ConfigError, match=r"config\.json: not "):
        find_model(NAME, kind="text", context=context).read_config()
