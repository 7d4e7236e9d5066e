"""Imagen: `:predict` with instances and parameters; it draws from a text alone."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.fields import Fields, read_json
from medgen_pytest.fake_server.message import RequestError, json_reply
from medgen_pytest.fake_server.question import Question
from medgen_pytest.fake_server.wire.dialects import GOOGLE
from medgen_pytest.fake_server.wire.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server.message import HttpReply
    from medgen_pytest.fake_server.question import Answer, Picture
    from medgen_pytest.fake_server.wire.endpoint import Asked

_SIZES = {
    "1:1": (1024, 1024),
    "3:4": (896, 1280),
    "4:3": (1280, 896),
    "9:16": (768, 1408),
    "16:9": (1408, 768),
}
_MOST = 4


def read(asked: Asked) -> Question:
    """The question of a request. Raises RequestError."""
    fields = read_json(asked.request)
    instances = fields.values.get("instances")
    if not isinstance(instances, list) or len(instances) != 1 or not isinstance(instances[0], Mapping):
        raise RequestError(400, "instances: expected exactly one instance.")
    instance = Fields(values=instances[0])
    taken_apart = sorted(set(instance.values) - {"prompt"})
    if taken_apart:
        raise RequestError(400, f"instances[0].{taken_apart[0]}: this model takes a prompt alone.")
    parameters = fields.mapping("parameters") if fields.values.get("parameters") is not None else Fields(values={})
    return Question(
        model=asked.names["model"],
        text=instance.text("prompt"),
        wants_text=False,
        wants_image=True,
        count=parameters.integer("sampleCount", low=1, high=_MOST, default=1) or 1,
        size=_SIZES[parameters.one_of("aspectRatio", tuple(_SIZES), "1:1")],
        format=asked.settings.image_format,
        kept={"reason": parameters.values.get("includeRaiReason")},
    )


def reply(question: Question, answer: Answer, link: Callable[[Picture], str]) -> HttpReply:  # noqa: ARG001 - a contract
    """The predictions; of what is filtered only the reason is left, and that only where it was asked for."""
    if answer.finish == "filtered" or (answer.finish == "refusal" and not (question.kept or {}).get("reason")):
        return json_reply({})
    return json_reply({"predictions": _predictions(answer)}, huge=answer.huge)


def _predictions(answer: Answer) -> list[dict[str, object]]:
    if answer.finish == "empty":
        return []
    if answer.finish == "refusal":
        return [{"raiFilteredReason": "The prompt could not be submitted: it may violate the usage guidelines."}]
    if answer.finish == "null":
        return [{"mimeType": "image/png", "bytesBase64Encoded": None}]
    if not answer.pictures:
        text = base64.b64encode((answer.text or "").encode()).decode()
        return [{"mimeType": "image/png", "bytesBase64Encoded": text}]
    return [{"mimeType": picture.media_type, "bytesBase64Encoded": picture.base64} for picture in answer.pictures]


ENDPOINT = Endpoint(name="imagen", dialect=GOOGLE, read=read, reply=reply)
