"""Differences: what keeps runs from being parts of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGED
from medgen_pytest.domain.plain import section_of
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medgen_pytest.runs.finish import Overrides
    from medgen_pytest.runs.merging.part import Part

_SHOWN = 12
_POLICY = {"gates": "gate", "max_error_rate": "max-error-rate", "min_samples": "min-samples", "aggregate": "aggregate"}
"""Settings that decide the verdict of a run, with the option that says which counts."""


def check_parts(parts: Sequence[Part], overrides: Overrides) -> None:
    """Raises ConfigError unless all parts are of one run, naming everything that differs from the first of them.

    Verdict settings may differ where `overrides` say which count.
    """
    first, *others = parts
    for other in others:
        found = [*differences(first.manifest, other.manifest), *_policies(first.manifest, other.manifest, overrides)]
        if found:
            raise ConfigError(f"{first.name} and {other.name} are no parts of one run: {'; '.join(found)}")


def differences(first: Mapping[str, object], second: Mapping[str, object]) -> list[str]:
    """What two manifests say otherwise of what records depend on: dataset, models, conventions, profile, judge."""
    return [
        *_one("dataset", _at(first, "dataset", "fingerprint"), _at(second, "dataset", "fingerprint")),
        *_models(first, second),
        *_named("convention of", _measured(first), _measured(second)),
        *_one("metrics and rule for sizes", first.get("scoring"), second.get("scoring")),
        *_profile(section_of(first, "profile"), section_of(second, "profile")),
        *_named("judge:", _judge(first), _judge(second)),
    ]


def _models(first: Mapping[str, object], second: Mapping[str, object]) -> Iterator[str]:
    """Models of one name that are not the same; a model that only one of the runs has is no difference."""
    here, there = section_of(first, "models"), section_of(second, "models")
    for name in sorted(here.keys() & there.keys()):
        yield from _one(f"model {name!r}", _at(here, name, "digest"), _at(there, name, "digest"))


def _profile(first: Mapping[str, object], second: Mapping[str, object]) -> Iterator[str]:
    if first.get("digest") == second.get("digest"):
        return
    thresholds = list(_named("threshold of", section_of(first, "thresholds"), section_of(second, "thresholds")))
    digests = _one("profile", first.get("digest"), second.get("digest"))
    yield from _one("profile", first.get("name"), second.get("name")) or thresholds or digests


def _measured(manifest: Mapping[str, object]) -> Mapping[str, object]:
    """The conventions of the metrics that nobody judges."""
    return {name: value for name, value in section_of(manifest, "metrics").items() if name not in JUDGED}


def _judge(manifest: Mapping[str, object]) -> Mapping[str, object]:
    return section_of(section_of(manifest, "judge"), "conventions")


def _policies(first: Mapping[str, object], second: Mapping[str, object], overrides: Overrides) -> Iterator[str]:
    here, there = section_of(first, "settings"), section_of(second, "settings")
    for name, option in _POLICY.items():
        if getattr(overrides, name) is None and here.get(name) != there.get(name):
            yield f"{name} ({_text(here.get(name))}, {_text(there.get(name))}; say which count with --{option})"


def _named(what: str, first: Mapping[str, object], second: Mapping[str, object]) -> Iterator[str]:
    for name in sorted(first.keys() | second.keys()):
        yield from _one(f"{what} {name}", first.get(name), second.get(name))


def _one(what: str, first: object, second: object) -> list[str]:
    return [] if first == second else [f"{what} ({_text(first)}, {_text(second)})"]


def _text(value: object) -> str:
    """A value as a message shows it; of digests the beginning."""
    if value is None:
        return "none"
    text = ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
    is_digest = len(text) >= 2 * _SHOWN and text.isalnum()
    return f"{text[:_SHOWN]}..." if is_digest else text


def _at(data: Mapping[str, object], section: str, name: str) -> object:
    return section_of(data, section).get(name)
