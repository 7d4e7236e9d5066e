"""Pictures for the page, in each of the ways in which it may show images."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from medgen_pytest.errors import ImageError, StoreError
from medgen_pytest.images import encode_png
from medgen_pytest.reports.page.gallery import Absent, Picture
from medgen_pytest.runs.page.thumbnails import make_thumbnail
from medgen_pytest.store.whole_files import write_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.contracts import ImageSource
    from medgen_pytest.reports.page.gallery import Shown
    from medgen_pytest.store import RunDirectory

HIDDEN = "images are not shown (images: none)"
GONE = "the file of this image is gone from the run directory"
EDITED = "not shown: the file holds other pixels than the run stored, so it was edited"
DAMAGED = "not shown: the file is damaged"


class Pictures(Protocol):
    """Makes what the page shows of an image."""

    def of_dataset(self, source: ImageSource) -> Shown:
        """An image of the dataset."""

    def of_output(self, name: str) -> Shown:
        """A stored output image."""


class Hashes:
    """Shows no image: only the SHA-256 that it is known by; no pixel is read."""

    def of_dataset(self, source: ImageSource) -> Shown:
        """The hash of the file."""
        try:
            data = source.read()
        except ImageError as error:
            return Absent(reason=f"cannot be read: {error.message}")
        return Absent(reason=HIDDEN, digest=hashlib.sha256(data).hexdigest())

    def of_output(self, name: str) -> Shown:
        """The hash of the pixels, which is its name."""
        return Absent(reason=HIDDEN, digest=digest_in(name))


class Thumbnails:
    """Shows small images that lie within the page; output images are those of one of the runs."""

    def __init__(self, stores: Sequence[RunDirectory]) -> None:
        self._stores = stores
        self._made: dict[str, Shown] = {}

    def of_dataset(self, source: ImageSource) -> Shown:
        """The thumbnail; that of a file that several samples share is made once."""
        try:
            digest = hashlib.sha256(source.read()).hexdigest()
            if digest not in self._made:
                self._made[digest] = self.made_of(source.array(), digest=digest)
        except ImageError as error:
            return Absent(reason=f"cannot be read: {error.message}")
        return self._made[digest]

    def of_output(self, name: str) -> Shown:
        """The thumbnail, if the image is what a run stored; its name says which pixels these are, whatever the run."""
        digest, problem = digest_in(name), GONE
        for store in self._stores:
            if not store.has_image(name):
                continue
            try:
                return self.made_of(store.load_image(name), digest=digest)
            except ImageError:
                problem = DAMAGED
            except StoreError:
                problem = EDITED
        return Absent(reason=problem, digest=digest)

    def made_of(self, pixels: NDArray[np.uint8], *, digest: str) -> Picture:
        """What is shown of uint8 (H, W, 3) pixels."""
        return make_thumbnail(pixels, digest=digest)


class Files(Thumbnails):
    """Shows whole images, encoded anew without loss in files beside the page; `folder` is where they go."""

    def __init__(self, stores: Sequence[RunDirectory], folder: Path) -> None:
        super().__init__(stores)
        self._folder = folder

    def made_of(self, pixels: NDArray[np.uint8], *, digest: str) -> Picture:
        """The image as a file of the folder. Raises StoreError."""
        path = self._folder / f"{digest}.png"
        try:
            write_over(path, encode_png(pixels))
        except OSError as error:
            raise StoreError(f"{path}: an image of the report cannot be written: {error.strerror or error}") from error
        height, width, _ = pixels.shape
        return Picture(
            source=f"{quote(self._folder.name)}/{path.name}",
            width=width,
            height=height,
            original=(width, height),
            is_exact=True,
            digest=digest,
        )


def digest_in(name: str) -> str:
    """The hash of the pixels of an output image, by its name."""
    return name.removesuffix(".png")
