"""Replies of endpoints with a protocol of their own, read by the paths of the settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import Usage
from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.remote.raw_reply import raw_reply
from medgen_pytest.models.remote.reply import Reply, check_reply, stated_error
from medgen_pytest.models.replies import find_refusal, image_of_part
from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.wire.content import Content
from medgen_pytest.models.wire.reply_path import MISSING, ReplyPath, parse_reply_path

if TYPE_CHECKING:
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.wire.http_settings import ReplyPaths

_MOST_KEYS = 20
_LONGEST = 300


class HttpReplies:
    """Reads replies by the paths of the settings."""

    def __init__(self, paths: ReplyPaths) -> None:
        given = {name: getattr(paths, name) for name in type(paths).model_fields}
        self._paths: dict[str, ReplyPath] = {name: parse_reply_path(path) for name, path in given.items() if path}

    def check(self, reply: Reply) -> None:
        """Raises EndpointError for a reply that is no answer.

        JSON that lacks what is due is one all the same, unless it states an error.
        """
        if not 200 <= reply.status < 300 or not isinstance(reply.json, Mapping | list):  # noqa: PLR2004 - 2xx
            check_reply(reply, expects=())
            return
        said = self._stated(reply.json, "error")
        if said is not None:
            raise EndpointError("server", f"{reply.origin} answered with an error: {said}", status=reply.status)
        heads = [path.head for path in self._paths.values() if path.head is not None]
        if isinstance(reply.json, Mapping) and heads and stated_error(reply.json) is not None:
            check_reply(reply, expects=heads)

    def read(self, reply: Reply, request: Request) -> Content:
        """What a reply holds."""
        refusal = find_refusal(reply.json)
        said = self._stated(reply.json, "problem")
        problem = refusal.problem if refusal is not None else None
        if problem is None and said is not None:
            problem = f"the model refused to answer: {said}"
        text = _text(self._find(reply.json, "text"))
        image = _image(self._find(reply.json, "image"))
        lacks = (request.wants_text and text is None) or (request.wants_image and image is None)
        return Content(
            text=text,
            image=image,
            reasoning=_text(self._find(reply.json, "reasoning")),
            finish_reason=_text(self._find(reply.json, "finish_reason")),
            problem=problem,
            hint=self._hint(reply) if lacks else None,
            raw=raw_reply(reply.body),
        )

    def usage(self, reply: Reply) -> Usage:
        """What a reply took, as far as there are paths for it."""
        return Usage(
            input_tokens=_count(self._find(reply.json, "input_usage")),
            output_tokens=_count(self._find(reply.json, "output_usage")),
            images=int(_image(self._find(reply.json, "image")) is not None),
        )

    def _find(self, body: object, name: str) -> object:
        path = self._paths.get(name)
        return MISSING if path is None else path.find(body)

    def _stated(self, body: object, name: str) -> str | None:
        value = self._find(body, name)
        if value is MISSING or not value:
            return None
        return excerpt(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), length=200)

    def _hint(self, reply: Reply) -> str:
        paths = ", ".join(f"{name}: {self._paths[name].text}" for name in ("text", "image") if name in self._paths)
        keys = ", ".join(sorted(str(key) for key in reply.fields)[:_MOST_KEYS])
        kind = "no object" if not isinstance(reply.json, Mapping) else f"the keys {keys}" if keys else "no keys"
        return f"looked for at {paths}; the reply has {kind[:_LONGEST]}"


def _text(value: object) -> str | None:
    """A text; what is something else is written as JSON."""
    if value is MISSING or value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _image(value: object) -> str | bytes | None:
    """The image of a part; of several the last one."""
    if isinstance(value, list):
        value = value[-1] if value else None
    return image_of_part(value)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
