"""The demo dataset, written once a session, and a digest over all that it holds."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from medgen_pytest.datasets.demo import write_demo_dataset
from medgen_pytest.datasets.demo.catalogue import draw_records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medgen_pytest.datasets.demo.record import DemoRecord

Row = dict[str, object]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo dataset in a folder of the session; tests only read it."""
    return write_demo_dataset(tmp_path_factory.mktemp("datasets") / "not-there-yet" / "demo")


@pytest.fixture(scope="session")
def rows(demo: Path) -> list[tuple[Path, Row]]:
    """Every record of the written dataset with the folder that its image paths start from."""
    files = sorted(demo.glob("*/*/data.jsonl"))
    return [(file.parent, json.loads(line)) for file in files for line in file.read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def records() -> list[DemoRecord]:
    """Every record as drawn."""
    return list(draw_records())


@pytest.fixture(scope="session")
def digest() -> Callable[[Path], str]:
    """A SHA-256 over the pixels of all images and the bytes of all other files of a folder."""
    return _digest


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*"), key=lambda file: file.relative_to(folder).as_posix()):
        if file.is_file():
            total.update(file.relative_to(folder).as_posix().encode("utf-8"))
            total.update(_content(file))
    return total.hexdigest()


def _content(file: Path) -> bytes:
    """PNG bytes depend on the compression library, so that of an image its shape and pixels count."""
    if file.suffix != ".png":
        return file.read_bytes()
    with Image.open(io.BytesIO(file.read_bytes())) as image:
        pixels = np.asarray(image)
    return repr(pixels.shape).encode("ascii") + pixels.tobytes()
