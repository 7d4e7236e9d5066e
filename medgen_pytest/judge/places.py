"""Places: what a prompt of a rubric may hold as `${...}`, and how they are filled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

PromptName = Literal["with_reference", "without_reference", "repair"]
"""The prompts of a rubric: one for each tier, and the one that asks a second time."""

_PLACE = re.compile(r"\$\{([^{}$]*)\}")
_NEEDED: Mapping[PromptName, frozenset[str]] = {
    "with_reference": frozenset(
        {"instruction", "images", "dimensions", "reference_text", "output_text", "reply_format"}
    ),
    "without_reference": frozenset({"instruction", "images", "dimensions", "output_text", "reply_format"}),
    "repair": frozenset({"question", "problem", "reply", "reply_format"}),
}
_ALSO: Mapping[PromptName, frozenset[str]] = {
    "with_reference": frozenset({"choices", "checklist", "low", "high", "task", "modality"}),
    "without_reference": frozenset({"choices", "checklist", "low", "high", "task", "modality"}),
    "repair": frozenset({"low", "high"}),
}


def check_places(name: PromptName, text: str, *, checklist: bool) -> None:
    """Raises ConfigError for a place that nobody fills, and for one that is missing.

    With a `checklist` the prompts of the tiers need a place for it.
    """
    found, needed = set(_PLACE.findall(text)), _NEEDED[name]
    known = needed | _ALSO[name]
    unknown = sorted(found - known)
    if unknown:
        raise ConfigError(
            f"prompts.{name} has the place ${{{unknown[0]}}}, which nobody fills; known: {', '.join(sorted(known))}"
        )
    lost = sorted((needed | {"checklist"} if checklist and "checklist" in known else needed) - found)
    if lost:
        raise ConfigError(f"prompts.{name} lacks the place ${{{lost[0]}}}")


def fill_places(text: str, values: Mapping[str, str]) -> str:
    """The text with each place filled, in one pass: what a value holds is never taken for a place."""
    return _PLACE.sub(lambda match: values[match[1]], text).strip()
