"""All samples flat: a record each, as JSON lines and as parquet, whatever texts and scores hold."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.errors import StoreError
from medgen_pytest.reports.exports.jsonl import write_jsonl
from medgen_pytest.reports.exports.parquet import write_parquet
from medgen_pytest.reports.exports.record import fields_of, records_of

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder


def lines_of(run: RunResult, folder: Path) -> list[dict[str, Any]]:
    write_jsonl(run, folder / "samples.jsonl")
    text = (folder / "samples.jsonl").read_bytes().decode("ascii")
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]


def rows_of(run: RunResult, folder: Path) -> list[dict[str, Any]]:
    write_parquet(run, folder / "samples.parquet")
    rows: list[dict[str, Any]] = pq.read_table(folder / "samples.parquet").to_pylist()
    return rows


def test_every_planned_sample_is_a_record_in_the_order_of_its_key(two_models: RunBuilder, tmp_path: Path) -> None:
    run = two_models.build(facts={"run_id": "r1"})

    lines = lines_of(run, tmp_path)

    assert [(line["model"], line["sample_id"]) for line in lines] == sorted(
        (case.planned.model, case.planned.sample_id) for case in run.cases
    )
    assert {tuple(line) for line in lines} == {tuple(field.name for field in fields_of(run))}
    assert {line["run_id"] for line in lines} == {"r1"}


def test_scores_are_columns_beside_their_outcome_and_why_there_is_none(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(task=Task.STYLE_TRANSFER, scores={"ssim": 0.5, "psnr": None}, modality=Modality.MRI)

    [record] = records_of(builder.build())

    wanted = {
        "sample_id": "edit:style-transfer:000001",
        "modality": "MRI",
        "outcome": "error",
        "score_ssim": 0.5,
        "outcome_ssim": "inaccurate",
        "unscored_ssim": None,
        "score_psnr": None,
        "outcome_psnr": "error",
        "unscored_psnr": "it broke",
    }
    assert {name: record[name] for name in wanted} == wanted


def test_a_sample_that_never_finished_has_a_record_without_an_answer(new_run: type[RunBuilder]) -> None:
    [record] = records_of(new_run().add("missing").build())

    assert (record["outcome"], record["text"], record["score_bleu"]) == ("missing", None, None)


def test_repeats_are_records_of_their_own(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(scores={"bleu": 1.0}).add(scores={"bleu": 0.0}).repeat_first(2)

    assert [(record["repeat"], record["score_bleu"]) for record in records_of(builder.build())] == [(0, 1.0), (1, 0.0)]


def test_parquet_holds_what_json_lines_hold_with_numbers_as_numbers(two_models: RunBuilder, tmp_path: Path) -> None:
    run = two_models.build()

    lines, rows = lines_of(run, tmp_path), rows_of(run, tmp_path)

    assert [{name: str(value) if value == math.inf else value for name, value in row.items()} for row in rows] == lines
    assert math.inf in [row["score_psnr"] for row in rows]
    schema = pq.read_schema(tmp_path / "samples.parquet")
    assert {str(schema.field(name).type) for name in ("score_bleu", "seconds", "cost")} == {"double"}
    assert json.loads(schema.metadata[b"medgen"])["profile"] == "medgen-2026.08"


def test_a_run_without_samples_gives_empty_files(new_run: type[RunBuilder], tmp_path: Path) -> None:
    run = new_run().build()

    assert (lines_of(run, tmp_path), rows_of(run, tmp_path)) == ([], [])


def test_a_parquet_file_that_cannot_be_written_is_told_and_leaves_nothing(
    one_model: RunBuilder, tmp_path: Path
) -> None:
    (tmp_path / "samples.parquet").mkdir()

    with pytest.raises(StoreError, match="cannot be written"):
        write_parquet(one_model.build(), tmp_path / "samples.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["samples.parquet"]


@settings(max_examples=30)
@given(st.text(st.characters(), max_size=40))
@example("\ud800")
def test_any_text_comes_through_both(
    new_run: type[RunBuilder], tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("flat")
    run = new_run().add("invalid", model=text, subtask=text, reason=text, text=text, scores={text: None}).build()

    [line], [row] = lines_of(run, folder), rows_of(run, folder)

    assert line == row
    assert line["text"] == line["model"] == text.encode("utf-8", "backslashreplace").decode()
