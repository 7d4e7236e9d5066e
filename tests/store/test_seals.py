"""Seals: any change of a run directory since it was written is seen, and nothing else is taken for one."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.errors import StoreError
from medgen_pytest.store import RunDirectory
from medgen_pytest.store.draft import ResultDraft
from medgen_pytest.store.lines import LineWriter, read_lines
from tests.runs.small_run import without_seals
from tests.store.records import planned, result

if TYPE_CHECKING:
    from collections.abc import Callable

FACTS: dict[str, object] = {
    "started": "2026-11-22T10:00:00+00:00",
    "share": 0.1,
    "odd": "half \ud800",
    "path": Path("a"),
}
SHORT = st.dictionaries(st.sampled_from("abc"), st.integers() | st.text(max_size=4), max_size=2)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run of three samples, two of which are finished."""
    run = RunDirectory(tmp_path / "run")
    run.create(FACTS)
    run.plan([planned(1), planned(2), planned(3)], session="a")
    for number in (1, 2):
        run.append(result(number), worker="main")
    run.close()
    return run


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def states(path: Path) -> list[str]:
    return [line.state for line in read_lines(path)]


def test_what_was_written_is_whole(run: RunDirectory) -> None:
    stored = run.load()

    assert (stored.edited, stored.unsealed, stored.damaged, stored.doubts) == ([], [], 0, {})
    assert len(stored.results) == 2
    assert len(stored.planned) == 3
    assert "seal" not in stored.manifest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"value":0.25', '"value":0.75'),
        ('"status":"answered"', '"status":"invalid"'),
        ('"text":"A. left"', '"text":"A. right"'),
        ('"sample_id":"vqa:multiple-choice:000001"', '"sample_id":"vqa:multiple-choice:000003"'),
        ('"repeat":0', '"repeat": 0'),
        ('"schema_version":1', '"schema_version":2'),
        ('{"schema_version"', '{"scores":{},"schema_version"'),
    ],
)
def test_an_edited_result_is_told_and_is_none_of_the_results(run: RunDirectory, before: str, after: str) -> None:
    edit(run.path / "results-main.jsonl", before, after)

    stored = run.load()

    assert list(stored.results) == [result(2).key]
    [edited] = stored.edited
    assert (edited.file, edited.line, edited.model) == ("results-main.jsonl", 1, "my-model")
    assert stored.doubts == {"edited_records": [edited._asdict()]}


def test_a_result_is_sealed_by_its_own_seal_alone(run: RunDirectory) -> None:
    path = run.path / "results-main.jsonl"
    first, second = path.read_text(encoding="utf-8").splitlines()
    seal = re.compile('"seal":"[0-9a-f]{16}"')
    swapped = seal.sub(seal.findall(second)[0], first)
    path.write_text(f"{swapped}\n{second}\n", encoding="utf-8")

    assert states(path) == ["edited", "whole"]


def test_a_result_of_before_an_edited_one_counts_again(run: RunDirectory) -> None:
    run.append(result(1, text="later", finished="2027-01-01"), worker="later")
    run.close()
    edit(run.path / "results-later.jsonl", "later", "edited")

    stored = run.load()

    assert stored.results[result(1).key] == result(1)
    assert len(stored.edited) == 1


def test_lines_without_a_seal_are_taken_as_they_are_and_named(run: RunDirectory) -> None:
    for name in ("results-main.jsonl", "plan-a.jsonl", "run.json"):
        path = run.path / name
        path.write_text(without_seals(path.read_text(encoding="utf-8")).replace('{"seal"', '{"no"'), encoding="utf-8")
    lines = (run.path / "plan-a.jsonl").read_text(encoding="utf-8").splitlines()
    (run.path / "plan-a.jsonl").write_text("\n".join(lines[:-1]), encoding="utf-8")
    edit(run.path / "results-main.jsonl", '"value":0.25', '"value":0.75')

    stored = run.load()

    assert stored.results[result(1).key].scores["bleu"].value == 0.75
    assert stored.doubts == {"unsealed_files": ["run.json", "plan-a.jsonl", "results-main.jsonl"]}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("multiple-choice:000002", "multiple-choice:000009", 1),
        lambda text: text.split("\n", 1)[1],
        lambda text: text + text.split("\n", 1)[0] + "\n",
        lambda text: text + "junk",
        lambda text: "\n".join(reversed(text.split("\n")[:-2])) + "\n" + text.split("\n")[-2],
        lambda text: re.sub('"seal":"..', '"seal":"xy', text),
    ],
    ids=["edited", "line removed", "line added", "junk added", "other order", "seal edited"],
)
@pytest.mark.parametrize("name", ["plan", "whole"])
def test_an_edited_plan_is_refused(run: RunDirectory, name: str, change: Callable[[str], str]) -> None:
    run.plan_whole([planned(1), planned(2), planned(3)], session="a")
    path = run.path / f"{name}-a.jsonl"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    read = run.load if name == "plan" else run.whole_plan

    with pytest.raises(StoreError, match=f"{name}-a.jsonl was edited after it was written, .* put it back as it was"):
        read()


