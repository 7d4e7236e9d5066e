"""Grouping: the requests of a batch as parts that a network can compute at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.errors import ImageError, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request

_T = TypeVar("_T")


def answer_in_groups(
    requests: Sequence[Request],
    *,
    prepare: Callable[[Request], _T],
    key: Callable[[_T], Hashable],
    answer: Callable[[list[_T]], Iterable[ModelOutput]],
) -> list[ModelOutput | Exception]:
    """An answer for each request, in order.

    Those that are `prepare`d to things of one `key` are answered together, an output each. One that cannot be prepared
    (ImageError, ModelError) fails alone.
    """
    answers: list[ModelOutput | Exception] = [ModelError("not answered")] * len(requests)
    groups: dict[Hashable, list[tuple[int, _T]]] = {}
    for place, request in enumerate(requests):
        try:
            prepared = prepare(request)
        except (ImageError, ModelError) as error:
            answers[place] = error
        else:
            groups.setdefault(key(prepared), []).append((place, prepared))
    for group in groups.values():
        for (place, _), output in zip(group, answer([prepared for _, prepared in group]), strict=True):
            answers[place] = output
    return answers
