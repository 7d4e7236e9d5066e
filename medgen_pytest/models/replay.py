"""The replay: answers recorded earlier, in the inference format of the benchmark's authors."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import field_validator

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ConfigError, ImageError, ModelError, OutputError
from medgen_pytest.images import decode
from medgen_pytest.models.digests import files_digest
from medgen_pytest.models.recorded_images import ImageFinder
from medgen_pytest.models.recorded_lines import find_files, parse_record
from medgen_pytest.models.recordings import Recordings
from medgen_pytest.models.settings import AdapterSettings, parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.models.contract import ModelContext

_SHOWN = 3
# More than the largest image that is decoded needs, uncompressed.
_IMAGE_BYTES = 512 * 1024 * 1024


class ReplaySettings(AdapterSettings):
    """Settings of the replay.

    `path` is a file, a folder (all its *.jsonl) or a list of either. `on_missing` says what a sample
    without an answer is: a problem that stops the run before it starts (refuse), or an error of that
    sample (error). `allow_outside_paths` lets images lie anywhere.
    """

    path: tuple[str, ...]
    on_missing: Literal["refuse", "error"] = "refuse"
    allow_outside_paths: bool = False

    @field_validator("path", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (str(value),) if isinstance(value, str | Path) else value


class Replay:
    """A model whose answers lie in files; only where they lie is held in memory."""

    immediate = True

    def __init__(self, recordings: Recordings, *, identity: Mapping[str, object], missing: list[str]) -> None:
        self._recordings = recordings
        self._identity = dict(identity)
        self._missing = missing

    @property
    def identity(self) -> Mapping[str, object]:
        """Digests over the files' bytes and over names and sizes of the images."""
        return self._identity

    @property
    def formats(self) -> frozenset[Format]:
        """The formats that occur in the files."""
        return frozenset(self._recordings.formats)

    def check(self) -> list[str]:
        """What is wrong with the files and what they lack, one line each."""
        return [*self._recordings.problems, *self._missing]

    def answer(self, request: Request) -> ModelOutput:
        """The recorded answer.

        Raises ModelError when there is none or its files cannot be read any more, OutputError when its
        image is none. An empty response is passed on as it is.
        """
        recording = self._recordings.answers.get((request.sample_id, request.repeat))
        if recording is None:
            repeat = f" (repeat {request.repeat})" if request.repeat else ""
            raise ModelError(f"there is no recorded answer to {request.sample_id!r}{repeat}")
        try:
            record = parse_record(recording.line.read())
        except (OSError, ValueError) as error:
            raise ModelError(f"{recording.line.where}: the recorded answer cannot be read: {error}") from error
        return ModelOutput(
            text=_text(record, "response") if request.wants_text else None,
            image=_image(recording.image, name=_text(record, "output_image") or "") if recording.image else None,
            raw=_text(record, "raw_response"),
        )


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> Replay:
    """The replay of the recorded answers at `path`. Raises ConfigError when there are no files."""
    parsed = parse_settings(ReplaySettings, settings, name=name, adapter="replay")
    files = find_files(parsed.path, root=context.root, name=name)
    recordings = Recordings(dataset=context.dataset)
    home = getattr(context.dataset, "path", None)
    for file in files:
        folders = [file.parent, *([home] if isinstance(home, Path) else [])]
        finder = ImageFinder(folders, allow_outside_paths=parsed.allow_outside_paths)
        try:
            recordings.add_file(file, label=_label(file, context.root), finder=finder)
        except OSError as error:
            raise ConfigError(f"model {name!r}: {file} cannot be read: {error.strerror or error}") from error
    missing = _missing(recordings, context) if parsed.on_missing == "refuse" else []
    return Replay(recordings, identity=_identity(files, recordings), missing=missing)


def _label(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name


def _missing(recordings: Recordings, context: ModelContext) -> list[str]:
    if not recordings.formats:
        return ["the files of recorded answers hold no answer to any sample of the dataset"]
    due = [name for name in context.sample_ids if context.dataset.get(name).format in recordings.formats]
    lacking = [name for name in due if any((name, at) not in recordings.answers for at in range(context.repeats))]
    if not lacking:
        return []
    if context.repeats > 1 and not any(repeat for _, repeat in recordings.answers):
        problem = (
            f"the files hold one answer to each sample, but the run asks for {context.repeats} repeats; give each"
            f" line a field 'repeat' from 0 to {context.repeats - 1} and each sample as many lines"
        )
        return [problem]
    shown = ", ".join(lacking[:_SHOWN]) + (", ..." if len(lacking) > _SHOWN else "")
    often = f" to each of {context.repeats} repeats" if context.repeats > 1 else ""
    return [
        f"{len(lacking)} samples have no usable recorded answer{often}: {shown}; 'on_missing: error' runs without them"
    ]


def _identity(files: tuple[Path, ...], recordings: Recordings) -> dict[str, object]:
    images = hashlib.sha256()
    for (sample_id, _), recording in sorted(recordings.answers.items(), key=lambda item: item[0]):
        if recording.image is not None:
            # Sizes are cheap where reading thousands of images is not, and a redrawn image has another.
            images.update(f"{sample_id}\0{recording.image.name}\0{recording.image.stat().st_size}\n".encode())
    return {"adapter": "replay", "digest": files_digest(files), "images": images.hexdigest()}


def _text(record: Mapping[str, object], field: str) -> str | None:
    value = record.get(field)
    return value if isinstance(value, str) else None


def _image(path: Path, *, name: str) -> NDArray[np.uint8]:
    try:
        if path.stat().st_size > _IMAGE_BYTES:
            raise OutputError(f"{name}: the image file has more than {_IMAGE_BYTES} bytes")
        return decode(path.read_bytes(), name=name)
    except OSError as error:
        raise ModelError(f"{name}: the recorded image cannot be read: {error.strerror or error}") from error
    except ImageError as error:
        raise OutputError(str(error)) from error
