"""Stored rubrics: what a run or a key says of the rubric that it was judged by, as plain values and back."""

from __future__ import annotations

from medgen_pytest.domain.plain import read_list, read_mapping, read_text
from medgen_pytest.domain.score import read_number
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.reports.experts.sheet import COMMENT, OVERALL, Question, Rubric

_RESERVED = frozenset({OVERALL, COMMENT, "id", "model", "task", "modality", "instruction", "output_text", "expert"})


def dump_rubric(rubric: Rubric) -> dict[str, object]:
    """Plain values; `load_rubric` gives back an equal rubric."""
    return {
        "name": rubric.name,
        "version": rubric.version,
        "digest": rubric.digest,
        "low": rubric.low,
        "high": rubric.high,
        "dimensions": [
            {
                "name": question.name,
                "title": question.title,
                "question": question.question,
                "formats": [form.value for form in Format if form in question.formats],
            }
            for question in rubric.questions
        ],
    }


def load_rubric(value: object) -> Rubric:
    """The rubric that a key or a manifest holds, there also in the form of a rubric file.

    Raises KeyError, TypeError or ValueError for what is none.
    """
    data = read_mapping(value)
    scale, dimensions = read_mapping(data.get("scale", data)), data["dimensions"]
    if isinstance(dimensions, dict):
        dimensions = [{**read_mapping(facts), "name": name} for name, facts in dimensions.items()]
    rubric = Rubric(
        name=read_text(data["name"]),
        version=str(data["version"]),
        digest=read_text(data.get("digest", "")),
        low=read_number(scale["low"]),
        high=read_number(scale["high"]),
        questions=tuple(_question(item) for item in read_list(dimensions)),
    )
    if not rubric.low < rubric.high:
        raise ValueError(f"the scale runs from {rubric.low:g} to {rubric.high:g}")
    names = [question.name for question in rubric.questions]
    for name in names:
        if name in _RESERVED or names.count(name) > 1:
            raise ValueError(f"a dimension cannot be called {name!r}, or there are two of it")
    return rubric


def _question(value: object) -> Question:
    data = read_mapping(value)
    return Question(
        name=read_text(data["name"]),
        title=read_text(data["title"]),
        question=read_text(data["question"]),
        formats=frozenset(Format(name) for name in read_list(data.get("formats", [])) or list(Format)),
    )
