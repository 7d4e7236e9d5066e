"""Questions: asked for what no flag says, again until a reply can be used."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.cli.starter.model_answer import Access
from medgen_pytest.cli.starter.questions import Terminal, ask_for_the_rest
from medgen_pytest.cli.starter.told import Told
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.cli.starter.answers import Answers

URL = "http://localhost:8000/v1"


def asked(folder: Path, *replies: str, **told: Any) -> tuple[Answers, str]:
    """The answers that replies make, and what was written to the terminal."""
    writer = io.StringIO()
    reader = io.StringIO("".join(f"{reply}\n" for reply in replies))
    answers = ask_for_the_rest(Told(here=folder, directory=folder, **told), Terminal(reader, writer)).answers()
    assert reader.read() == ""  # every reply was asked for
    return answers, writer.getvalue()


def test_empty_replies_are_what_is_usual(tmp_path: Path) -> None:
    answers, said = asked(tmp_path, *[""] * 7)

    assert answers == Told(here=tmp_path, directory=tmp_path).answers()
    assert said.count("]: ") == 7
    assert "gate: what a release must reach, or none [all/accuracy >= 5%]: " in said


def test_an_address_leads_to_questions_about_what_is_behind_it(tmp_path: Path) -> None:
    replies = ["data", URL, "openai_images", "EDIT_KEY", "gpt-image-1", URL, "none", "my-judge"]

    answers, _ = asked(tmp_path, *replies, "none", "github", "4", "./it.whl")

    assert answers.model.settings == {"base_url": URL, "model": "gpt-image-1", "api_key_env": "EDIT_KEY"}
    assert answers.judge == {"adapter": "openai_chat", "base_url": URL, "model": "my-judge"}
    assert (answers.dataset, answers.gates, answers.services) == ("data", (), ("github",))
    assert (answers.shards, answers.requirement) == (4, "./it.whl")


def test_what_flags_have_said_is_not_asked(tmp_path: Path) -> None:
    told = {"dataset": "data", "model": "oracle", "judge": "none", "gates": ("vqa/bleu >= 1%",), "services": "none"}

    answers, said = asked(tmp_path, **told)

    assert said == ""
    assert (answers.model.name, answers.services, answers.requirement) == ("oracle", (), "medgen-pytest")


def test_an_address_among_the_flags_leaves_the_name_to_be_asked(tmp_path: Path) -> None:
    answers, said = asked(
        tmp_path, "my-vlm", dataset="demo", access=Access(base_url=URL), judge="none", gates=("none",), services="none"
    )

    assert answers.model.settings == {"base_url": URL, "model": "my-vlm"}
    assert said == "  what it calls the model [my-model]: "


def test_a_reply_that_cannot_be_used_is_asked_for_again_with_the_reason(tmp_path: Path) -> None:
    told = {"dataset": "demo", "judge": "none", "services": "github", "requirement": "it"}

    answers, said = asked(tmp_path, "orakle", "oracle", "all/accuracy", "all/accuracy >= 1%", "many", "3", **told)

    assert (answers.model.name, answers.gates, answers.shards) == ("oracle", ("all/accuracy >= 1%",), 3)
    assert "did you mean 'oracle'?" in said
    assert "--shards: 'many' is no number from 1 to 200" in said


def test_an_end_of_replies_is_told_and_nothing_is_answered(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the questions were not answered to the end; nothing was written"):
        asked(tmp_path, "demo")
