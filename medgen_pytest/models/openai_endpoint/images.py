"""The adapter `openai_images`: a model that edits or generates images, asked by the images API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import OutputError
from medgen_pytest.models.openai_endpoint.images_reply import read_images
from medgen_pytest.models.openai_endpoint.images_request import images_call
from medgen_pytest.models.openai_endpoint.images_settings import ImagesSettings
from medgen_pytest.models.openai_endpoint.mask import mask_file
from medgen_pytest.models.openai_endpoint.outcome import counted, with_image
from medgen_pytest.models.openai_endpoint.server import Server
from medgen_pytest.models.openai_endpoint.usage import read_usage
from medgen_pytest.models.remote.raw_reply import raw_reply
from medgen_pytest.models.remote.tally import Tally
from medgen_pytest.models.replies import find_refusal
from medgen_pytest.models.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.contracts import ImageSource
    from medgen_pytest.domain.output import Usage
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import Estimate, ModelContext
    from medgen_pytest.models.openai_endpoint.call import Call
    from medgen_pytest.models.outgoing import OutgoingImage
    from medgen_pytest.models.remote.reply import Reply

ADAPTER = "openai_images"
_ABLE = frozenset({Format.IMAGE_EDITING})
"""Multimodal generation needs a text as well: a pipeline asks for the image alone."""


class OpenAiImages:
    """A model of a server that speaks the images API."""

    def __init__(self, settings: ImagesSettings, *, name: str, context: ModelContext) -> None:
        self._settings = settings
        self._server = Server(settings, name=name, context=context, able=_ABLE)

    @property
    def identity(self) -> Mapping[str, object]:
        """Its settings, without those that change no answer."""
        return self._server.identity(ADAPTER)

    @property
    def formats(self) -> frozenset[Format]:
        """Image editing; in a pipeline it draws for any format."""
        return self._server.formats

    @property
    def takes_images(self) -> bool:
        """Whether it sees the input images."""
        return self._settings.takes_images

    @property
    def concurrency(self) -> int | None:
        """Requests at once."""
        return self._server.endpoint.concurrency

    @property
    def secrets(self) -> Sequence[str]:
        """The key, and what stands in headers of the settings."""
        return self._server.endpoint.secrets

    async def answer(self, request: Request) -> ModelOutput:
        """The answer to a request. Raises ModelError, with what is known."""
        tally = Tally()
        try:
            call = await self._call(request)
            reply = await self._server.ask(call, tally=tally, expected=self._expected(request), usage_of=_usage)
        except OutputError as error:
            return counted(ModelOutput(problem=str(error)), tally)
        found, raw = await asyncio.to_thread(lambda: (read_images(reply.fields), raw_reply(reply.body)))
        refusal = find_refusal(reply.json)
        if refusal is not None or not found.images:
            problem = refusal.problem if refusal else found.absence
            return counted(ModelOutput(raw=raw, problem=problem), tally)
        return await with_image(ModelOutput(raw=raw), found.images[0], endpoint=self._server.endpoint, tally=tally)

    def estimate(self, request: Request) -> Estimate:
        """What an answer is expected to take, rather too much than too little."""
        return self._server.estimate(self._expected(request), images_sent=self._sent(request))

    async def probe(self) -> str | None:
        """What is wrong with address, key or model, as far as the server's list of models shows it."""
        return await self._server.probe()

    def check(self) -> list[str]:
        """What is known to be wrong before the run."""
        return self._server.check()

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._server.aclose()

    def close(self) -> None:
        """Lets go of what is left."""
        self._server.close()

    async def _call(self, request: Request) -> Call:
        settings, prompt = self._settings, request.instruction
        if not self.takes_images:
            shape = await asyncio.to_thread(_shape, request) if settings.size == "input" else None
            return images_call(settings, prompt, (), shape=shape)
        images = await self._server.endpoint.outgoing(request)
        number, mask = settings.mask_input, None
        if number is not None and 1 < len(images) >= number:
            images.pop(number - 1)
            mask = await asyncio.to_thread(_mask, request.inputs[number - 1], images[0])
        shape = (images[0].width, images[0].height) if images else None
        return images_call(settings, prompt, images, shape=shape, mask=mask)

    def _expected(self, request: Request) -> Usage:
        return self._settings.expected_usage(request.instruction, images_sent=self._sent(request), images_made=1)

    def _sent(self, request: Request) -> int:
        return len(request.inputs) if self.takes_images else 0


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> OpenAiImages:
    """The model of a name, as its settings say. Raises ConfigError."""
    return OpenAiImages(
        parse_settings(ImagesSettings, settings, name=name, adapter=ADAPTER), name=name, context=context
    )


def _usage(reply: Reply) -> Usage:
    return read_usage(reply.fields, images=len(read_images(reply.fields).images))


def _shape(request: Request) -> tuple[int, int] | None:
    if not request.inputs:
        return None
    height, width, _ = request.inputs[0].array().shape
    return width, height


def _mask(source: ImageSource, image: OutgoingImage) -> bytes:
    return mask_file(source.array(), width=image.width, height=image.height)
