"""Diagnosis of judging: who judges, by what, and what keeps outputs of this machine from being judged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """A variable of the environment that holds a key, and whether it is set; its value is nobody's business."""

    variable: str
    is_set: bool

    def to_dict(self) -> dict[str, object]:
        """The key as plain data."""
        return {"variable": self.variable, "set": self.is_set}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeState:
    """A judge of the settings; `adapter` is None where they name none that is known."""

    name: str
    adapter: str | None = None
    keys: tuple[KeyState, ...] = ()
    problems: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """The judge as plain data."""
        return {
            "name": self.name,
            "adapter": self.adapter,
            "ready": not self.problems,
            "keys": [key.to_dict() for key in self.keys],
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricState:
    """What is judged by: name, version and digest, or why it cannot be used."""

    name: str
    version: str | None = None
    digest: str | None = None
    problem: str | None = None

    def to_dict(self) -> dict[str, object]:
        """The rubric as plain data."""
        return {"name": self.name, "version": self.version, "digest": self.digest, "problem": self.problem}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionState:
    """Whether captions can be drawn below the images that a judge is shown, and what to do where they cannot."""

    problem: str | None = None
    remedy: str | None = None

    def to_dict(self) -> dict[str, object]:
        """The captions as plain data."""
        return {"problem": self.problem, "remedy": self.remedy}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingDiagnosis:
    """What was found; `warnings` speak against a judge and keep it from nothing."""

    judges: tuple[JudgeState, ...]
    rubric: RubricState
    captions: CaptionState
    warnings: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether outputs can be judged, as far as that is seen without asking anybody."""
        return not (any(judge.problems for judge in self.judges) or self.rubric.problem or self.captions.problem)

    def to_dict(self) -> dict[str, object]:
        """The diagnosis as plain data."""
        return {
            "well": self.is_well,
            "judges": [judge.to_dict() for judge in self.judges],
            "rubric": self.rubric.to_dict(),
            "captions": self.captions.to_dict(),
            "warnings": list(self.warnings),
        }
