"""Answers: what can be used is taken as it was typed, and what cannot is told in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.cli.starter.answers import dataset_of
from medgen_pytest.cli.starter.model_answer import Access
from medgen_pytest.cli.starter.told import Told
from medgen_pytest.errors import ConfigError
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://localhost:8000/v1"


def told(folder: Path, **texts: Any) -> Told:
    """What was told in a folder about that folder."""
    return Told(here=folder, directory=folder, **texts)


def test_with_nothing_told_everything_is_as_usual(tmp_path: Path) -> None:
    answers = told(tmp_path).answers()

    assert (answers.dataset, answers.gates, answers.shards) == ("demo", ("all/accuracy >= 5%",), 2)
    assert answers.model == ("copy-input", "copy-input", {})
    assert (answers.judge, answers.services) == (None, ("github", "gitlab", "jenkins"))
    assert (answers.requirement, answers.variables) == ("medgen-pytest", ())


@pytest.mark.parametrize(
    ("model", "access", "expected"),
    [
        ("oracle", Access(), ("oracle", "oracle", {})),
        ("best=copy-input", Access(), ("best", "copy-input", {})),
        (
            "python:repo.run:Model.make",
            Access(),
            ("python:repo.run:Model.make", "python", {"target": "repo.run:Model.make"}),
        ),
        ("mine=python:run:answer", Access(), ("mine", "python", {"target": "run:answer"})),
        ("my-vlm", Access(base_url=URL), ("my-vlm", "openai_chat", {"base_url": URL, "model": "my-vlm"})),
        (
            "Qwen/Qwen3-VL",
            Access(base_url=URL),
            ("Qwen3-VL", "openai_chat", {"base_url": URL, "model": "Qwen/Qwen3-VL"}),
        ),
        (
            "editor=gpt-image-1",
            Access(base_url=URL, adapter="openai_images", key_env="EDIT_KEY"),
            ("editor", "openai_images", {"base_url": URL, "model": "gpt-image-1", "api_key_env": "EDIT_KEY"}),
        ),
    ],
)
def test_a_model_is_embedded_or_a_target_or_behind_an_endpoint(
    tmp_path: Path, model: str, access: Access, expected: tuple[object, ...]
) -> None:
    assert told(tmp_path, model=model, access=access).answers().model == expected


def test_a_judge_is_behind_an_endpoint_or_a_target_and_keys_are_named_once(tmp_path: Path) -> None:
    access = Access(base_url=URL, key_env="KEY")

    judged = told(tmp_path, model="a", access=access, judge="b", judge_access=access).answers()
    python = told(tmp_path, judge="python:my:judge").answers()

    assert judged.judge == {"adapter": "openai_chat", "base_url": URL, "model": "b", "api_key_env": "KEY"}
    assert judged.variables == ("KEY",)
    assert python.judge == {"adapter": "python", "target": "my:judge"}


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"dataset": " "}, "--dataset: a text is needed"),
        ({"dataset": "a\nb"}, "--dataset: 'a\\nb' holds characters that cannot be printed"),
        ({"dataset": "a\u2028b"}, "cannot be printed"),
        ({"model": "orakle"}, "unknown model adapter 'orakle'; did you mean 'oracle'?"),
        ({"model": "replay:answers"}, "others are written into medgen.yaml"),
        ({"model": "python:nothing"}, "target 'nothing' is not MODULE:ATTR"),
        ({"model": "a|b=oracle"}, "must not hold"),
        ({"model": "my-vlm", "access": Access(base_url="localhost:8000")}, "an address like https://HOST/v1 is needed"),
        ({"model": "a", "access": Access(base_url=URL, key_env="sk-12345")}, "'api_key_env': String should match"),
        ({"model": "a", "access": Access(key_env="KEY")}, "an adapter or key without an address"),
        ({"access": Access(base_url=URL)}, "Say it with --model"),
        ({"judge": "oracle"}, "'oracle' cannot judge"),
        ({"judge_access": Access(base_url=URL)}, "Name the model with --judge"),
        ({"gates": ("all/accuracy is fine",)}, "gate 'all/accuracy is fine'"),
        ({"gates": ("vqa/nonsense >= 1",)}, "unknown metric 'nonsense'"),
        ({"gates": ("none", "all/accuracy >= 1%")}, "none stands alone"),
        ({"services": "github,travis"}, "unknown --ci service 'travis'"),
        ({"services": "none,github"}, "none stands alone, not beside github"),
        ({"services": ","}, "names nothing"),
        ({"shards": "0"}, "'0' is no number from 1 to 200"),
        ({"shards": "201"}, "is no number"),
        ({"shards": "٣"}, "is no number"),
        ({"requirement": "x ${{ secrets.KEY }}"}, "begins an expression of GitHub"),
        ({"requirement": "--index-url=x"}, "is an option of pip"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(tmp_path: Path, texts: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        told(tmp_path, **texts).answers()

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_itself_is_never_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        told(tmp_path, model="a", access=Access(base_url=URL, key_env="sk-very-secret")).answers()

    assert "sk-very-secret" not in str(caught.value)


def test_a_dataset_is_named_from_the_folder_that_is_written_into(tmp_path: Path) -> None:
    inside = tmp_path / "repo"

    assert dataset_of("data/bench", here=tmp_path, directory=tmp_path) == "data/bench"
    assert dataset_of("data", here=tmp_path, directory=inside).replace("\\", "/") == "../data"
    assert dataset_of("repo/demo", here=tmp_path, directory=inside).replace("\\", "/") == "./demo"
    assert dataset_of("demo", here=tmp_path, directory=inside) == "demo"
    assert dataset_of(str(tmp_path), here=tmp_path, directory=inside) == str(tmp_path)


def test_jobs_install_the_extras_that_model_and_dataset_need(tmp_path: Path) -> None:
    release = tmp_path / "release" / "parquet" / "vqa"
    release.mkdir(parents=True)
    (release / "part-0.parquet").write_bytes(b"PAR1")
    write_small_dataset(tmp_path / "small")

    assert told(tmp_path, dataset="release").answers().requirement == "medgen-pytest[parquet]"
    assert (
        told(tmp_path, dataset="release", model="classical").answers().requirement == "medgen-pytest[parquet,classical]"
    )
    assert told(tmp_path, dataset="small").answers().requirement == "medgen-pytest"
    assert told(tmp_path, dataset="release", requirement="./wheel.whl").answers().requirement == "./wheel.whl"
