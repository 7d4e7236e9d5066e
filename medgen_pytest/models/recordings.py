"""Recordings: which line of which file holds the answer to which sample, and what is wrong with the files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from medgen_pytest.domain.sample import parse_sample_id
from medgen_pytest.domain.taxonomy import parse_task
from medgen_pytest.errors import ConfigError, MedgenError
from medgen_pytest.models.recorded_lines import parse_record, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from medgen_pytest.domain.contracts import Dataset
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.models.recorded_images import ImageFinder
    from medgen_pytest.models.recorded_lines import Line

_TEXT_FIELDS = ("response", "raw_response", "output_image", "sample_id", "instruction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recorded answer: the line it stands on, and its image file."""

    line: Line
    image: Path | None


@dataclass(slots=True, kw_only=True)
class Recordings:
    """The answers found so far, by sample id and repeat, and the problems met. Filled by `add_file`."""

    dataset: Dataset
    answers: dict[tuple[str, int], Recording] = field(default_factory=dict)
    formats: set[Format] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    _by_content: dict[tuple[str, str, tuple[str, ...]], list[str]] | None = None

    def add_file(self, file: Path, *, label: str, finder: ImageFinder) -> None:
        """Takes in the answers of a file; what is wrong with a line becomes a problem, the others go on."""
        for line, data in read_lines(file, label=label):
            try:
                self._add(line, parse_record(data), finder)
            except (ValueError, MedgenError) as error:
                self.problems.append(f"{line.where}: {error}")

    def _add(self, line: Line, record: Mapping[str, object], finder: ImageFinder) -> None:
        _check_texts(record)
        sample = self._sample_of(record)
        # A broken answer still belongs to its format, so that its sample is not silently left out.
        self.formats.add(sample.format)
        key = (sample.sample_id, _repeat_of(record))
        earlier = self.answers.get(key)
        if earlier is not None:
            again = f" (repeat {key[1]})" if key[1] else ""
            raise ConfigError(f"a second answer to {sample.sample_id!r}{again}; the first is at {earlier.line.where}")
        _check_same_question(record, sample)
        _check_answer_fields(record, sample)
        image = record.get("output_image") if sample.format.wants_image else None
        found = finder.find(str(image)) if image else None
        self.answers[key] = Recording(line=line, image=found)

    def _sample_of(self, record: Mapping[str, object]) -> Sample:
        text = record.get("sample_id")
        sample_id = _resolver(self.dataset)(str(text)) if text else self._match(record)
        try:
            if sample_id is not None:
                return self.dataset.get(sample_id)
        except KeyError:
            sample_id = None
        raise ConfigError(f"the sample {text!r} is not in the dataset")

    def _match(self, record: Mapping[str, object]) -> str:
        """The sample of an older record that names none: the only one with its task, instruction and images."""
        names = [name for name in ("paper_task", "instruction", "input_image") if not record.get(name)]
        if names:
            raise ConfigError(f"missing field 'sample_id', and without it {', '.join(map(repr, names))}")
        if self._by_content is None:
            self._by_content = _by_content(self.dataset)
        images = record.get("input_images") or record["input_image"]
        key = (_task_of(record), _squeezed(str(record["instruction"])), _base_names(images))
        found = self._by_content.get(key, [])
        if len(found) != 1:
            raise ConfigError(
                f"no 'sample_id', and {len(found) or 'no'} samples of the dataset have its task, instruction and image"
            )
        return found[0]


def _resolver(dataset: Dataset) -> Callable[[str], str | None]:
    """The dataset's own lookup of foreign ids where it has one, else what an id itself says."""
    own = getattr(dataset, "resolve", None)
    return own if callable(own) else parse_sample_id


def _by_content(dataset: Dataset) -> dict[tuple[str, str, tuple[str, ...]], list[str]]:
    table: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for sample in dataset:
        images = _base_names([image.name for image in sample.inputs])
        table.setdefault((sample.task.value, _squeezed(sample.instruction), images), []).append(sample.sample_id)
    return table


def _task_of(record: Mapping[str, object]) -> str:
    """The task; older exports put a generic word into `paper_task` and the task into `sub-category`."""
    try:
        return parse_task(str(record["paper_task"])).value
    except ConfigError:
        if not record.get("sub-category"):
            raise
        return parse_task(str(record["sub-category"])).value


def _base_names(images: object) -> tuple[str, ...]:
    parts = images if isinstance(images, list | tuple) else [images]
    return tuple(PureWindowsPath(str(part)).name for part in parts)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _repeat_of(record: Mapping[str, object]) -> int:
    repeat = record.get("repeat", 0)
    if isinstance(repeat, bool) or not isinstance(repeat, int) or repeat < 0:
        raise ConfigError(f"the field 'repeat' is {repeat!r}, not a whole number from 0")
    return repeat


def _check_texts(record: Mapping[str, object]) -> None:
    for name in _TEXT_FIELDS:
        value = record.get(name)
        if value is not None and not isinstance(value, str):
            raise ConfigError(f"the field {name!r} is a {type(value).__name__}, not a text")


def _check_same_question(record: Mapping[str, object], sample: Sample) -> None:
    asked = record.get("instruction")
    if asked is not None and _squeezed(str(asked)) != _squeezed(sample.instruction):
        raise ConfigError(f"the instruction is not that of {sample.sample_id!r}; the answers are another dataset's")


def _check_answer_fields(record: Mapping[str, object], sample: Sample) -> None:
    due = [("response", sample.format.wants_text), ("output_image", sample.format.wants_image)]
    missing = [repr(name) for name, wanted in due if wanted and name not in record]
    if missing:
        raise ConfigError(f"missing field {', '.join(missing)}")
