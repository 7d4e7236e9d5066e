"""Questions and answers: what requests of every protocol come down to."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from medgen_pytest.fake_server.message import HUGE, StreamedBody

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.fake_server.judge_form import JudgeForm

Finish = Literal["stop", "length", "refusal", "filtered", "empty", "null"]
"""Why an answer ended: whole, cut off, refused, filtered, or with nothing in it in one of two ways."""

REFUSAL = "I'm sorry, but I can't help with that request."


@dataclass(frozen=True, slots=True, kw_only=True)
class InputImage:
    """An image of a request, with what its header says, and the text that it came as if it came as one."""

    data: bytes
    format: str
    width: int
    height: int
    text: str | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a request asks for. `size` is width and height; `format` the file format of images out.

    `link` says whether images go out as URLs, and `schema` what a JSON answer has to fit. `judge` is the
    form of the judgement that a judge is asked for; None for any other question.
    """

    model: str
    text: str
    images: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    wants_text: bool = True
    wants_image: bool = False
    wants_json: bool = False
    schema: Mapping[str, object] | None = None
    count: int = 1
    size: tuple[int, int] | None = None
    format: str = "png"
    link: bool = False
    max_tokens: int | None = None
    seed: int | None = None
    judge: JudgeForm | None = None
    kept: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image that goes out: a file, or one that is streamed."""

    data: bytes | StreamedBody
    format: str = "png"

    @property
    def media_type(self) -> str:
        """Its media type."""
        return "image/svg+xml" if self.format == "svg" else f"image/{self.format}"

    @property
    def base64(self) -> str:
        """Its base64, or what stands for it in a streamed reply."""
        return HUGE if isinstance(self.data, StreamedBody) else base64.b64encode(self.data).decode()

    @property
    def data_url(self) -> str:
        """Its data URL."""
        return f"data:{self.media_type};base64,{self.base64}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model answers: a text, images, why it ended and what it cost; `digest` is that of its request."""

    text: str | None = None
    pictures: tuple[Picture, ...] = ()
    finish: Finish = "stop"
    input_tokens: int = 0
    output_tokens: int = 0
    digest: str = ""

    @property
    def huge(self) -> StreamedBody | None:
        """The base64 of the image that is streamed, if one is."""
        streamed = [picture.data for picture in self.pictures if isinstance(picture.data, StreamedBody)]
        return in_base64(streamed[0]) if streamed else None


def in_base64(body: StreamedBody) -> StreamedBody:
    """The base64 of a streamed body whose pieces, the last one apart, have lengths divisible by three."""
    return StreamedBody(parts=tuple((base64.b64encode(piece), times) for piece, times in body.parts))
