"""Records: what one record says in words, by the same rules in every layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.datasets.fields import known, optional_text, parsed, required_text, type_name
from medgen_pytest.datasets.problem import shown
from medgen_pytest.domain.sample import choices_in, cluster_name
from medgen_pytest.domain.taxonomy import Format, Modality, Task, parse_format, parse_modality, parse_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.datasets.problem import Complaints

_ORIGINS = ("_organization", "eval_adapter", "dataset_source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where records stand, and what their place says about them.

    `label` is what messages call the place. `task` is None where the place names only the format.
    `task_field` and `subtask_fields` are what the layout calls these fields; the first subtask
    field that says something counts. `cluster_field` is the field by which records belong together.
    """

    label: str
    form: Format
    task: Task | None = None
    task_field: str = "paper_task"
    subtask_fields: tuple[str, ...] = ("paper_subtask", "observed_subtask", "sub-category")
    cluster_field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordText:
    """Everything of a record but its images and its id; surrounding white space is taken off."""

    modality: Modality
    instruction: str
    answer: str | None
    choices: tuple[str, ...]
    subtask: str | None
    cluster: str | None


def read_task(record: Mapping[str, object], *, place: Place, log: Complaints) -> Task | None:
    """The task of a record; None after a complaint.

    It stands in the task field. Older exports have a generic word there (`image-edit`); then the
    place says it, or else `sub-category`. What record and place both say must agree.
    """
    _check_format(record, "paper_format", place=place, log=log)
    _check_format(record, "category", place=place, log=log)
    stated = _stated_task(record, place=place, log=log)
    if log.problems:
        return None
    task = stated or place.task or _task_of_category(record, place=place, log=log)
    if task is None:
        return None
    if (place.task is not None and task is not place.task) or task.format is not place.form:
        log.add(f"task {task.value!r} contradicts {place.label}")
        return None
    return task


def _stated_task(record: Mapping[str, object], *, place: Place, log: Complaints) -> Task | None:
    """The task that the task field names; None for none, a generic word, or after a complaint."""
    text = optional_text(record, place.task_field, log=log)
    task = parsed(parse_task, text)
    if text is None or task is not None:
        return task
    if parsed(parse_format, text) is not None:
        _check_format(record, place.task_field, place=place, log=log)
        return None
    return known(parse_task, text, field=place.task_field, log=log)


def _task_of_category(record: Mapping[str, object], *, place: Place, log: Complaints) -> Task | None:
    text = optional_text(record, "sub-category", log=log)
    if text is None:
        log.add(f"the task is missing (field {place.task_field!r})")
        return None
    return known(parse_task, text, field="sub-category", log=log)


def _check_format(record: Mapping[str, object], name: str, *, place: Place, log: Complaints) -> None:
    """Complain about a field that names another format than the place does."""
    text = optional_text(record, name, log=log)
    form = known(parse_format, text, field=name, log=log) if text is not None else None
    if form is not None and form is not place.form:
        log.add(f"{name} {text!r} contradicts {place.label}")


def read_text(record: Mapping[str, object], *, task: Task, place: Place, log: Complaints) -> RecordText | None:
    """The texts of a record of this task; None after a complaint about any of them."""
    name = required_text(record, "modality", log=log)
    modality = known(parse_modality, name, field="modality", log=log) if name is not None else None
    instruction = required_text(record, "instruction", log=log)
    answer = _answer(record, log=log) if task.format.wants_text else None
    choices = _choices(record, log=log)
    subtask = _subtask(record, place=place, log=log)
    cluster = _cluster(record, place=place, log=log)
    if modality is None or instruction is None or log.problems:
        return None
    if not choices and task is Task.MULTIPLE_CHOICE:
        choices = choices_in(instruction)
    return RecordText(
        modality=modality, instruction=instruction, answer=answer, choices=choices, subtask=subtask, cluster=cluster
    )


def _answer(record: Mapping[str, object], *, log: Complaints) -> str | None:
    value = record.get("answer")
    if isinstance(value, dict):
        return _report(value, log=log)
    if value is not None and not isinstance(value, str):
        log.add(f"field 'answer' must be a text or an object of report sections, not {type_name(value)}")
        return None
    return required_text(record, "answer", log=log)


def _report(sections: Mapping[str, object], *, log: Complaints) -> str | None:
    """The sections of a report as the parquet release writes them: a line `KEY: value` each."""
    lines = []
    for key, value in sections.items():
        if not isinstance(value, str):
            log.add(f"section {shown(key)} of field 'answer' must be a text, not {type_name(value)}")
        else:
            lines.append(f"{key}: {value}")
    if not any(isinstance(value, str) and value.strip() for value in sections.values()):
        log.add("field 'answer' is empty")
    return "\n".join(lines).strip()


def _choices(record: Mapping[str, object], *, log: Complaints) -> tuple[str, ...]:
    value = record.get("choice")
    if value is None:
        return ()
    if not isinstance(value, list):
        log.add(f"field 'choice' must be a list of texts, not {type_name(value)}")
        return ()
    choices = tuple(item.strip() for item in value if isinstance(item, str) and item.strip())
    if len(choices) != len(value):
        log.add("field 'choice' must be a list of texts, none of them empty")
    return choices


def _subtask(record: Mapping[str, object], *, place: Place, log: Complaints) -> str | None:
    for name in place.subtask_fields:
        text = optional_text(record, name, log=log)
        # Some exports write the task, or a generic word, into the sub-category: that says nothing finer.
        if text is not None and not (name == "sub-category" and _is_coarse(text)):
            return text
    return None


def _is_coarse(text: str) -> bool:
    return parsed(parse_task, text) is not None or parsed(parse_format, text) is not None


def _cluster(record: Mapping[str, object], *, place: Place, log: Complaints) -> str | None:
    """The name of what a record belongs to; None where nothing is asked for, or the record says nothing."""
    name = place.cluster_field
    if name is None:
        return None
    value = record.get(name)
    # A number and its digits are one patient, whichever way a layout writes them.
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        log.add(f"field {name!r} must be a text or a whole number, not {type_name(value)}")
        return None
    return cluster_name(f"{name}={value.strip()}") if value and value.strip() else None


def provenance(record: Mapping[str, object], **position: object) -> dict[str, object]:
    """Where a record stands, and what it says itself about its origin, under the authors' names."""
    return position | {name: record[name] for name in _ORIGINS if record.get(name) is not None}
