"""A stand-in for RadFM: text alone, from a library that talks a lot on stdout and stderr.

Written from docs/process-adapter.md alone; it needs Pillow and nothing of the package.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from PIL import Image, ImageStat


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def load() -> None:
    for part in range(1, 6):
        sys.stdout.write(f"Loading checkpoint shards: {part}/5\r")
        sys.stderr.write(f"WARNING: layer {part} is not initialised from the checkpoint\n" * 200)
    sys.stdout.write("\nSetup Model\n")


def answer(request: dict[str, Any]) -> str:
    volume = []
    for path in request["image_paths"]:
        with Image.open(path) as image:
            volume.append(ImageStat.Stat(image.convert("L").resize((64, 64))).mean[0])
    sys.stdout.write(f"{{'depth': {len(volume)}}}\n")
    level = sum(volume) / len(volume)
    if request["choices"]:
        return str(request["choices"][int(level) % len(request["choices"])])
    if request["task"] == "report-generation":
        return f"FINDINGS: The {request['modality']} shows no acute abnormality. IMPRESSION: Normal study."
    return "yes" if level > 80 else "no"


def main() -> None:
    load()
    say({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        if request["wants"] != ["text"]:
            say({"id": request["id"], "problem": "RadFM gives text alone"})
        else:
            say({"id": request["id"], "text": answer(request)})


if __name__ == "__main__":
    main()