def test_a_plan_of_nothing_is_whole(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create(FACTS)
    run.plan([], session="a")

    assert (run.load().planned, run.load().doubts, run.count_planned(session="a")) == ([], {}, 0)


def test_a_plan_of_all_shards_that_lost_its_end_is_named(run: RunDirectory) -> None:
    run.plan_whole([planned(1), planned(2), planned(3)], session="a")
    path = run.path / "whole-a.jsonl"
    path.write_text(path.read_text(encoding="utf-8").split("\n", 1)[0], encoding="utf-8")

    assert run.load().doubts == {"unsealed_files": ["whole-a.jsonl"]}


@pytest.mark.parametrize(("before", "after"), [("0.1", "0.2"), ('"share"', '"more": 1, "share"'), ("22T10", "23T10")])
def test_an_edited_manifest_is_refused_until_its_seal_is_taken_out(run: RunDirectory, before: str, after: str) -> None:
    path = run.path / "run.json"
    edit(path, before, after)

    for read in (run.load, run.manifest):
        with pytest.raises(StoreError, match=r"run\.json was edited after it was written: put it back as it was"):
            read()
    path.write_text(without_seals(path.read_text(encoding="utf-8")), encoding="utf-8")

    assert run.load().doubts == {"unsealed_files": ["run.json"]}


def test_a_manifest_with_an_empty_seal_is_named(run: RunDirectory) -> None:
    path = run.path / "run.json"
    path.write_text(re.sub('"seal": "[0-9a-f]+"', '"seal": null', path.read_text(encoding="utf-8")), encoding="utf-8")

    assert run.load().doubts == {"unsealed_files": ["run.json"]}


def test_an_edited_manifest_of_a_later_session_is_refused(run: RunDirectory) -> None:
    run.create({**FACTS, "session": "b"}, resumes=True)
    run.load()
    edit(run.path / "resumed-b.json", "0.1", "0.3")

    with pytest.raises(StoreError, match=r"resumed-b\.json was edited"):
        run.load()


def test_other_line_breaks_and_another_layout_of_a_manifest_are_no_edits(run: RunDirectory) -> None:
    for path in run.path.glob("*.json*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    manifest = run.path / "run.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text(encoding="utf-8")), sort_keys=True), encoding="utf-8")

    stored = run.load()

    assert (stored.doubts, len(stored.results), len(stored.planned)) == ({}, 2, 3)


def test_an_edited_line_of_a_draft_is_as_good_as_missing(tmp_path: Path) -> None:
    draft = ResultDraft(tmp_path, "one")
    draft.extend([result(1), result(2)])
    draft.close()
    edit(tmp_path / "draft-one.jsonl", '"value":0.25', '"value":0.75')

    assert draft.load() == {result(2).key: result(2)}


@settings(deadline=None)  # a busy machine is no fault
@given(SHORT, st.data())
def test_no_change_of_a_line_goes_unseen(record: dict[str, object], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.jsonl"
        writer = LineWriter(path)
        writer.append(record)
        writer.close()
        line = path.read_bytes().rstrip(b"\n")
        start = data.draw(st.integers(0, len(line)))
        end = data.draw(st.integers(start, min(start + 3, len(line))))
        changed = line[:start] + data.draw(st.binary(max_size=3)) + line[end:]
        path.write_bytes(changed + b"\n")

        found = states(path)

    is_same = changed.strip() == line
    assert ("whole" in found) == is_same
