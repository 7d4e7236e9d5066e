"""Results: the record of one sample answered by one model, as it is stored and sent between processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from sys import intern
from typing import TYPE_CHECKING, Literal, NamedTuple

from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.domain.output_record import (
    dump_stage,
    dump_timing,
    dump_usage,
    load_stage,
    load_timing,
    load_usage,
)
from medgen_pytest.domain.plain import read_list, read_mapping, read_optional_text, read_text, read_whole
from medgen_pytest.domain.score import Score, dump_number, load_number
from medgen_pytest.domain.taxonomy import Format, Modality, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.output import Stage, Timing, Usage

SCHEMA_VERSION = 1
"""Version of the stored records; raised when a field changes its meaning."""

Status = Literal["answered", "invalid", "error"]
"""What became of the question: a usable answer, an unusable one (the model's fault), or none that can be judged."""

NotAsked = Literal["budget", "errors"]
"""Why the model was not asked: the budget has no room for it, or it answered with nothing but errors before."""


class ResultKey(NamedTuple):
    """What identifies a result: never a node id. `repeat` counts from 0 how often the sample was asked before."""

    model: str
    sample_id: str
    repeat: int = 0

    def label(self, *, is_repeated: bool) -> str:
        """What tests and reports call it: `MODEL|SAMPLE_ID`, and `|REPEAT` where a run asks several times."""
        return f"{self.model}|{self.sample_id}|{self.repeat}" if is_repeated else f"{self.model}|{self.sample_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutput:
    """An output without its pixels: the text, and where the image lies.

    `image` is the file name under `outputs/` of the run directory (a content hash), `size` its
    width and height in pixels.
    """

    text: str | None = None
    image: str | None = None
    size: tuple[int, int] | None = None
    raw: str | None = None
    reasoning: str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    timing: Timing | None = None
    stages: tuple[Stage, ...] = ()
    seconds: float | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON, without the fields that are None."""
        data: dict[str, object] = {
            "text": self.text,
            "image": self.image,
            "size": list(self.size) if self.size is not None else None,
            "raw": self.raw,
            "reasoning": self.reasoning,
            "finish_reason": self.finish_reason,
            "usage": dump_usage(self.usage) if self.usage else None,
            "timing": dump_timing(self.timing) if self.timing else None,
            "stages": [dump_stage(stage) for stage in self.stages] or None,
            "seconds": dump_number(self.seconds),
        }
        return {key: value for key, value in data.items() if value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> StoredOutput:
        """The output that `to_dict` wrote. Raises TypeError, ValueError or KeyError for anything else."""
        data = read_mapping(data)
        size, usage, timing = data.get("size"), data.get("usage"), data.get("timing")
        return cls(
            text=read_optional_text(data.get("text")),
            image=read_optional_text(data.get("image")),
            size=_size(size) if size is not None else None,
            raw=read_optional_text(data.get("raw")),
            reasoning=read_optional_text(data.get("reasoning")),
            finish_reason=read_optional_text(data.get("finish_reason")),
            usage=load_usage(usage) if usage is not None else None,
            timing=load_timing(timing) if timing is not None else None,
            stages=tuple(load_stage(stage) for stage in read_list(data.get("stages", []))),
            seconds=load_number(data.get("seconds")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult:
    """What happened to one sample: status and raw scores, before any threshold.

    `reason` says why the status is `invalid` or `error`; of an error, `not_asked` says that the run itself
    held the question back. `digests` hold what must be unchanged for
    the result to be used again: `model`, `sample`, `metrics`. `judgements` are what judges said about the output;
    the scores of the metrics that are judged are made of them. `first_input` is a digest of the first input image, by
    which samples of one image are known; None where no image was read.
    """

    model: str
    sample_id: str
    repeat: int = 0
    task: Task
    modality: Modality
    subtask: str | None = None
    status: Status
    reason: str | None = None
    not_asked: NotAsked | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    judgements: tuple[Judgement, ...] = ()
    output: StoredOutput = field(default_factory=StoredOutput)
    digests: Mapping[str, str] = field(default_factory=dict)
    first_input: str | None = None
    finished: str | None = None
    worker: str | None = None

    @property
    def key(self) -> ResultKey:
        """What identifies the result."""
        return ResultKey(self.model, self.sample_id, self.repeat)

    @property
    def format(self) -> Format:
        """The format of the task."""
        return self.task.format

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; `from_dict` gives back an equal result."""
        data: dict[str, object] = {
            "schema_version": SCHEMA_VERSION,
            "model": self.model,
            "sample_id": self.sample_id,
            "repeat": self.repeat,
            "format": self.format.value,
            "task": self.task.value,
            "subtask": self.subtask,
            "modality": self.modality.value,
            "status": self.status,
            "reason": self.reason,
            "not_asked": self.not_asked,
            "scores": {name: score.to_dict() for name, score in sorted(self.scores.items())},
            "output": self.output.to_dict(),
            "digests": dict(sorted(self.digests.items())),
            "finished": self.finished,
            "worker": self.worker,
        }
        if self.judgements:
            data["judgements"] = [judgement.to_dict() for judgement in self.judgements]
        if self.first_input is not None:
            data["first_input"] = self.first_input
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> SampleResult:
        """The result that `to_dict` wrote.

        Raises ValueError for another schema version, and ValueError, TypeError or KeyError for
        anything that is no result.
        """
        data = read_mapping(data)
        if data.get("schema_version") != SCHEMA_VERSION:
            raise ValueError(
                f"result of schema version {data.get('schema_version')!r}; this version reads {SCHEMA_VERSION}"
            )
        return cls(
            # What all results of a run share is held once: reading a large run takes half the memory.
            model=intern(read_text(data["model"])),
            sample_id=read_text(data["sample_id"]),
            repeat=read_whole(data["repeat"]),
            task=Task(data["task"]),
            modality=Modality(data["modality"]),
            subtask=read_optional_text(data.get("subtask")),
            status=read_status(data["status"]),
            reason=read_optional_text(data.get("reason")),
            not_asked=_not_asked(data.get("not_asked")),
            scores={intern(name): _score(value) for name, value in read_mapping(data["scores"]).items()},
            judgements=tuple(Judgement.from_dict(value) for value in read_list(data.get("judgements", []))),
            output=StoredOutput.from_dict(read_mapping(data["output"])),
            digests={intern(name): intern(read_text(value)) for name, value in read_mapping(data["digests"]).items()},
            first_input=_interned(data.get("first_input")),
            finished=read_optional_text(data.get("finished")),
            worker=read_optional_text(data.get("worker")),
        )


def _interned(value: object) -> str | None:
    text = read_optional_text(value)
    return None if text is None else intern(text)


def _score(value: object) -> Score:
    data = read_mapping(value)
    direction = data["direction"]
    if direction not in {"higher", "lower"}:
        raise ValueError(f"direction {direction!r} is neither 'higher' nor 'lower'")
    return Score(
        metric=intern(read_text(data["metric"])),
        value=load_number(data["value"]),
        direction="higher" if direction == "higher" else "lower",
        convention=intern(read_text(data["convention"])),
        reason=read_optional_text(data.get("reason")),
        notes=tuple(read_text(note) for note in read_list(data["notes"])) if "notes" in data else (),
    )


def read_status(value: object) -> Status:
    """The status of that name. Raises ValueError for anything else."""
    if value == "answered":
        return "answered"
    if value == "invalid":
        return "invalid"
    if value == "error":
        return "error"
    raise ValueError(f"status {value!r} is not answered, invalid or error")


def _not_asked(value: object) -> NotAsked | None:
    if value == "budget":
        return "budget"
    if value == "errors":
        return "errors"
    if value is None:
        return None
    raise ValueError(f"not_asked {value!r} is not budget or errors")


def _size(value: object) -> tuple[int, int]:
    width, height = read_list(value)
    return read_whole(width), read_whole(height)
