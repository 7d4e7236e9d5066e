"""Settings of a program: wrong ones are told before the run, and what can change an answer is in its identity."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.models.contract import close_model
from medgen_pytest.models.process.model import ProcessModel, build
from medgen_pytest.models.process.settings import ProcessSettings
from medgen_pytest.models.settings import parse_settings
from tests.models.samples import context_of, every_task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.models.process.conftest import Serve


def parsed(**settings: object) -> ProcessSettings:
    return parse_settings(ProcessSettings, {"command": ["x"], **settings}, name="m", adapter="process")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"command": []}, "'command': the command names no program"),
        ({"command": "  "}, "'command': the command names no program"),
        ({"command": [" ", "x"]}, "'command': the command names no program"),
        ({"command": "python 'x"}, "'command': No closing quotation"),
        ({"command": ["a\0b"]}, "'command': a command must not hold the character NUL"),
        ({"command": 3}, "'command': Input should be a valid tuple"),
        ({"env": {"A=B": "x"}}, "'env': 'A=B' cannot be the name of a variable"),
        ({"env": {"": "x"}}, "'env': '' cannot be the name of a variable"),
        ({"env": {"A": "x\0y"}}, "'env': the value of 'A' holds the character NUL"),
        ({"env": {"A": True}}, "'env.A': Input should be a valid string"),
        ({"env": ["A=B"]}, "'env': Input should be a valid dictionary"),
        ({"concurrency": 0}, "'concurrency': Input should be greater than or equal to 1"),
        ({"start_timeout": 0}, "'start_timeout': Input should be greater than 0"),
        ({"start_timeout": float("inf")}, "'start_timeout': Input should be a finite number"),
        ({"restarts": -1}, "'restarts': Input should be greater than or equal to 0"),
        ({"images": "url"}, "'images': Input should be 'path' or 'base64'"),
        ({"image_format": "gif"}, "'image_format': Input should be 'png' or 'jpeg'"),
        ({"formats": ["vqaa"]}, "'formats': unknown format 'vqaa'; did you mean 'vqa'?"),
        ({"formats": "vqa"}, "'formats': Input should be a valid tuple"),
        ({"comand": "x"}, "unknown key 'comand'; did you mean 'command'?"),
    ],
)
def test_wrong_settings_are_one_line(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(**settings)

    assert str(caught.value) == f"model 'm' (adapter process): {message}"


def test_a_command_may_be_one_text_that_is_split_and_never_expanded() -> None:
    assert parsed(command="python 'my serve.py' --x=$HOME ; ls *").command == (
        "python",
        "my serve.py",
        "--x=$HOME",
        ";",
        "ls",
        "*",
    )


def test_numbers_may_be_variables() -> None:
    assert parsed(env={"CUDA_VISIBLE_DEVICES": 0, "SCALE": 1.5}).env == {"CUDA_VISIBLE_DEVICES": "0", "SCALE": "1.5"}


def test_settings_are_shown_without_the_variables() -> None:
    assert "hidden" not in repr(parsed(env={"HUB_TOKEN": "hidden"}))


def test_a_home_that_does_not_exist_is_one_line() -> None:
    with pytest.raises(ConfigError, match="model 'm': 'cwd': "):
        build("m", {"command": "x", "cwd": "~no-such-user-here/x"}, context_of(every_task()))


@pytest.mark.parametrize(
    "change",
    [
        {"command": [sys.executable, "serve.py", "--strict"]},
        {"revision": "w-8"},
        {"env": {"SCALE": "2"}},
        {"images": "base64"},
        {"image_format": "jpeg"},
        {"image_quality": 80},
        {"max_side": 512},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_can_change_an_answer_changes_the_identity(serve: Serve, change: dict[str, object]) -> None:
    assert serve("pass", **change).identity != serve("pass").identity


@pytest.mark.parametrize(
    "change",
    [
        {"env": {"HF_TOKEN": "another"}},
        {"concurrency": 4},
        {"start_timeout": 5},
        {"patience": 5},
        {"restarts": 9},
        {"max_line_mb": 9},
        {"formats": ["vqa"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_cannot_change_an_answer_does_not(serve: Serve, change: dict[str, object]) -> None:
    base = {"env": {"HF_TOKEN": "one"}}

    assert serve("pass", **{**base, **change}).identity == serve("pass", **base).identity


def test_the_source_of_the_program_is_part_of_the_identity(serve: Serve) -> None:
    assert serve("pass").identity != serve("pass # other").identity


def test_no_secret_is_in_the_identity(serve: Serve) -> None:
    names = ["HF_TOKEN", "API_KEY", "DB_PASSWORD", "PASSPHRASE", "SESSION_COOKIE", "AUTHORIZATION"]
    model = serve("pass", env=dict.fromkeys(names, "hidden-value") | {"HOME_OF_WEIGHTS": "sk-hidden-value"})

    assert "hidden-value" not in json.dumps(model.identity)


def test_a_large_file_named_in_a_command_counts_with_its_size(tmp_path: Path) -> None:
    def identity() -> object:
        settings = {"command": ["./run.sh", "weights.bin", "no-file", "x" * 5000]}
        return build("m", settings, context_of(every_task(), root=tmp_path)).identity["program"]

    (tmp_path / "run.sh").write_text("one", encoding="utf-8")
    (tmp_path / "weights.bin").write_bytes(b"a" * 1_000_001)
    first = identity()
    (tmp_path / "weights.bin").write_bytes(b"b" * 1_000_001)
    same = identity()
    (tmp_path / "weights.bin").write_bytes(b"b" * 1_000_002)
    larger = identity()
    (tmp_path / "run.sh").write_text("two", encoding="utf-8")
    changed = identity()

    assert first == same
    assert len({first, larger, changed}) == 3


def test_a_model_that_is_never_asked_starts_nothing_and_makes_no_folder(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    model = serve("pass")
    assert isinstance(model, ProcessModel)

    assert model.check() == []
    close_model(model)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["serve.py", "temporary"]
    assert list((tmp_path / "temporary").iterdir()) == []
