"""The images that a JSON record names: its inputs and its reference, found but not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.datasets.fields import type_name
from medgen_pytest.datasets.problem import shown
from medgen_pytest.images import MAX_PIXELS, StoredImage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.datasets.image_path import ImagePaths
    from medgen_pytest.datasets.problem import Complaints
    from medgen_pytest.domain.contracts import ImageSource
    from medgen_pytest.domain.taxonomy import Format

# The prepared view puts a contact sheet into `input_image` and keeps the originals in `input_images`.
_INPUTS = ("input_images", "input_image")
_REFERENCES = ("ground_truth_image", "ground_truth_images")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordImages:
    """The images of one record."""

    inputs: tuple[ImageSource, ...]
    reference: ImageSource | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFinder:
    """Finds the images of records that stand in one folder of a dataset."""

    paths: ImagePaths
    folder: str = ""
    max_pixels: int = MAX_PIXELS

    def find(self, record: Mapping[str, object], *, form: Format, log: Complaints) -> RecordImages:
        """The images of a record; what is missing or wrong is complained about."""
        inputs = self._images(record, _INPUTS, log=log)
        if inputs is not None and not inputs:
            log.add("the record has no input image (field 'input_image')")
        references = self._images(record, _REFERENCES, log=log)
        if references is not None:
            check_reference(len(references), form=form, field="ground_truth_image", log=log)
        return RecordImages(inputs=tuple(inputs or ()), reference=references[0] if references else None)

    def _images(
        self, record: Mapping[str, object], names: tuple[str, ...], *, log: Complaints
    ) -> list[ImageSource] | None:
        """The images of the first field that names any; None after a complaint."""
        for name in names:
            texts = _paths_in(record, name, log=log)
            if texts is None:
                return None
            if texts:
                return self._sources(texts, log=log)
        return []

    def _sources(self, texts: list[str], *, log: Complaints) -> list[ImageSource] | None:
        sources: list[ImageSource] = []
        for text in texts:
            path = self.paths.find(text, folder=self.folder, log=log)
            if path is not None:
                name = f"{self.folder}/{text}" if self.folder else text
                sources.append(StoredImage(name, path.read_bytes, self.max_pixels))
        return sources if len(sources) == len(texts) else None


def check_reference(count: int, *, form: Format, field: str, log: Complaints) -> None:
    """Complain unless there is one reference image where the format wants an image, and none elsewhere."""
    if form.wants_image and count == 0:
        log.add(f"the reference image is missing (field {field!r})")
    elif form.wants_image and count > 1:
        log.add(f"field {field!r} names {count} reference images; a sample has one")
    elif count and not form.wants_image:
        log.add(f"field {field!r} names a reference image, which a sample of format {form.value} has not")


def _paths_in(record: Mapping[str, object], name: str, *, log: Complaints) -> list[str] | None:
    """The paths of a field that holds one or a list of them; none when it is absent; None after a complaint."""
    value = record.get(name)
    items = value if isinstance(value, list) else [value] if value not in (None, "") else []
    texts = [item for item in items if isinstance(item, str) and item]
    if len(texts) == len(items):
        return texts
    wrong = next(item for item in items if not isinstance(item, str) or not item)
    found = shown(wrong) if isinstance(wrong, str) else type_name(wrong)
    log.add(f"field {name!r} must be a path or a list of paths, and holds {found}")
    return None
