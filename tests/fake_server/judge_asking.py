"""Questions of a judge, as its requests over each protocol carry them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.fake_server.asking import chat, generate, in_base64

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

DIMENSIONS = ("content_accuracy", "relevance", "consistency")
COMPARED = ("Ground Truth", "Generated Answer")
CHAT = "/v1/chat/completions"
GEMINI = "/v1beta/models/gemini-2.5-flash:generateContent"
PLAIN = "/v1/answer"


def reply_format(dimensions: Sequence[str] = DIMENSIONS) -> str:
    """The line that shows a judge the form of its reply."""
    return json.dumps({"analysis": "...", "scores": dict.fromkeys(dimensions), "overall": None})


def fenced(text: str, *, mark: str) -> str:
    return f"<<<BEGIN DATA {mark}>>>\n{text}\n<<<END DATA {mark}>>>"


def prompt(
    *,
    answer: str | None = None,
    reference: str | None = None,
    captions: Sequence[str] = COMPARED,
    dimensions: Sequence[str] = DIMENSIONS,
    low: int = 1,
    high: int = 10,
) -> str:
    """The text of a judge's question."""
    parts = ["You judge the work of an automatic system."]
    parts += [f'Image {number}, with the caption "{caption}": see it.' for number, caption in enumerate(captions, 1)]
    parts += ["What the system was told to do:", fenced("Remove the noise.", mark="a0")]
    if reference is not None:
        parts += ["The text of the reference, which experts have approved:", fenced(reference, mark="b1")]
    if answer is not None:
        parts += ["The text of the answer, which you judge:", fenced(answer, mark="c2")]
    parts.append(f"Reply with one JSON object: steps 1 and 2, then a number from {low} to {high} each. The form:")
    return "\n\n".join([*parts, reply_format(dimensions)])


def schema(dimensions: Sequence[str] = DIMENSIONS, *, low: float = 1, high: float = 10) -> Mapping[str, object]:
    """The JSON Schema of a judgement."""
    number = {"type": "number", "minimum": low, "maximum": high}
    properties = {
        "analysis": {"type": "string"},
        "scores": {"type": "object", "properties": dict.fromkeys(dimensions, number), "required": list(dimensions)},
        "overall": number,
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def picture(seed: int = 0, *, width: int = 160, height: int = 120) -> Image.Image:
    """Soft blobs of grey, others for another seed."""
    coarse = np.random.default_rng(seed).integers(0, 255, (8, 8), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).convert("RGB")


def blank(grey: int = 0) -> Image.Image:
    return Image.new("RGB", (160, 120), (grey,) * 3)


def captioned(image: Image.Image, caption: str) -> bytes:
    """The PNG of an image above a white band with its caption; wider than the image where the caption is."""
    font = ImageFont.load_default()
    band, needed = 24, 8 + round(font.getlength(caption))
    canvas = Image.new("RGB", (max(image.width, needed), image.height + band), (255,) * 3)
    canvas.paste(image, (0, 0))
    ImageDraw.Draw(canvas).text((4, image.height + 6), caption, fill=(0, 0, 0), font=font)
    buffer = io.BytesIO()
    canvas.save(buffer, format="PNG")
    return buffer.getvalue()


def compared(reference: Image.Image, output: Image.Image) -> tuple[bytes, bytes]:
    """A reference and an output as a judge is shown them."""
    return captioned(reference, COMPARED[0]), captioned(output, COMPARED[1])


def said(client: httpx.Client, text: str, *images: bytes, **more: object) -> str:
    """The text of a judge's reply over the chat protocol."""
    body = {**chat(text, *images), **more}
    content = client.post(CHAT, json=body).json()["choices"][0]["message"]["content"]
    assert isinstance(content, str)
    return content


def judged(client: httpx.Client, text: str, *images: bytes, **more: object) -> dict[str, object]:
    """The judgement over the chat protocol."""
    value = json.loads(said(client, text, *images, **more))
    assert isinstance(value, dict)
    return value


def scores_of(judgement: Mapping[str, object]) -> dict[str, float]:
    """The scores of a judgement by dimension."""
    scores = judgement["scores"]
    assert isinstance(scores, dict)
    return scores


def overall(client: httpx.Client, text: str, *images: bytes, **more: object) -> float:
    """The overall score over the chat protocol."""
    return float(str(judged(client, text, *images, **more)["overall"]))


def over_every_protocol(client: httpx.Client, text: str, *images: bytes) -> dict[str, str]:
    """The text of the reply to one question over each protocol that answers with texts."""
    gemini = client.post(GEMINI, json=generate(text, *images)).json()
    plain = client.post(PLAIN, json={"prompt": text, "images": [in_base64(image) for image in images]}).json()
    job = {"version": "qwen3-vl", "input": {"prompt": text, "images": [in_base64(image) for image in images]}}
    prediction = client.post("/v1/predictions", json=job, headers={"prefer": "wait"}).json()
    return {
        "chat": said(client, text, *images),
        "gemini": gemini["candidates"][0]["content"]["parts"][0]["text"],
        "plain": plain["text"],
        "predictions": prediction["output"],
    }
