"""Rubrics: bundled ones, one's own, and what is refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError
from medgen_pytest.judge.rubric import Rubric, bundled_rubrics, load_rubric, rubric_from_dict

ALWAYS = ("content_accuracy", "relevance", "consistency")
CLINICAL = (
    "anatomical_accuracy",
    "clinical_finding_accuracy",
    "instruction_compliance",
    "hallucination_omission_control",
)
PROMPT = "${instruction} ${images} ${dimensions} ${checklist} ${output_text} ${reply_format}"


def document(**changes: object) -> dict[str, Any]:
    return {
        "name": "mine",
        "version": "1",
        "scale": {"low": 1, "high": 5},
        "overall": "mean",
        "dimensions": {"truth": {"title": "Truth", "question": "Is it true?"}},
        "checklist": {"vqa": ["Is it short?"]},
        "prompts": {
            "with_reference": f"{PROMPT} ${{reference_text}}",
            "without_reference": PROMPT,
            "repair": "${question} ${problem} ${reply} ${reply_format}",
        },
        **changes,
    }


def with_prompt(name: str, text: str) -> dict[str, Any]:
    changed = copy.deepcopy(document())
    changed["prompts"][name] = text
    return changed


def written(folder: Path, data: object) -> str:
    (folder / "mine.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return "mine.yaml"


def test_two_rubrics_come_with_the_package() -> None:
    assert bundled_rubrics() == ("medgen-clinical", "medgen-holistic")


@pytest.mark.parametrize("name", bundled_rubrics())
def test_a_bundled_rubric_is_called_as_its_file_and_judges_from_1_to_10(name: str) -> None:
    rubric = load_rubric(name, root=Path())

    assert (rubric.name, rubric.low, rubric.high, rubric.overall) == (name, 1.0, 10.0, "asked")


# A change of a digest makes judgements incomparable with earlier ones: give the rubric another version, and say so.
@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("medgen-clinical", "d2c27da90231fd1fc9c826b7c91478fe480b123c357a1fe9e615a5e41518521b"),
        ("medgen-holistic", "da5f0c9859105cc563cf941c50614a112dc79a77014d2ab9f1cfa092558d360a"),
    ],
)
def test_the_digest_of_a_bundled_rubric_is_the_committed_one(name: str, digest: str) -> None:
    assert load_rubric(name, root=Path()).digest == digest


def test_the_holistic_rubric_asks_coherence_and_alignment_of_multimodal_generation_alone() -> None:
    rubric = load_rubric("medgen-holistic", root=Path())

    names = {form: tuple(asked.name for asked in rubric.dimensions_for(form)) for form in Format}

    assert names[Format.MULTIMODAL_GENERATION] == ("coherence", "visual_textual_alignment", *ALWAYS)
    assert names[Format.VQA] == names[Format.IMAGE_EDITING] == ALWAYS


def test_the_clinical_rubric_asks_cross_modal_consistency_of_multimodal_generation_alone() -> None:
    rubric = load_rubric("medgen-clinical", root=Path())

    names = {form: tuple(asked.name for asked in rubric.dimensions_for(form)) for form in Format}

    assert names[Format.VQA] == names[Format.IMAGE_EDITING] == CLINICAL
    assert names[Format.MULTIMODAL_GENERATION] == (*CLINICAL[:3], "cross_modal_consistency", CLINICAL[3])


def test_the_clinical_rubric_has_a_checklist_of_its_own_for_each_format() -> None:
    rubric = load_rubric("medgen-clinical", root=Path())

    lists = [rubric.checklist_for(form) for form in Format]

    assert all(len(lines) >= 5 for lines in lists)
    assert len(set(lists)) == len(lists)


@pytest.mark.parametrize("name", bundled_rubrics())
def test_the_reply_is_described_on_a_line_of_json_that_ends_each_prompt(name: str) -> None:
    rubric = load_rubric(name, root=Path())

    last = [text.strip().splitlines()[-1] for text in rubric.prompts.values()]

    assert last == ["${reply_format}"] * 3


@pytest.mark.parametrize("form", Format)
def test_the_form_of_the_reply_puts_the_analysis_first_and_holds_no_score(form: Format) -> None:
    rubric = load_rubric("medgen-holistic", root=Path())

    shown = json.loads(rubric.reply_format(form))

    assert list(shown) == ["analysis", "scores", "overall"]
    assert list(shown["scores"]) == [asked.name for asked in rubric.dimensions_for(form)]
    assert {*shown["scores"].values(), shown["overall"]} == {None}


def test_the_schema_wants_every_dimension_within_the_scale_and_nothing_else() -> None:
    schema: Any = rubric_from_dict(document()).reply_schema(Format.VQA)

    number = {"type": "number", "minimum": 1.0, "maximum": 5.0}
    assert schema["required"] == list(schema["properties"]) == ["analysis", "scores", "overall"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["overall"] == number
    assert schema["properties"]["scores"] == {
        "type": "object",
        "properties": {"truth": number},
        "required": ["truth"],
        "additionalProperties": False,
    }


def test_a_rubric_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    rubric = load_rubric(written(tmp_path, document()), root=tmp_path)

    assert rubric == rubric_from_dict(document())
    assert rubric.checklist_for(Format.VQA) == ("Is it short?",)
    assert rubric.checklist_for(Format.IMAGE_EDITING) == ()


def test_name_version_and_source_do_not_change_the_digest() -> None:
    other = rubric_from_dict(document(name="theirs", version="2", source="a paper"))

    assert other.digest == rubric_from_dict(document()).digest


@pytest.mark.parametrize(
    "changes",
    [
        {"scale": {"low": 0, "high": 5}},
        {"overall": "lowest"},
        {"checklist": {"vqa": ["Is it long?"]}},
        {"dimensions": {"truth": {"title": "Truth", "question": "Is it so?"}}},
        {"dimensions": {"fact": {"title": "Truth", "question": "Is it true?"}}},
        {"dimensions": {"truth": {"title": "Fact", "question": "Is it true?"}}},
        {
            "dimensions": {
                "truth": {"title": "Truth", "question": "Is it true?"},
                "edit": {"title": "Edit", "question": "?", "formats": ["image_editing"]},
            }
        },
    ],
)
def test_whatever_can_change_a_judgement_changes_the_digest(changes: dict[str, object]) -> None:
    assert rubric_from_dict(document(**changes)).digest != rubric_from_dict(document()).digest


@pytest.mark.parametrize("name", ["with_reference", "without_reference", "repair"])
def test_the_digest_knows_each_prompt(name: str) -> None:
    changed = with_prompt(name, document()["prompts"][name] + "!")

    assert rubric_from_dict(changed).digest != rubric_from_dict(document()).digest


def test_the_order_of_the_dimensions_changes_the_digest() -> None:
    dimensions = {name: {"title": name, "question": "?"} for name in ("one", "two")}
    turned = dict(reversed(dimensions.items()))

    assert (
        rubric_from_dict(document(dimensions=dimensions)).digest != rubric_from_dict(document(dimensions=turned)).digest
    )


def test_an_unknown_name_is_told_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match=r"unknown rubric 'medgen-holistc'; did you mean 'medgen-holistic'\?"):
        load_rubric("medgen-holistc", root=Path())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "the file: input should be"),
        (document(scale={"low": 5, "high": 1}), "scale: low 5 must be less than high 1"),
        (document(scale={"low": 1, "high": "10"}), "scale.high: input should be a valid number"),
        (document(scale={"low": 1, "high": float("inf")}), "scale.high: input should be less than"),
        (document(overall="median"), "overall: input should be 'asked', 'mean' or 'lowest'"),
        (document(dimensions={}), "dimensions: dictionary should have at least 1 item"),
        (document(dimensions={"My Truth": {"title": "a", "question": "b"}}), "should match pattern"),
        (
            document(dimensions={"a": {"title": "a", "question": "b", "formats": ["vqa"]}}),
            "none is asked for format image_editing",
        ),
        (document(dimensions={"a": {"title": "a", "question": "b", "weight": 1}}), "dimensions.a.weight: extra inputs"),
        (document(scales=1), "unknown key 'scales'; did you mean 'scale'"),
        (with_prompt("with_reference", PROMPT), r"prompts.with_reference lacks the place ${reference_text}"),
        (
            with_prompt("without_reference", f"{PROMPT} ${{reference_text}}"),
            "the place ${reference_text}, which nobody fills",
        ),
        (with_prompt("without_reference", f"{PROMPT} ${{HOME}}"), "has the place ${HOME}, which nobody fills"),
        (with_prompt("without_reference", PROMPT.replace("${checklist}", "")), "lacks the place ${checklist}"),
        (with_prompt("repair", "${question} ${problem} ${reply_format}"), "prompts.repair lacks the place ${reply}"),
        (with_prompt("repair", "x" * 50_001), "prompts.repair: string should have at most 50000 characters"),
    ],
)
def test_what_is_no_rubric_is_refused_with_its_place(data: object, message: str, tmp_path: Path) -> None:
    if not isinstance(data, dict):
        (tmp_path / "mine.yaml").write_text("[]", encoding="utf-8")
    else:
        written(tmp_path, data)

    with pytest.raises(ConfigError) as caught:
        load_rubric("mine.yaml", root=tmp_path)

    assert str(caught.value).startswith("rubric ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"name: [", "not YAML"),
        (b"a: &a [1]\nb: *a\n", "takes no aliases"),
        (b"name: a\nname: b\n", "mine.yaml:2: the key 'name' stands here twice"),
        (b"[" * 50 + b"]" * 50, "nested too deeply"),
        (b"name: !!python/object/apply:os.system ['true']\n", "not YAML"),
        (b"\xff\xfe\xfa", "is not UTF-8"),
        (b"#" * 500_001, "more than 500000 bytes"),
        (b"version: 2026-13-45\n", "put quotes around the value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_files_are_refused(text: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(text)

    with pytest.raises(ConfigError, match=r"rubric mine\.yaml") as caught:
        load_rubric("mine.yaml", root=tmp_path)

    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rubric none\.yaml: the file .* cannot be read: No such file"):
        load_rubric("none.yaml", root=tmp_path)


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
LINES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
DIMENSIONS = st.dictionaries(NAMES, st.fixed_dictionaries({"title": LINES, "question": LINES}), min_size=1, max_size=5)
FORMS = st.sampled_from([form.value for form in Format])


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    low = draw(st.integers(-1000, 1000))
    return rubric_from_dict(
        document(
            name=draw(LINES),
            source=draw(st.none() | LINES),
            scale={"low": low, "high": low + draw(st.integers(1, 100))},
            overall=draw(st.sampled_from(["asked", "mean", "lowest"])),
            dimensions=draw(DIMENSIONS),
            checklist=draw(st.dictionaries(FORMS, st.lists(LINES, max_size=3))),
        )
    )


@given(rubrics())
def test_a_rubric_survives_plain_values(rubric: Rubric) -> None:
    again = rubric_from_dict(json.loads(json.dumps(rubric.to_dict())))

    assert again == rubric
    assert again.digest == rubric.digest


@given(st.text(), st.text())
def test_what_fills_a_place_is_never_taken_for_one(one: str, other: str) -> None:
    rubric = rubric_from_dict(document())
    values = {"question": f"${{reply}}{one}", "problem": other, "reply": "${problem}", "reply_format": "F"}

    filled = rubric.fill("repair", values)

    assert filled == f"${{reply}}{one} {other} ${{problem}} F".strip()
