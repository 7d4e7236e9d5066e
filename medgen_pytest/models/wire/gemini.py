"""The adapter `gemini`: `generateContent` with text and image parts both ways."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from medgen_pytest.domain.output import Usage
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.models.remote.endpoint import Endpoint
from medgen_pytest.models.remote.reply import Reply, check_reply
from medgen_pytest.models.settings import parse_settings
from medgen_pytest.models.wire.access import key_headers
from medgen_pytest.models.wire.gemini_reply import read_reply, read_usage
from medgen_pytest.models.wire.gemini_schema import gemini_schema
from medgen_pytest.models.wire.gemini_settings import GeminiSettings
from medgen_pytest.models.wire.merging import merged, without_none
from medgen_pytest.models.wire.model import WireModel
from medgen_pytest.models.wire.probing import look_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.outgoing import OutgoingImage
    from medgen_pytest.models.remote.tally import Tally
    from medgen_pytest.models.wire.content import Content

_LETTERS_A_TOKEN = 3
_INPUT_IMAGE = 1032
"""Tokens of an image of about 512 pixels: four tiles of 258 (ai.google.dev/gemini-api/docs/tokens)."""

_OUTPUT_IMAGE = 1290
"""Tokens of an image of up to 1024 x 1024 pixels that is made (ai.google.dev/gemini-api/docs/pricing)."""


class Gemini:
    """The words of `generateContent`."""

    takes_images = True

    def __init__(self, endpoint: Endpoint[GeminiSettings]) -> None:
        self._endpoint = endpoint
        self._settings = endpoint.settings
        name = quote(self._settings.model.removeprefix("models/"), safe="@")
        self._place = f"{self._settings.base_url}/models/{name}"

    @property
    def able(self) -> frozenset[Format]:
        """All formats if it makes images, else those of texts."""
        return frozenset(Format) if self._settings.images_out else frozenset({Format.VQA})

    def expected(self, request: Request) -> Usage:
        """Tokens by a third of the letters and the provider's figures for images; of the answer its limit."""
        letters = len(request.instruction) + len(self._settings.system or "")
        made = _OUTPUT_IMAGE if request.wants_image and not request.wants_text else None
        return Usage(
            input_tokens=letters // _LETTERS_A_TOKEN + 1 + _INPUT_IMAGE * len(request.inputs),
            output_tokens=self._settings.max_output_tokens or made,
            images=int(request.wants_image),
        )

    async def ask(self, request: Request, tally: Tally) -> Content:
        """See `Dialect`."""
        images = await self._endpoint.outgoing(request)
        content = await asyncio.to_thread(lambda: json.dumps(self._body(request, images)).encode())

        async def send(_seconds: float) -> Reply:
            reply = await self._endpoint.http.post(f"{self._place}:generateContent", content=content)
            check_reply(reply, expects=("candidates", "promptFeedback", "usageMetadata"))
            return reply

        expected = self.expected(request)
        reply = await self._endpoint.channel.ask(send, tally=tally, expected=expected, usage_of=read_usage)
        return await asyncio.to_thread(read_reply, reply)

    async def probe(self) -> str | None:
        """Asks whether there is such a model."""
        # The addresses of projects and regions answer requests to models, and not always those about them.
        wrong = f"{self._settings.host} knows no {self._place.removeprefix(self._settings.base_url)}: HTTP 404"
        missing = None if "/projects/" in self._place else wrong
        return await look_at(self._endpoint, self._place, expects=("name",), missing=missing)

    async def aclose(self) -> None:
        """Has nothing of its own to end."""

    def _body(self, request: Request, images: Sequence[OutgoingImage]) -> dict[str, object]:
        parts: list[object] = [{"inlineData": {"mimeType": image.media_type, "data": image.base64}} for image in images]
        parts.append({"text": request.instruction})
        settings = self._settings
        body: dict[str, object] = {"contents": [{"role": "user", "parts": parts}]}
        if settings.system is not None:
            body["systemInstruction"] = {"parts": [{"text": settings.system}]}
        body["generationConfig"] = self._config(request)
        if settings.safety_settings:
            body["safetySettings"] = [
                {"category": category, "threshold": threshold}
                for category, threshold in sorted(settings.safety_settings.items())
            ]
        return merged(body, settings.extra_body)

    def _config(self, request: Request) -> dict[str, object]:
        settings = self._settings
        config: dict[str, object] = {
            "candidateCount": 1,
            "temperature": settings.temperature,
            "topP": settings.top_p,
            "topK": settings.top_k,
            "seed": request.seed_from(settings.seed),
            "maxOutputTokens": settings.max_output_tokens,
            "thinkingConfig": self._thinking(),
        }
        if settings.images_out:
            config["responseModalities"] = ["TEXT", "IMAGE"] if request.wants_image else ["TEXT"]
        if settings.images_out and request.wants_image:
            shape = without_none({"aspectRatio": settings.aspect_ratio, "imageSize": settings.image_size})
            config["imageConfig"] = shape or None
        enforces = not settings.images_out if settings.json_mode is None else settings.json_mode
        if request.wants_json and not request.wants_image and enforces:
            config["responseMimeType"] = "application/json"
            config["responseSchema"] = gemini_schema(request.json_schema)
        return without_none(config)

    def _thinking(self) -> dict[str, object] | None:
        settings = self._settings
        thoughts = {
            "thinkingBudget": settings.thinking_budget,
            "thinkingLevel": settings.thinking_level,
            "includeThoughts": settings.include_thoughts or None,
        }
        return without_none(thoughts) or None


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> WireModel[GeminiSettings]:
    """The model that settings describe. Raises ConfigError."""
    parsed = parse_settings(GeminiSettings, settings, name=name, adapter="gemini")
    endpoint = Endpoint(parsed, name=name, context=context, key_headers=key_headers(parsed.access))
    return WireModel(name, adapter="gemini", endpoint=endpoint, dialect=Gemini(endpoint))
