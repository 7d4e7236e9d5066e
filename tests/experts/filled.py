"""Labels as experts send them back, in each of the three forms."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.runs.experts.export import Exported

Marks = dict[str, dict[str, object]]
"""What is filled in, by output id and field."""


def filled_csv(exported: Exported, marks: Marks, path: Path, *, delimiter: str = ",") -> Path:
    """`labels.csv` with marks in it, as a spreadsheet program writes it."""
    text = (exported.key_path.parent / "labels.csv").read_bytes().decode("utf-8-sig")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, fieldnames=list(reader.fieldnames or ()), delimiter=delimiter)
    writer.writeheader()
    for row in reader:
        writer.writerow({**row, **marks.get(row["id"], {})})
    path.write_bytes(buffer.getvalue().encode("utf-8-sig"))
    return path


def page_document(exported: Exported, marks: Marks, *, expert: str) -> dict[str, object]:
    """What the page saves."""
    return {
        "schema_version": 1,
        "kind": "medgen-expert-labels",
        "export": exported.key.export,
        "expert": expert,
        "labels": [
            {
                "id": name,
                "overall": values.get("overall"),
                "scores": {field: value for field, value in values.items() if field not in {"overall", "comment"}},
                "comment": values.get("comment", ""),
            }
            for name, values in marks.items()
        ],
        "saved": "2026-11-23T10:00:00.000Z",
    }


def label_studio_tasks(exported: Exported, marks: Mapping[str, Marks]) -> list[dict[str, object]]:
    """What Label Studio exports, with the marks of several users by their address."""
    tasks = json.loads((exported.key_path.parent / "label-studio.json").read_text(encoding="utf-8"))
    for number, task in enumerate(tasks, start=1):
        name = task["data"]["medgen_id"]
        task["id"] = number
        task["annotations"] = [
            {
                "id": number,
                "completed_by": {"id": 1, "email": user},
                "was_cancelled": False,
                "result": [_region(field, value) for field, value in values[name].items()],
            }
            for user, values in marks.items()
            if name in values
        ]
    found: list[dict[str, object]] = tasks
    return found


def _region(field: str, value: object) -> dict[str, object]:
    if field == "comment":
        return {"from_name": "comment", "to_name": "material", "type": "textarea", "value": {"text": [value]}}
    name = field if field == "overall" else f"dimension_{field}"
    return {"from_name": name, "to_name": "material", "type": "number", "value": {"number": value}}


def write_json(value: object, path: Path) -> Path:
    """The value as a JSON file of several lines."""
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")
    return path
