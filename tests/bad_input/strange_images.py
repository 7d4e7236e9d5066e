"""Image files as they come: damaged ones, and sound ones of every unusual kind; and a dataset made of them."""

from __future__ import annotations

import io
import json
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.small_dataset import pixels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLEAN = Image.fromarray(pixels(7))


def _encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _bomb(side: int) -> bytes:
    """A file of a few bytes that says it holds a gigantic picture."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(1000))) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _of_16_bits() -> bytes:
    return _encoded(Image.fromarray(np.asarray(CLEAN.convert("L")).astype(np.uint16) * 257))


DAMAGED: Mapping[str, tuple[bytes, str]] = {
    "truncated": (_encoded(CLEAN)[:400], "truncated"),
    "zero-byte": (b"", "empty (0 bytes)"),
    "text": (b"<html>404</html>", "not an image of a known format"),
    "animated": (
        _encoded(CLEAN, "GIF", save_all=True, append_images=[Image.fromarray(pixels(8))]),
        "animated or multi-page image with 2 frames",
    ),
    "bomb": (_bomb(30_000), "30000x30000 pixels, more than the 64000000 allowed"),
}
"""Bytes that no image can be had from, and what is said of them."""

UNUSUAL: Mapping[str, bytes] = {
    "16-bit": _of_16_bits(),
    "CMYK": _encoded(CLEAN.convert("CMYK"), "JPEG"),
    "alpha": _encoded(CLEAN.convert("RGBA")),
    "grey": _encoded(CLEAN.convert("L")),
    "palette": _encoded(CLEAN.convert("P")),
}
"""Images that are read."""

ONE_PIXEL = _encoded(CLEAN.resize((1, 1)))
SOUND = _encoded(CLEAN)


def write_editing_dataset(root: Path, images: Mapping[str, tuple[bytes, bytes]]) -> dict[str, str]:
    """Writes one editing record for each pair of input and target; the sample ids by the names of the pairs."""
    folder = root / "ImageEditing" / "noise-reconstruction"
    folder.mkdir(parents=True)
    lines, ids = [], {}
    for number, (name, (given, target)) in enumerate(images.items(), start=1):
        (folder / f"{number}_input.png").write_bytes(given)
        (folder / f"{number}_target.png").write_bytes(target)
        lines.append(json.dumps(_record(number)) + "\n")
        ids[name] = f"edit:noise-reconstruction:{number:06d}"
    (folder / "data.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")
    return ids


def _record(number: int) -> dict[str, object]:
    return {
        "instruction": f"Remove the noise of image {number}.",
        "modality": "CT",
        "category": "ImageEdit",
        "paper_format": "ImageEditing",
        "paper_task": "noise-reconstruction",
        "input_image": [f"{number}_input.png"],
        "ground_truth_image": [f"{number}_target.png"],
    }
