"""Sample ids: stable names of records, read from every spelling of the authors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.sample import make_sample_id, parse_sample_id
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError


def test_an_id_names_format_task_and_number() -> None:
    assert make_sample_id(Task.NOISE_RECONSTRUCTION, 17) == "edit:noise-reconstruction:000017"


@settings(deadline=None)
@given(st.sampled_from(Task), st.integers(min_value=1, max_value=999_999_999))
def test_parsing_an_id_of_ours_gives_it_back(task: Task, ordinal: int) -> None:
    sample_id = make_sample_id(task, ordinal)

    assert parse_sample_id(sample_id) == sample_id


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Task), st.integers(min_value=1, max_value=999_999)), unique=True))
def test_different_records_have_different_ids(records: list[tuple[Task, int]]) -> None:
    ids = {make_sample_id(task, ordinal) for task, ordinal in records}

    assert len(ids) == len(records)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tableiv:ImageEditing:style-transfer:000001", "edit:style-transfer:000001"),
        ("medgen:ImageEditing:style-transfer:000001", "edit:style-transfer:000001"),
        ("medgen:image_editing:style_transfer:1", "edit:style-transfer:000001"),
        ("tableiv:VQA:multi-choice:000300", "vqa:multiple-choice:000300"),
        ("tableiv:MultimodalGeneration:organ-removal:000012", "gen:organic-removal:000012"),
        ("MultimodalGeneration:3d-2d-projection:000002", "gen:3d-to-2d-projection:000002"),
        ("vqa:question-answering:1000001", "vqa:question-answering:1000001"),
    ],
)
def test_an_id_of_the_authors_becomes_ours(text: str, expected: str) -> None:
    assert parse_sample_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "edit:style-transfer",
        "edit:style-transfer:",
        "edit:style-transfer:one",
        "edit:style-transfer:-1",
        "edit:style-transfer:0",
        "edit:style-transfer:000000",
        "edit:style-transfer:1\n",
        "edit:style-transfer:\u0661",
        "edit:style-transfer:1234567890",
        "other:edit:style-transfer:1",
        "edit:style-transfer:1:1",
    ],
)
def test_a_text_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sample_id(text)

    assert str(caught.value) == f"sample id {text!r} is not FORMAT:TASK:NUMBER with a number from 1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("vqa:style-transfer:000001", "task 'style-transfer' is not of format 'vqa'"),
        ("edit:stile-transfer:000001", "unknown task 'stile-transfer'; did you mean 'style-transfer'?"),
        ("vqaa:blank-filling:000001", "unknown format 'vqaa'; did you mean 'vqa'?"),
    ],
)
def test_an_id_whose_parts_do_not_fit_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sample_id(text)

    assert str(caught.value) == f"sample id {text!r}: {reason}"


def test_the_authors_id_of_a_parquet_row_is_refused_because_it_names_no_task() -> None:
    with pytest.raises(ConfigError, match="unknown task 'train-00000-of-00001'"):
        parse_sample_id("medgen:vqa:train-00000-of-00001:000012")
