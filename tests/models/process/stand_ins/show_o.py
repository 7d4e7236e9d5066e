"""A stand-in for Show-o: text and images from one model, which sees a single image of a fixed size.

Written from docs/process-adapter.md alone; it needs Pillow and nothing of the package.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter, ImageStat

SIDE = 256
REPLIES = os.fdopen(os.dup(1), "w", encoding="utf-8")


def say(message: dict[str, Any]) -> None:
    REPLIES.write(json.dumps(message) + "\n")
    REPLIES.flush()


def describe(image: Image.Image, request: dict[str, Any]) -> str:
    brightness = ImageStat.Stat(image.convert("L")).mean[0]
    if request["choices"]:
        return str(request["choices"][int(brightness) % len(request["choices"])])
    kind = "bright" if brightness > 100 else "dark"
    return f"The {request['modality']} image is {kind} and shows no other change."


def draw(image: Image.Image, folder: str) -> str:
    tokens = image.resize((SIDE, SIDE)).quantize(64).convert("RGB")
    path = Path(folder, "generated.png")
    tokens.filter(ImageFilter.SMOOTH).resize(image.size).save(path)
    return str(path)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    with Image.open(request["image_paths"][0]) as opened:
        image = opened.convert("RGB")
    reply: dict[str, Any] = {"usage": {"input_tokens": len(request["instruction"].split())}}
    if "text" in request["wants"]:
        reply["text"] = describe(image, request)
    if "image" in request["wants"]:
        reply["image_path"] = draw(image, request["folder"])
        reply["usage"]["images"] = 1
    return reply


def main() -> None:
    os.dup2(2, 1)
    sys.stdout.write("Show-o: loading magvit-v2 and phi-1.5\n")
    say({"ready": True, "protocol": 1, "name": "Show-o", "revision": "stand-in-1"})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say({"id": request["id"], **answer(request)})
        except Exception as error:  # noqa: BLE001 - as the template does
            say({"id": request["id"], "error": repr(error)})


if __name__ == "__main__":
    main()
