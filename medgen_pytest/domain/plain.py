"""Plain values: what JSON gives back, read as the type it was written with or refused."""

from __future__ import annotations

from collections.abc import Mapping


def read_text(value: object) -> str:
    """A text. Raises TypeError for anything else."""
    if isinstance(value, str):
        return value
    raise TypeError(f"not a text: {value!r}")


def read_optional_text(value: object) -> str | None:
    """A text or nothing. Raises TypeError for anything else."""
    return None if value is None else read_text(value)


def read_whole(value: object) -> int:
    """A whole number. Raises TypeError for anything else, true and false included."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"not a whole number: {value!r}")
    return value


def read_optional_whole(value: object) -> int | None:
    """A whole number or nothing. Raises TypeError for anything else."""
    return None if value is None else read_whole(value)


def read_list(value: object) -> list[object]:
    """A list. Raises TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError(f"not a list: {value!r}")
    return value


def read_mapping(value: object) -> Mapping[str, object]:
    """An object. Raises TypeError for anything else."""
    # What JSON gives is a dict, and known for one in a tenth of the time.
    if not isinstance(value, dict) and not isinstance(value, Mapping):
        raise TypeError(f"not an object: {value!r}")
    return value


def section_of(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The object that lies under a name; an empty one where there is none."""
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}
