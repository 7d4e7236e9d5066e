"""A stand-in for Ming-UniVision: text and images, several images in, several requests at once, base64 both ways.

Written from docs/process-adapter.md alone; it needs Pillow and nothing of the package.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PIL import Image, ImageChops, ImageStat

LOCK = threading.Lock()


def say(message: dict[str, Any]) -> None:
    with LOCK:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def look(request: dict[str, Any]) -> list[Image.Image]:
    files = [io.BytesIO(base64.b64decode(part)) for part in request["images"]]
    return [Image.open(file).convert("RGB") for file in files]


def draw(images: list[Image.Image]) -> str:
    picture = images[0]
    for other in images[1:]:
        picture = ImageChops.blend(picture, other.resize(picture.size), 0.5)
    file = io.BytesIO()
    picture.save(file, format="WEBP", quality=90)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    images = look(request)
    reply: dict[str, Any] = {"reasoning": f"{len(images)} image(s), {request['task']}"}
    if "text" in request["wants"]:
        levels = ", ".join(f"{ImageStat.Stat(image.convert('L')).mean[0]:.0f}" for image in images)
        reply["text"] = request["choices"][0] if request["choices"] else f"The images have the brightness {levels}."
    if "image" in request["wants"]:
        reply["image"] = draw(images)
    return reply


def serve(line: str) -> None:
    request = json.loads(line)
    try:
        say({"id": request["id"], **answer(request)})
    except Exception as error:  # noqa: BLE001 - as the template does
        say({"id": request["id"], "error": repr(error)})


def main() -> None:
    say({"ready": True, "revision": "stand-in-1"})
    with ThreadPoolExecutor(3) as threads:
        for line in sys.stdin:
            threads.submit(serve, line)


if __name__ == "__main__":
    main()
