"""Stored images are read when asked for, and name themselves in every error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.domain.contracts import ImageSource
from medgen_pytest.errors import ImageError
from medgen_pytest.images import StoredImage, encode_png

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = np.full((3, 4, 3), 17, dtype=np.uint8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(encode_png(PIXELS))
    return path


def test_a_stored_image_is_an_image_source(path: Path) -> None:
    image = StoredImage("images/a.png", path.read_bytes)

    assert isinstance(image, ImageSource)
    assert image.read() == path.read_bytes()
    assert np.array_equal(image.array(), PIXELS)
    assert image.pil().size == (4, 3)


def test_nothing_is_held_between_readings(path: Path) -> None:
    image = StoredImage("images/a.png", path.read_bytes)
    image.array()
    path.write_bytes(encode_png(PIXELS[:1]))

    assert image.array().shape == (1, 4, 3)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    image = StoredImage("images/a.png", (tmp_path / "a.png").read_bytes)

    with pytest.raises(ImageError, match=r"^images/a.png: the image file does not exist$"):
        image.array()


def test_a_folder_is_named(tmp_path: Path) -> None:
    image = StoredImage("images", tmp_path.read_bytes)

    with pytest.raises(ImageError, match=r"^images: the image file cannot be read: "):
        image.read()


def test_damage_is_told_with_the_name(path: Path) -> None:
    path.write_bytes(b"")

    with pytest.raises(ImageError, match=r"^images/a.png: the image file is empty \(0 bytes\)$"):
        StoredImage("images/a.png", path.read_bytes).array()


def test_the_limit_of_pixels_is_the_images_own(path: Path) -> None:
    with pytest.raises(ImageError, match=r"^images/a.png: 4x3 pixels, more than the 11 allowed$"):
        StoredImage("images/a.png", path.read_bytes, 11).array()
