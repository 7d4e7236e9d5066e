"""Settings of both adapters: what is wrong is one line before the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError
from medgen_pytest.models import build_model, embedded_adapters, formats_of, problems_of
from medgen_pytest.models.contract import concurrency_of, is_asynchronous
from tests.models.openai_endpoint.asking import chat_model, images_model
from tests.models.samples import context_of, every_task

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://localhost:8000/v1"


@pytest.mark.parametrize(
    ("adapter", "settings", "message"),
    [
        ("openai_chat", {}, "the key 'base_url' is missing; the key 'model' is missing"),
        ("openai_chat", {"base_url": "localhost:8000", "model": "m"}, "'base_url': an address like https://HOST/v1"),
        ("openai_chat", {"base_url": "http://me:pw@host/v1", "model": "m"}, "without user, password"),
        ("openai_chat", {"base_url": URL, "model": ""}, "'model': "),
        ("openai_chat", {"base_url": URL, "model": "m", "temprature": 1}, "did you mean 'temperature'?"),
        ("openai_chat", {"base_url": URL, "model": "m", "temperature": 3}, "'temperature': "),
        ("openai_chat", {"base_url": URL, "model": "m", "extra_body": {"stream": True}}, "stream cannot be set here"),
        ("openai_chat", {"base_url": URL, "model": "m", "extra_body": {"n": 2, "model": 1}}, "model, n cannot be set"),
        ("openai_chat", {"base_url": URL, "model": "m", "formats": ["vqa", "edit"]}, "cannot answer image_editing"),
        ("openai_chat", {"base_url": URL, "model": "m", "api_key_env": "NOT_SET_HERE"}, "NOT_SET_HERE (api_key_env)"),
        ("openai_images", {"base_url": URL, "model": "m", "formats": ["vqa"]}, "cannot answer vqa"),
        ("openai_images", {"base_url": URL, "model": "m", "size": "big"}, "'size': "),
        ("openai_images", {"base_url": URL, "model": "dall-e-3", "mode": "edit"}, "dall-e-3 edits no images"),
        ("openai_images", {"base_url": URL, "model": "dall-e-3", "size": "512x512"}, "draws 1024x1024, 1792x1024"),
        ("openai_images", {"base_url": URL, "model": "gpt-image-2", "response_format": "url"}, "does not know it"),
        ("openai_images", {"base_url": URL, "model": "dall-e-3", "mask_input": 2}, "masks are for edits"),
    ],
)
def test_wrong_settings_are_one_line(adapter: str, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_model(
            "mine", adapter=adapter, settings=settings, context=context_of(every_task()), adapters=embedded_adapters()
        )

    assert message in str(caught.value)
    assert "'mine'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_chat_model_answers_questions_and_with_images_every_format() -> None:
    assert formats_of(chat_model(URL)) == {Format.VQA}
    assert formats_of(chat_model(URL, images_out=True)) == frozenset(Format)
    assert formats_of(chat_model(URL, images_out=True, formats=["image_editing"])) == {Format.IMAGE_EDITING}


def test_they_are_asked_many_at_once_unless_the_settings_say_how_many() -> None:
    assert is_asynchronous(chat_model(URL))
    assert concurrency_of(chat_model(URL)) is None
    assert concurrency_of(images_model(URL, concurrency=7)) == 7


def test_identity_changes_with_what_changes_answers_alone() -> None:
    first = chat_model(URL).identity

    assert chat_model(URL, concurrency=3, tokens_per_image=7, retries=0, price={}, request_timeout=5).identity == first
    assert chat_model(URL, temperature=1).identity != first
    assert chat_model(URL, revision="b").identity != first
    assert chat_model(URL, max_side=99).identity != first
    assert chat_model(URL, extra_body={"a": 1}).identity != first


def test_the_wording_of_the_json_prompt_is_part_of_the_identity() -> None:
    assert "JSON" in str(chat_model(URL, json_mode="prompt").identity["json_prompt"])


def test_certificates_that_cannot_be_read_are_a_problem_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing", encoding="utf-8")

    assert problems_of(chat_model(URL)) == []
    for model in (chat_model(URL, ca_file=str(tmp_path / "ca.pem")), images_model(URL, ca_file="none.pem")):
        (problem,) = problems_of(model)
        assert problem.startswith("ca_file: ")
