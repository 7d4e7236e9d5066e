"""Usage: what a reply says that it took, in the words of both APIs."""

from __future__ import annotations

from collections.abc import Mapping

from medgen_pytest.domain.output import Usage

_INPUT = ("prompt_tokens", "input_tokens")
_OUTPUT = ("completion_tokens", "output_tokens")


def read_usage(body: Mapping[str, object], *, images: int) -> Usage:
    """The usage of a reply that holds so many images; tokens that it does not speak of are unknown.

    An error, which a refusal may be, took nothing: no such API asks money for one.
    """
    usage = body.get("usage")
    if not isinstance(usage, Mapping):
        return Usage(input_tokens=0, output_tokens=0, images=0) if "error" in body else Usage(images=images)
    return Usage(input_tokens=_count(usage, _INPUT), output_tokens=_count(usage, _OUTPUT), images=images)


def _count(usage: Mapping[object, object], names: tuple[str, ...]) -> int | None:
    values = (usage.get(name) for name in names)
    counts = (value for value in values if isinstance(value, int) and not isinstance(value, bool) and value >= 0)
    return next(counts, None)
