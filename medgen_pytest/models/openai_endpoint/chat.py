"""The adapter `openai_chat`: a vision model asked by chat completions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ModelError, OutputError
from medgen_pytest.models.openai_endpoint.chat_reply import ChatMessage, read_message
from medgen_pytest.models.openai_endpoint.chat_request import chat_call, json_prompt
from medgen_pytest.models.openai_endpoint.chat_settings import ChatSettings
from medgen_pytest.models.openai_endpoint.json_form import JsonForms
from medgen_pytest.models.openai_endpoint.outcome import counted, with_image
from medgen_pytest.models.openai_endpoint.server import Server
from medgen_pytest.models.openai_endpoint.usage import read_usage
from medgen_pytest.models.remote.raw_reply import raw_reply
from medgen_pytest.models.remote.tally import Tally
from medgen_pytest.models.replies import find_refusal
from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.output import Usage
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import Estimate, ModelContext
    from medgen_pytest.models.remote.reply import Reply

ADAPTER = "openai_chat"


class OpenAiChat:
    """A model of a server that speaks chat completions."""

    def __init__(self, settings: ChatSettings, *, name: str, context: ModelContext) -> None:
        self._settings = settings
        self._server = Server(settings, name=name, context=context, able=_able(settings))
        # With a format of one's own in the body there is nothing to choose.
        chosen = settings.json_mode == "auto" and "response_format" in settings.extra_body
        self._forms = JsonForms("response_format" if chosen else settings.json_mode)

    @property
    def identity(self) -> Mapping[str, object]:
        """Its settings, without those that change no answer."""
        prompt = {"json_prompt": json_prompt()} if self._settings.json_mode in ("auto", "prompt") else {}
        return {**self._server.identity(ADAPTER), **prompt}

    @property
    def formats(self) -> frozenset[Format]:
        """Those of the settings; else visual question answering, and all where it answers with images."""
        return self._server.formats

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
            reply, message = await self._ask(request, tally)
        except OutputError as error:
            return counted(ModelOutput(problem=str(error)), tally)
        raw = await asyncio.to_thread(raw_reply, reply.body)
        refusal = find_refusal(reply.json)
        output = ModelOutput(
            raw=raw,
            text=message.text if request.wants_text or not message.images else None,
            reasoning=message.reasoning,
            finish_reason=message.finish_reason,
            problem=refusal.problem if refusal else _problem(message, request),
        )
        if not request.wants_image or not message.images or refusal is not None:
            return counted(output, tally)
        return await with_image(output, message.images[-1], endpoint=self._server.endpoint, tally=tally)

    def estimate(self, request: Request) -> Estimate:
        """What an answer is expected to take, rather too much than too little."""
        return self._server.estimate(self._expected(request), images_sent=len(request.inputs))

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

    async def _ask(self, request: Request, tally: Tally) -> tuple[Reply, ChatMessage]:
        """The reply to a request and its message, in the first form of JSON that the server takes."""
        images = await self._server.endpoint.outgoing(request)
        said = ChatMessage()

        def usage_of(reply: Reply) -> Usage:
            nonlocal said
            said = read_message(reply.fields)
            return read_usage(reply.fields, images=len(said.images))

        while True:
            form = self._forms.form_for(request)
            call = chat_call(self._settings, request, images, form=form)
            try:
                reply = await self._server.ask(call, tally=tally, expected=self._expected(request), usage_of=usage_of)
            except ModelError as error:
                if not self._forms.falls_back(form, request, after=error):
                    raise
            else:
                return reply, said

    def _expected(self, request: Request) -> Usage:
        return self._settings.expected_usage(
            f"{self._settings.system_prompt or ''}{request.instruction}",
            images_sent=len(request.inputs),
            images_made=int(self._settings.images_out and request.wants_image),
            answer=self._settings.max_tokens,
        )


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> OpenAiChat:
    """The model of a name, as its settings say. Raises ConfigError."""
    return OpenAiChat(parse_settings(ChatSettings, settings, name=name, adapter=ADAPTER), name=name, context=context)


def _able(settings: ChatSettings) -> frozenset[Format]:
    return frozenset(Format) if settings.images_out else frozenset({Format.VQA})


def _problem(message: ChatMessage, request: Request) -> str | None:
    lacks_text = request.wants_text and not message.text
    lacks_image = request.wants_image and not message.images
    if lacks_text and (lacks_image or not request.wants_image):
        return message.silence
    if lacks_image:
        said = f"; it says {excerpt(message.text)}" if message.text else f": {message.silence}"
        return f"the reply holds no image{said}"
    return message.silence if lacks_text else None
