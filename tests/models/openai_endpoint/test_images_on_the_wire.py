"""What an image model sends, as the server saw it, and what it makes of the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.models.openai_endpoint.image_models import image_model
from medgen_pytest.models.openai_endpoint.images_request import images_call
from medgen_pytest.models.openai_endpoint.images_settings import ImagesSettings
from medgen_pytest.models.openai_endpoint.mask import mask_file
from medgen_pytest.models.outgoing import encode_outgoing
from tests.models.contract import check_answer, check_identity
from tests.models.openai_endpoint.asking import ask, chat_model, images_model
from tests.models.samples import make_sample, picture

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.fake_server import FakeServer
    from tests.models.openai_endpoint.conftest import CannedReply, Serve

EDIT = make_sample(Task.STYLE_TRANSFER).request()
SEVERAL = make_sample(Task.STYLE_TRANSFER, images=3).request()


def form(server: FakeServer) -> list[tuple[str, Any]]:
    """The fields of the last form."""
    content = server.requests[-1].content
    assert isinstance(content, list)
    return [(name, value) for name, value in content]


def body(server: FakeServer) -> dict[str, Any]:
    """The body of the last request, which is JSON."""
    content = server.requests[-1].content
    assert isinstance(content, dict)
    return content


def test_an_edit_is_a_form_with_the_image(serve: Serve) -> None:
    server = serve()

    output = ask(images_model(f"{server.url}/v1", quality="high", output_format="webp", background="opaque"), EDIT)

    entry = server.requests[-1]
    assert (entry.method, entry.path, entry.status) == ("POST", "/v1/images/edits", 200)
    assert entry.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert dict(form(server)[:-1]) == {
        "model": "gpt-image-1.5",
        "prompt": EDIT.instruction,
        "quality": "high",
        "background": "opaque",
        "output_format": "webp",
    }
    assert form(server)[-1][0] == "image"
    assert form(server)[-1][1].startswith("<PNG 48x40,")
    check_answer(output, EDIT)
    assert output.usage is not None
    assert (output.usage.input_tokens, output.usage.output_tokens, output.usage.images) == (266, 1290, 1)


def test_several_images_go_as_a_list_in_order(serve: Serve) -> None:
    server = serve()

    ask(images_model(f"{server.url}/v1"), SEVERAL)

    files = [value for name, value in form(server) if name == "image"]
    assert len(set(files)) == len(files) == 3


@pytest.mark.parametrize(("count", "name"), [(1, "image"), (2, "image[]")])
def test_the_field_of_a_form_is_a_list_only_for_several_images(count: int, name: str) -> None:
    settings = ImagesSettings(base_url="http://localhost/v1", model="gpt-image-2")
    images = [encode_outgoing(picture(seed)) for seed in range(count)]

    call = images_call(settings, "Sharpen it.", images, shape=None)

    assert call.path == "/images/edits"
    assert call.files == tuple((name, ("image.png", image.data, "image/png")) for image in images)


def test_an_input_may_be_the_mask(serve: Serve) -> None:
    server = serve()

    ask(images_model(f"{server.url}/v1", mask_input=2, max_side=24), SEVERAL)

    assert [name for name, value in form(server) if str(value).startswith("<PNG")] == ["image", "image", "mask"]
    assert form(server)[-1][1].startswith("<PNG 24x20,")


def test_a_sample_without_that_input_is_edited_without_a_mask(serve: Serve) -> None:
    server = serve()

    output = ask(images_model(f"{server.url}/v1", mask_input=2), EDIT)

    assert "mask" not in dict(form(server))
    assert output.problem is None


def test_a_mask_is_transparent_where_the_input_is_bright(tmp_path: Path) -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[:, 3:] = 200
    (tmp_path / "mask.png").write_bytes(mask_file(pixels, width=12, height=8))

    with Image.open(tmp_path / "mask.png") as mask:
        alpha = np.asarray(mask.getchannel("A"))

    assert alpha.shape == (8, 12)
    assert (alpha[:, :6] == 255).all()
    assert (alpha[:, 6:] == 0).all()


def test_a_model_that_edits_nothing_is_asked_to_generate(serve: Serve) -> None:
    server = serve()
    model = images_model(f"{server.url}/v1", model="dall-e-3", quality="hd", size="input")

    output = ask(model, EDIT)

    assert not model.takes_images
    assert server.requests[-1].path == "/v1/images/generations"
    assert body(server) == {
        "model": "dall-e-3",
        "prompt": EDIT.instruction,
        "size": "1024x1024",
        "quality": "hd",
        "response_format": "b64_json",
    }
    check_answer(output, EDIT)


@pytest.mark.parametrize("mode", ["generate", "auto"])
def test_without_images_to_edit_the_prompt_goes_alone(serve: Serve, mode: str) -> None:
    server = serve()
    request = EDIT if mode == "generate" else replace(EDIT, inputs=())

    output = ask(images_model(f"{server.url}/v1", mode=mode), request)

    assert body(server) == {"model": "gpt-image-1.5", "prompt": EDIT.instruction}
    assert output.problem is None


@pytest.mark.parametrize(("request_", "several"), [(EDIT, False), (SEVERAL, True)])
def test_seedream_gets_the_image_in_a_field(serve: Serve, request_: Any, several: bool) -> None:  # noqa: FBT001 - a case
    server = serve()
    model = images_model(
        f"{server.url}/api/v3",
        model="doubao-seedream-4-0",
        dialect="image_field",
        size="2K",
        extra_body={"watermark": False, "sequential_image_generation": "disabled"},
    )

    output = ask(model, request_)

    sent = body(server)
    images = sent.pop("image")
    assert server.requests[-1].path == "/api/v3/images/generations"
    assert sent == {
        "model": "doubao-seedream-4-0",
        "prompt": request_.instruction,
        "size": "2K",
        "response_format": "b64_json",
        "watermark": False,
        "sequential_image_generation": "disabled",
    }
    assert isinstance(images, list) is several
    assert all(image.startswith("data:image/png;base64,<PNG 48x40") for image in (images if several else [images]))
    check_answer(output, request_)
    assert output.usage is not None
    assert output.usage.images == 1


def test_an_image_at_an_address_is_fetched_from_the_same_host(serve: Serve) -> None:
    server = serve()
    model = images_model(
        f"{server.url}/api/v3", model="seedream-4.0", dialect="image_field", response_format="url", price={}
    )

    output = ask(model, EDIT)

    check_answer(output, EDIT)
    assert server.stats.files == 1
    assert server.stats.asked == 1
    assert output.timing is not None
    assert output.timing.requests == 2
    assert output.usage is not None
    assert output.usage.images == 1


def test_a_pipeline_may_ask_it_for_the_image_of_any_format(serve: Serve) -> None:
    server = serve()
    request = replace(make_sample(Task.INSTRUCTION_EDITING).request(), due="image", instruction="Draw it.")
    model = images_model(f"{server.url}/v1")

    output = ask(model, request)

    assert model.formats == {Format.IMAGE_EDITING}
    assert model.takes_images
    assert dict(form(server))["prompt"] == "Draw it."
    assert output.image is not None
    assert output.problem is None


@pytest.mark.parametrize(
    ("settings", "request_", "problem"),
    [
        ({"model": "dall-e-3"}, replace(EDIT, instruction="x" * 4001), "has 4001 characters, dall-e-3 takes 4000"),
        ({"model": "dall-e-2"}, SEVERAL, "there are 3 images, dall-e-2 takes 1"),
        ({"mode": "edit"}, replace(EDIT, inputs=()), "there is no image to edit (mode: edit)"),
    ],
)
def test_what_the_model_cannot_take_is_not_sent(
    serve: Serve, settings: dict[str, object], request_: Any, problem: str
) -> None:
    server = serve()

    output = ask(images_model(f"{server.url}/v1", **settings), request_)

    assert output.problem is not None
    assert output.problem.startswith("not asked: ")
    assert problem in output.problem
    assert output.timing is None
    assert server.stats.asked == 0


@pytest.mark.parametrize(
    ("model", "size", "nearest"),
    [
        ("gpt-image-2", (512, 512), "1024x1024"),
        ("gpt-image-2", (800, 500), "1536x1024"),
        ("gpt-image-2", (300, 512), "1024x1536"),
        ("dall-e-3", (1920, 1080), "1792x1024"),
        ("dall-e-2", (300, 300), "512x512"),
        ("dall-e-2", (3000, 3000), "1024x1024"),
        ("qwen-image-edit", (321, 123), "321x123"),
    ],
)
def test_the_size_of_the_input_becomes_one_that_the_model_draws(
    model: str, size: tuple[int, int], nearest: str
) -> None:
    assert image_model(model).nearest_size(*size) == nearest


def test_a_revised_prompt_stays_in_the_raw_reply(canned: CannedReply) -> None:
    url = canned({"data": [{"b64_json": "", "revised_prompt": "A grey disc."}]})

    output = ask(images_model(url), EDIT)

    assert output.problem == "the reply holds no image"
    assert output.raw == '{"data": [{"b64_json": "", "revised_prompt": "A grey disc."}]}'


def test_an_error_in_the_place_of_an_image_is_said(canned: CannedReply) -> None:
    url = canned({"data": [{"error": {"code": "OutputImageSensitive", "message": "withheld"}}]})

    output = ask(images_model(url, model="seedream", dialect="image_field"), EDIT)

    assert output.problem == "the reply holds no image: 'withheld'"


def test_its_identity_is_plain_and_an_estimate_counts_one_image(serve: Serve) -> None:
    server = serve()
    model = images_model(f"{server.url}/v1", price={"per_image": 0.04})

    estimate = model.estimate(SEVERAL)

    check_identity(model)
    assert (estimate.images_sent, estimate.images_made, estimate.cost) == (3, 1, 0.04)
    assert images_model(server.url, mode="generate").estimate(SEVERAL).images_sent == 0
    assert chat_model(server.url).estimate(SEVERAL).images_made == 0
