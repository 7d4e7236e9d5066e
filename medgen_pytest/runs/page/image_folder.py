"""The folder beside a page: whole images that it shows, and none that it shows no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medgen_pytest.errors import StoreError
from medgen_pytest.reports.files import make_folder

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.reports.page.gallery import Gallery
    from medgen_pytest.reports.page.image_mode import ImageMode

_IMAGE = re.compile(r"[0-9a-f]{64}\.png")


def image_folder(page: Path, mode: ImageMode) -> Path:
    """The folder of a page, named like it with `-files`; it is made where the page shows whole images.

    Raises StoreError where it cannot be made.
    """
    folder = page.with_name(f"{page.stem}-files")
    if mode == "full":
        make_folder(folder)
    return folder


def remove_others(folder: Path, gallery: Gallery) -> None:
    """Takes away whole images that the page does not show: after `images: none` none must be left.

    Raises StoreError for one that stays.
    """
    if not folder.is_dir():
        return
    shown = {picture.digest for picture in gallery.pictures} if gallery.mode == "full" else set()
    try:
        for path in folder.iterdir():
            if _IMAGE.fullmatch(path.name) and path.stem not in shown:
                path.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise StoreError(f"{folder}: an old image cannot be removed: {error.strerror or error}") from error
