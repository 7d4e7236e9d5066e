"""Kinds of systems: who makes the text and who the image of an answer, as the paper's Table 3 groups them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.domain.taxonomy import Format

SystemKind = Literal["vlm", "unified", "edit", "compositional"]
"""`vlm` makes texts, `edit` images, `unified` both; `compositional` is a text model and an image model as one."""

SYSTEM_KINDS: tuple[SystemKind, ...] = get_args(SystemKind)
"""In the order in which tables show them."""


def kind_by_formats(formats: Iterable[Format]) -> SystemKind:
    """The kind of one model that answers these formats.

    >>> from medgen_pytest.domain.taxonomy import Format
    >>> kind_by_formats([Format.VQA]), kind_by_formats([Format.VQA, Format.IMAGE_EDITING])
    ('vlm', 'unified')
    """
    answered = tuple(formats)
    if not any(form.wants_image for form in answered):
        return "vlm"
    return "unified" if any(form.wants_text for form in answered) else "edit"


def system_kind(value: object) -> SystemKind | None:
    """The kind of that name; None for anything else."""
    return next((kind for kind in SYSTEM_KINDS if kind == value), None)
