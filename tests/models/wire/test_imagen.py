"""The adapter `imagen` on the wire."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError
from medgen_pytest.models.wire.imagen import nearest_ratio
from tests.models.wire.asking import EDIT, ask, asked_of, model_at

if TYPE_CHECKING:
    from tests.models.wire.conftest import Serve


def test_the_request_is_that_of_the_documentation(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_KEY", "the-key-of-this-test")
    server = serve(key="the-key-of-this-test")
    model = model_at(
        server,
        "imagen",
        api_key_env="GEMINI_KEY",
        image_size="1K",
        person_generation="dont_allow",
        safety_setting="block_only_high",
        seed=3,
        enhance_prompt=False,
        output_type="image/png",
        extra_body={"parameters": {"language": "en"}},
    )

    output = ask(model)

    (entry,) = server.requests
    assert (entry.method, entry.path) == ("POST", "/v1beta/models/imagen-4.0-fast-generate-001:predict")
    assert entry.content == {
        "instances": [{"prompt": EDIT.instruction}],
        "parameters": {
            "sampleCount": 1,
            "aspectRatio": "4:3",  # of 48 x 40
            "sampleImageSize": "1K",
            "personGeneration": "dont_allow",
            "safetySetting": "block_only_high",
            "includeRaiReason": True,
            "seed": 3,
            "addWatermark": False,
            "enhancePrompt": False,
            "outputOptions": {"mimeType": "image/png"},
            "language": "en",
        },
    }
    assert output.image is not None
    assert output.text is None
    assert output.usage is not None
    assert output.usage.images == 1


def test_it_takes_no_image_and_edits_alone(serve: Serve) -> None:
    model = model_at(serve(), "imagen")

    assert not model.takes_images
    assert model.formats == {Format.IMAGE_EDITING}
    assert model.estimate(EDIT).images_sent == 0
    with pytest.raises(ConfigError, match="cannot answer vqa"):
        model_at(serve(), "imagen", formats=["vqa"])


def test_without_an_input_the_image_is_square(serve: Serve) -> None:
    server = serve()

    ask(model_at(server, "imagen"), replace(EDIT, inputs=()))

    (body,) = asked_of(server)
    assert body["parameters"] == {"sampleCount": 1, "aspectRatio": "1:1", "includeRaiReason": True}


def test_a_filtered_image_says_why(serve: Serve) -> None:
    output = ask(model_at(serve(faults=["refusal=1,always"]), "imagen"))

    assert output.problem is not None
    assert "raiFilteredReason" in output.problem
    assert "usage guidelines" in output.problem
    assert output.usage is not None
    assert output.usage.images == 0


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [(512, 512, "1:1"), (640, 480, "4:3"), (480, 640, "3:4"), (1920, 1080, "16:9"), (100, 900, "9:16"), (1, 1, "1:1")],
)
def test_the_nearest_ratio_is_taken(width: int, height: int, ratio: str) -> None:
    assert nearest_ratio(width, height) == ratio


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_turned_image_has_the_turned_ratio(width: int, height: int) -> None:
    one, other = nearest_ratio(width, height), nearest_ratio(height, width)

    assert one == ":".join(reversed(other.split(":")))


def test_the_probe_spends_nothing(serve: Serve) -> None:
    server = serve()
    model = model_at(server, "imagen")

    async def probe() -> str | None:
        try:
            return await model.probe()
        finally:
            await model.aclose()

    assert asyncio.run(probe()) is None
    assert server.stats.asked == 0
