"""Samples: one record of the benchmark, and the part of it that a model may see."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from medgen_pytest.domain.taxonomy import Format, Modality, Task, parse_format, parse_task
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.contracts import ImageSource

_KNOWN_ID = re.compile(r"(?:(?:tableiv|medgen):)?(?P<format>[^:]+):(?P<task>[^:]+):(?P<ordinal>[0-9]{1,9})")


def make_sample_id(task: Task, ordinal: int) -> str:
    """The id of the `ordinal`-th record (from 1) of a task, the same in every layout.

    >>> make_sample_id(Task.NOISE_RECONSTRUCTION, 17)
    'edit:noise-reconstruction:000017'
    """
    return f"{task.format.code}:{task.value}:{ordinal:06d}"


def parse_sample_id(text: str) -> str:
    """Our id for an id of ours or of the benchmark's authors (`tableiv:ImageEditing:style-transfer:000001`).

    Raises ConfigError for anything else, and for the authors' ids of Parquet rows, which name no task.
    """
    match = _KNOWN_ID.fullmatch(text)
    if match is None or not int(match["ordinal"]):
        raise ConfigError(f"sample id {text!r} is not FORMAT:TASK:NUMBER with a number from 1")
    try:
        task, form = parse_task(match["task"]), parse_format(match["format"])
    except ConfigError as error:
        raise ConfigError(f"sample id {text!r}: {error}") from error
    if form is not task.format:
        raise ConfigError(f"sample id {text!r}: task {task.value!r} is not of format {match['format']!r}")
    return make_sample_id(task, int(match["ordinal"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The reference of a sample: an image, a text or both."""

    image: ImageSource | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a model is asked: a sample without its target.

    `due` is what this model is to make of it, where that is not all that the format wants: one model of a
    pipeline writes the text, another draws. `wants_json` says that the text is to be a JSON object, `json_schema`
    (a JSON Schema) which one, where that is known.
    `repeat` counts from 0 where a run asks each sample several times; a model that samples takes it into its
    seed, so that its repeats differ and each can be made again.
    """

    sample_id: str
    task: Task
    modality: Modality
    instruction: str
    inputs: tuple[ImageSource, ...]
    choices: tuple[str, ...] = ()
    due: Literal["text", "image"] | None = None
    wants_json: bool = False
    json_schema: Mapping[str, object] | None = None
    repeat: int = 0

    @property
    def format(self) -> Format:
        """The format of the task."""
        return self.task.format

    def seed_from(self, seed: int | None) -> int | None:
        """The seed of this repeat, given that of the settings: each repeat has the next; None without one."""
        return None if seed is None else seed + self.repeat

    @property
    def wants_text(self) -> bool:
        """Whether a text is due."""
        return self.format.wants_text if self.due is None else self.due == "text"

    @property
    def wants_image(self) -> bool:
        """Whether an image is due."""
        return self.format.wants_image if self.due is None else self.due == "image"


class ContentDigests(NamedTuple):
    """What a sample holds: the digest of all of it, and of its first input image in the form of `cluster_name`."""

    content: str
    first_input: str | None


def cluster_name(text: str) -> str:
    """What samples that belong together by a text are called: a digest, for the text may name a patient."""
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One record of the benchmark; images are read when asked for, never held.

    `where` names the record in its file (`FILE:LINE`), for messages. `provenance` is what the
    dataset says about the record's origin. Samples of one `cluster` belong together, by a field of their records; None
    where that is not known.
    """

    sample_id: str
    task: Task
    modality: Modality
    instruction: str
    inputs: tuple[ImageSource, ...]
    target: Target
    choices: tuple[str, ...] = ()
    subtask: str | None = None
    where: str = ""
    cluster: str | None = None
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def format(self) -> Format:
        """The format of the task."""
        return self.task.format

    @property
    def unlisted_choices(self) -> tuple[str, ...]:
        """The options that the instruction does not list itself."""
        return () if self.choices == choices_in(self.instruction) else self.choices

    def request(self, *, repeat: int = 0) -> Request:
        """The part of the sample that a model may see."""
        return Request(
            sample_id=self.sample_id,
            task=self.task,
            modality=self.modality,
            instruction=self.instruction,
            inputs=self.inputs,
            choices=self.choices,
            repeat=repeat,
        )

    def record_digest(self) -> str:
        """SHA-256 over everything but the pixels: cheap, the same in every layout."""
        return _digest(self._facts())

    def content_digest(self) -> str:
        """SHA-256 over texts and the bytes of every image: reads the images."""
        return self.content_digests().content

    def content_digests(self) -> ContentDigests:
        """The digest of the content, and that of the first input image: reads the images, each once."""
        images = [*self.inputs, *([self.target.image] if self.target.image else [])]
        hashes = [hashlib.sha256(image.read()).hexdigest() for image in images]
        first_input = cluster_name(hashes[0]) if self.inputs else None
        return ContentDigests(content=_digest([self._facts(), hashes]), first_input=first_input)

    def _facts(self) -> list[object]:
        return [
            self.sample_id,
            self.modality.value,
            self.subtask,
            self.instruction,
            self.target.text,
            list(self.unlisted_choices),
            len(self.inputs),
            self.target.image is not None,
        ]


