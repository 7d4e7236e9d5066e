"""The adapter `predictions`: gateways that begin a prediction and give its output, at once or when it is looked at."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError, ModelError
from medgen_pytest.models.remote.endpoint import Endpoint
from medgen_pytest.models.remote.raw_reply import raw_reply
from medgen_pytest.models.replies import find_refusal
from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.settings import parse_settings
from medgen_pytest.models.wire.access import key_headers
from medgen_pytest.models.wire.content import Content, counted
from medgen_pytest.models.wire.follower import Follower
from medgen_pytest.models.wire.model import WireModel
from medgen_pytest.models.wire.placeholders import IMAGES, known_names, values_of
from medgen_pytest.models.wire.prediction import Prediction, check_prediction
from medgen_pytest.models.wire.prediction_output import read_output
from medgen_pytest.models.wire.predictions_settings import PredictionsSettings
from medgen_pytest.models.wire.probing import look_at
from medgen_pytest.models.wire.template import Template, TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.remote.reply import Reply
    from medgen_pytest.models.remote.tally import Tally

_ROOM = 2.0
"""Seconds before the end of a try in which the gateway's own waiting must be over: its reply names the prediction."""


class Predictions:
    """The words of a gateway of predictions. Creating one is what is paid; looking at it is free."""

    able = frozenset(Format)

    def __init__(self, endpoint: Endpoint[PredictionsSettings], *, template: Template) -> None:
        self._endpoint = endpoint
        self._settings = endpoint.settings
        self._template = template
        self._follower = Follower(endpoint)

    @property
    def takes_images(self) -> bool:
        """Whether the input has a place for images."""
        return bool(self._template.names & IMAGES)

    def expected(self, request: Request) -> Usage:
        """Nothing is known but the image."""
        return Usage(images=int(request.wants_image))

    async def ask(self, request: Request, tally: Tally) -> Content:
        """See `Dialect`."""
        images = await self._endpoint.outgoing(request) if self.takes_images else []
        values = values_of(request, images, images_as=self._settings.images_as, settings=constants_of(self._settings))
        content = await asyncio.to_thread(lambda: json.dumps(self._body(values)).encode())
        due = int(request.wants_image)

        async def create(seconds: float) -> Reply:
            headers = _patience(min(float(self._settings.wait), seconds - _ROOM))
            reply = await self._endpoint.http.post(self._place, content=content, headers=headers)
            check_prediction(reply)
            return reply

        reply = await self._endpoint.channel.ask(
            create,
            tally=tally,
            expected=self.expected(request),
            usage_of=lambda reply: Prediction(reply).usage(images=due),
        )
        prediction = Prediction(reply)
        if prediction.state == "made":
            prediction = await self._follower.follow(prediction, tally)
            self._recount(prediction.usage(images=due), tally)
        return await asyncio.to_thread(self._read, prediction, request, tally)

    async def probe(self) -> str | None:
        """Asks for the list of models, which not every gateway has."""
        return await look_at(self._endpoint, f"{self._settings.base_url}/models")

    async def aclose(self) -> None:
        """Waits a moment for what is being cancelled."""
        await self._follower.aclose()

    @property
    def _place(self) -> str:
        settings = self._settings
        if settings.model is not None and settings.version is None:
            return f"{settings.base_url}/models/{quote(settings.model)}/predictions"
        return f"{settings.base_url}/predictions"

    def _body(self, values: Mapping[str, object]) -> dict[str, object]:
        version = {"version": self._settings.version} if self._settings.version is not None else {}
        return {**version, "input": self._template.fill(values)}

    def _recount(self, usage: Usage, tally: Tally) -> None:
        """Replaces what was known when the prediction began by what is known when it has ended."""
        price = self._settings.price
        tally.usages[-1] = replace(usage, cost=price.cost(usage)) if price is not None else usage

    def _read(self, prediction: Prediction, request: Request, tally: Tally) -> Content:
        """What a prediction that has ended holds. Raises ModelError for one that failed by no fault of the model."""
        raw = raw_reply(prediction.reply.body)
        refusal = find_refusal(prediction.reply.json)
        if refusal is not None:
            return Content(problem=refusal.problem, raw=raw, finish_reason=prediction.status)
        if prediction.state == "failed" and prediction.is_withheld:
            said = excerpt(prediction.error or "", length=200)
            return Content(problem=f"the model refused to answer: {said}", raw=raw, finish_reason=prediction.status)
        if prediction.state != "succeeded":
            said = f": {excerpt(prediction.error, length=300)}" if prediction.error else ""
            message = f"{prediction.reply.origin}: the prediction ended as {prediction.status!r}{said}"
            raise ModelError(message, partial=counted(ModelOutput(raw=raw, finish_reason=prediction.status), tally))
        found = read_output(prediction.output, request, text=self._settings.text, image=self._settings.image)
        return Content(
            text=found.text,
            image=found.image,
            finish_reason=prediction.status,
            hint="the output is null" if prediction.output is None else _hint(found.text),
            raw=raw,
        )


def _patience(seconds: float) -> dict[str, str]:
    return {"Prefer": f"wait={int(seconds)}"} if seconds >= 1 else {}


def _hint(text: str | None) -> str | None:
    return f"it said {excerpt(text, length=200)}" if text else None


def constants_of(settings: PredictionsSettings) -> dict[str, object]:
    """The placeholders that stand for settings."""
    return {"model": settings.model, "seed": settings.seed}


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> WireModel[PredictionsSettings]:
    """The model that settings describe. Raises ConfigError."""
    parsed = parse_settings(PredictionsSettings, settings, name=name, adapter="predictions")
    try:
        template = Template(parsed.input, known=known_names(constants_of(parsed)))
    except TemplateError as error:
        raise ConfigError(f"model {name!r} (adapter predictions): 'input': {error}") from error
    endpoint = Endpoint(parsed, name=name, context=context, key_headers=key_headers(parsed.access))
    return WireModel(name, adapter="predictions", endpoint=endpoint, dialect=Predictions(endpoint, template=template))
