"""What Label Studio exports as JSON: tasks with their annotations, of any number of annotators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_list, read_mapping, read_text
from medgen_pytest.errors import ConfigError
from medgen_pytest.reports.experts.label_studio import DIMENSION, EXPORT, ITEM
from medgen_pytest.reports.experts.sheet import COMMENT, OVERALL
from medgen_pytest.runs.experts.labels.raw import RawLabel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from medgen_pytest.runs.experts.key import ExportKey


def read_label_studio_file(tasks: Sequence[object], text: str, path: Path, key: ExportKey) -> Iterator[RawLabel]:
    """The labels of all annotations that were not cancelled; `text` is the file that the tasks were read from.

    Raises ConfigError for tasks of another export, and for what is no such export.
    """
    place = 0
    for task in tasks:
        try:
            data = read_mapping(read_mapping(task)["data"])
            name, export = read_text(data[ITEM]), read_text(data[EXPORT])
            annotations = read_list(read_mapping(task)["annotations"])
            made = [read_mapping(item) for item in annotations if not read_mapping(item).get("was_cancelled")]
            found = [(_expert(item, path), *_values(item)) for item in made]
        except (KeyError, TypeError) as error:
            raise ConfigError(f"{path}: no JSON export of Label Studio with these tasks: {error} is missing") from error
        if export != key.export:
            raise ConfigError(f"{path}: {name} belongs to export {export!r}, not to {key.export!r}")
        place = max(place, text.find(f'"{name}"', place) + 1)
        line = text.count("\n", 0, place) + 1
        for expert, values, comment in found:
            yield RawLabel(path=str(path), line=line, expert=expert, id=name, values=values, comment=comment)


def _expert(annotation: Mapping[str, object], path: Path) -> str:
    """Who made an annotation: the address where the export has it, else the number of the user."""
    by = annotation.get("completed_by")
    if isinstance(by, Mapping):
        by = by.get("email") or by.get("id")
    return path.stem if by is None else by if isinstance(by, str) else f"user {by}"


def _values(annotation: Mapping[str, object]) -> tuple[dict[str, object], str]:
    values: dict[str, object] = {}
    comment = ""
    for item in read_list(annotation["result"]):
        region = read_mapping(item)
        field, value = read_text(region["from_name"]), read_mapping(region["value"])
        if field == COMMENT:
            text = value["text"]
            comment = text if isinstance(text, str) else "\n".join(map(read_text, read_list(text)))
        elif field == OVERALL or field.startswith(DIMENSION):
            values[field.removeprefix(DIMENSION)] = value["number"]
    return values, comment
