"""The adapter `imagen`: `:predict`, which draws from a prompt and takes no image."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from pydantic import Field

from medgen_pytest.domain.output import Usage
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.models.remote.endpoint import Endpoint
from medgen_pytest.models.remote.raw_reply import raw_reply
from medgen_pytest.models.remote.reply import Reply, check_reply
from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.replies import find_refusal, image_of_part
from medgen_pytest.models.settings import parse_settings
from medgen_pytest.models.wire.access import ACCESS, GOOGLE, key_headers
from medgen_pytest.models.wire.content import Content
from medgen_pytest.models.wire.gemini_settings import MODEL
from medgen_pytest.models.wire.merging import merged, without_none
from medgen_pytest.models.wire.model import WireModel
from medgen_pytest.models.wire.probing import look_at

if TYPE_CHECKING:
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.remote.tally import Tally

_RATIOS = {"1:1": 1 / 1, "3:4": 3 / 4, "4:3": 4 / 3, "9:16": 9 / 16, "16:9": 16 / 9}


class ImagenSettings(EndpointSettings):
    """How an Imagen model is asked; what is not set is left to the provider."""

    model: str = Field(pattern=MODEL, description="the provider's name of the model")
    access: str = Field(default=GOOGLE, pattern=ACCESS, description="the header that carries the key")
    aspect_ratio: Literal["input", "1:1", "3:4", "4:3", "9:16", "16:9"] = Field(
        default="input", description="of the image; input: the one nearest to the first input image"
    )
    image_size: Literal["1K", "2K"] | None = Field(default=None, description="the size of the image")
    person_generation: Literal["dont_allow", "allow_adult", "allow_all"] | None = Field(
        default=None, description="whether people may be drawn"
    )
    safety_setting: str | None = Field(default=None, description="how much is filtered")
    seed: int | None = Field(default=None, ge=1, lt=2**31, description="also turns the watermark off, as it must be")
    enhance_prompt: bool | None = Field(default=None, description="whether the provider rewrites the prompt")
    output_type: Literal["image/png", "image/jpeg"] | None = Field(default=None, description="the file of the image")
    extra_body: dict[str, Any] = Field(default_factory=dict, description="more of the body, merged into it")


class Imagen:
    """The words of `:predict`."""

    able = frozenset({Format.IMAGE_EDITING})
    takes_images = False

    def __init__(self, endpoint: Endpoint[ImagenSettings]) -> None:
        self._endpoint = endpoint
        self._settings = endpoint.settings
        name = quote(self._settings.model.removeprefix("models/"), safe="@")
        self._place = f"{self._settings.base_url}/models/{name}"

    def expected(self, request: Request) -> Usage:
        """One image."""
        return Usage(images=int(request.wants_image))

    async def ask(self, request: Request, tally: Tally) -> Content:
        """See `Dialect`."""
        ratio = await asyncio.to_thread(self._ratio, request)
        content = json.dumps(self._body(request, ratio=ratio)).encode()

        async def send(_seconds: float) -> Reply:
            reply = await self._endpoint.http.post(f"{self._place}:predict", content=content)
            if reply.status != 200 or reply.json != {}:  # noqa: PLR2004 - everything was filtered: an empty object
                check_reply(reply, expects=("predictions", "deployedModelId"))
            return reply

        reply = await self._endpoint.channel.ask(
            send, tally=tally, expected=self.expected(request), usage_of=_read_usage
        )
        return await asyncio.to_thread(_read_reply, reply)

    async def probe(self) -> str | None:
        """Asks whether there is such a model."""
        wrong = f"{self._settings.host} knows no {self._place.removeprefix(self._settings.base_url)}: HTTP 404"
        missing = None if "/projects/" in self._place else wrong
        return await look_at(self._endpoint, self._place, expects=("name",), missing=missing)

    async def aclose(self) -> None:
        """Has nothing of its own to end."""

    def _body(self, request: Request, *, ratio: str) -> dict[str, object]:
        settings = self._settings
        parameters = {
            "sampleCount": 1,
            "aspectRatio": ratio,
            "sampleImageSize": settings.image_size,
            "personGeneration": settings.person_generation,
            "safetySetting": settings.safety_setting,
            "includeRaiReason": True,
            "seed": request.seed_from(settings.seed),
            "addWatermark": False if settings.seed is not None else None,
            "enhancePrompt": settings.enhance_prompt,
            "outputOptions": {"mimeType": settings.output_type} if settings.output_type else None,
        }
        body = {"instances": [{"prompt": request.instruction}], "parameters": without_none(parameters)}
        return merged(body, settings.extra_body)

    def _ratio(self, request: Request) -> str:
        if self._settings.aspect_ratio != "input":
            return self._settings.aspect_ratio
        if not request.inputs:
            return "1:1"
        height, width, _ = request.inputs[0].array().shape
        return nearest_ratio(width, height)


def nearest_ratio(width: int, height: int) -> str:
    """The ratio, of those that Imagen has, whose factor to width / height is nearest to one."""
    return min(_RATIOS, key=lambda name: abs(math.log(_RATIOS[name] * height / width)))


def _read_reply(reply: Reply) -> Content:
    predictions = _predictions(reply)
    image = image_of_part(predictions[0]) if predictions else None
    refusal = find_refusal(reply.json)
    return Content(
        image=image,
        problem=refusal.problem if refusal is not None else None,
        hint="the reply has no predictions: what was filtered is left out" if not predictions else None,
        raw=raw_reply(reply.body),
    )


def _read_usage(reply: Reply) -> Usage:
    return Usage(images=sum(image_of_part(prediction) is not None for prediction in _predictions(reply)))


def _predictions(reply: Reply) -> list[Mapping[str, object]]:
    predictions = reply.fields.get("predictions")
    return [part for part in predictions if isinstance(part, Mapping)] if isinstance(predictions, list) else []


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> WireModel[ImagenSettings]:
    """The model that settings describe. Raises ConfigError."""
    parsed = parse_settings(ImagenSettings, settings, name=name, adapter="imagen")
    endpoint = Endpoint(parsed, name=name, context=context, key_headers=key_headers(parsed.access))
    return WireModel(name, adapter="imagen", endpoint=endpoint, dialect=Imagen(endpoint))