_OPTION = re.compile(r"(?<!\S)\(?(?P<letter>[A-Z])[.)]\s+")
_LIST_MAY_BEGIN = re.compile(r"(?:\A|\n|[.?!:;)-]|\b(?:options?|choices?|answers?|following))\s*\Z", re.IGNORECASE)
_LOOK_BACK = 24
_SURE_OPTIONS = 3


def choices_in(instruction: str) -> tuple[str, ...]:
    """The options `A. ... B. ...` that an instruction itself lists, in order; empty when it lists none.

    Letters may be written `A.`, `A)` or `(A)`; they must run A, B, C, ... without a gap and at least
    to B, each with a text. A list of two must follow the start, a line break, a punctuation mark or
    a word like "options", so that "vitamin A. or vitamin B. deficiency" is none. The last option
    ends with its line.

    >>> choices_in("Which side? Choose one option: A. left B. right")
    ('A. left', 'B. right')
    """
    markers = _list_markers(instruction)
    if len(markers) < _SURE_OPTIONS and not (len(markers) > 1 and _may_begin(instruction, markers[0])):
        return ()
    line_end = instruction.find("\n", markers[-1].end())
    ends = [*(marker.start() for marker in markers[1:]), line_end if line_end >= 0 else len(instruction)]
    texts = [instruction[marker.end() : end].strip().rstrip(",;") for marker, end in zip(markers, ends, strict=True)]
    options = [f"{marker['letter']}. {text}" for marker, text in zip(markers, texts, strict=True)]
    return tuple(options) if all(texts) else ()


def _list_markers(instruction: str) -> list[re.Match[str]]:
    """The markers A, B, C, ... of the list; one right behind another is text ("C. C. difficile")."""
    markers: list[re.Match[str]] = []
    for match in _OPTION.finditer(instruction):
        if markers and match.start() == markers[-1].end():
            continue
        if match["letter"] == chr(ord("A") + len(markers)):
            markers.append(match)
        elif _is_better_start(instruction, match, markers):
            markers = [match]
    return markers


def _is_better_start(instruction: str, match: re.Match[str], markers: list[re.Match[str]]) -> bool:
    """Whether a second A begins the list, where the first was part of a sentence ("patient A. has ...")."""
    is_second = match["letter"] == "A" and len(markers) == 1
    return is_second and _may_begin(instruction, match) and not _may_begin(instruction, markers[0])


def _may_begin(instruction: str, marker: re.Match[str]) -> bool:
    # A bounded look back: the expression must not read a long instruction again for every marker.
    start = max(0, marker.start() - _LOOK_BACK)
    return bool(_LIST_MAY_BEGIN.search(instruction, start, marker.start()))


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # JSON can hold half a surrogate pair, which strict UTF-8 cannot.
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()
