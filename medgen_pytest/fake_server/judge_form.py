"""Forms of judgements: the reply that a judge's question asks for, found in its text or in its schema."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.material import outside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.fake_server.question import Question

_KEYS = ("analysis", "scores", "overall")
_LOW, _HIGH = 1.0, 10.0
_NUMBER = r"(-?\d{1,4}(?:\.\d{1,3})?)"
_SCALE = re.compile(
    rf"\b(?:scale|score|number)s?\b[^\n]{{0,60}}?\b(?:from|of|between)\s+{_NUMBER}\s*(?:\([^()\n]{{0,30}}\)\s*)?"
    rf"(?:to|and|-|\u2013)\s*{_NUMBER}",
    re.IGNORECASE,
)
# What prompts write where a number is to come: `<number>` or dots, which are no JSON.
_GAP = re.compile(r"(?<=:)\s*(?:<[^<>\n]*>|\.\.\.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeForm:
    """What a judgement has to hold: the dimensions in order, and the scale from `low` to `high`.

    `whole` says that only whole numbers fit. `example` is the line of the prompt that shows the form. `subject`
    is a digest of the question that a second request, made of the first one and what was wrong with
    its reply, has too.
    """

    dimensions: tuple[str, ...]
    low: float = _LOW
    high: float = _HIGH
    whole: bool = False
    example: str
    subject: str


def find_judge_form(question: Question) -> JudgeForm | None:
    """The form, or None where the question is no judge's.

    A judge asks for a JSON object with the keys `analysis`, `scores` (dimensions by name) and `overall`: by a
    JSON Schema, or by a line of its text that holds such an object. A line counts only outside of
    fenced material, and the last one does. The scale is that of the schema, else that of a phrase
    like "a number from 1 to 5", else 1 to 10.
    """
    if not question.wants_text:
        return None
    schema = _scores_schema(question.schema)
    shown = '"analysis"' in question.text
    if schema is None and not shown:
        return None
    own = outside(question.text) if shown else question.text
    examples = list(_examples(own)) if shown else []
    if schema is not None:
        dimensions = tuple(schema)
    elif examples:
        dimensions = examples[-1][1]
    else:
        return None
    overall = _properties(question.schema).get("overall")
    low, high = _bounds([overall, *(schema or {}).values()]) or _phrase(own) or (_LOW, _HIGH)
    first = examples[0][0] if examples else ""
    return JudgeForm(
        dimensions=dimensions,
        low=low,
        high=high,
        whole=isinstance(overall, Mapping) and str(overall.get("type")).lower() == "integer",
        example=examples[-1][0] if examples else _example(dimensions),
        subject=_subject(question, first),
    )


def _properties(schema: object) -> Mapping[str, object]:
    found = schema.get("properties") if isinstance(schema, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _scores_schema(schema: object) -> Mapping[str, object] | None:
    """The schemas of the dimensions by name, where a schema is that of a judgement."""
    properties = _properties(schema)
    return _properties(properties["scores"]) if all(key in properties for key in _KEYS) else None


def _examples(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The objects of a judgement's form that stand on a line, as they are written, with their dimensions."""
    for line in text.splitlines():
        if not all(f'"{key}"' in line for key in _KEYS):
            continue
        written = line[line.find("{") : line.rfind("}") + 1]
        try:
            value = json.loads(_GAP.sub(" null", written))
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and isinstance(value.get("scores"), dict):
            yield written, tuple(value["scores"])


def _example(dimensions: tuple[str, ...]) -> str:
    return json.dumps({"analysis": "...", "scores": dict.fromkeys(dimensions), "overall": None}, ensure_ascii=False)


def _bounds(schemas: list[object]) -> tuple[float, float] | None:
    for schema in schemas:
        low, high = (schema.get("minimum"), schema.get("maximum")) if isinstance(schema, Mapping) else (None, None)
        if isinstance(low, int | float) and isinstance(high, int | float) and low < high:
            return float(low), float(high)
    return None


def _phrase(text: str) -> tuple[float, float] | None:
    for match in _SCALE.finditer(text):
        low, high = float(match[1]), float(match[2])
        if low < high:
            return low, high
    return None


def _subject(question: Question, first_example: str) -> str:
    end = question.text.find(first_example) + len(first_example) if first_example else len(question.text)
    digest = hashlib.sha256(f"{question.model}\0{question.seed}\0".encode(errors="surrogatepass"))
    for image in question.images:
        digest.update(hashlib.sha256(image.data).digest())
    digest.update(question.text[:end].encode(errors="surrogatepass"))
    return digest.hexdigest()[:16]
