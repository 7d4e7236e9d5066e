"""Records of answers that were judged anew: each answer counts once, and no judgement that was paid for is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.store import RunDirectory
from medgen_pytest.store.run_directory import StoredRun
from tests.store.records import DIGESTS, result

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.domain.result import SampleResult


def said(mark: int, *, number: int = 0) -> Judgement:
    return Judgement(judge="judge", tier="with_reference", replicate=number, overall=float(mark), finished=str(mark))


def judged(*marks: int, text: str = "A. left", number: int = 1) -> SampleResult:
    return replace(result(number, text=text), judgements=tuple(said(mark) for mark in marks))


def stored(*results: SampleResult) -> StoredRun:
    """What a run holds in which these results were finished, in this order."""
    run = StoredRun(manifest={}, planned=[], results={})
    for item in results:
        run.add(item)
    return run


def test_an_answer_that_is_judged_for_the_first_time_is_one_answer_and_nothing_was_judged_anew() -> None:
    run = stored(judged(), judged(8))

    assert run.answers == [judged(8)]
    assert (run.superseded, run.rejudged) == ([], [])


def test_an_answer_that_is_judged_again_is_one_answer_and_the_former_record_is_kept() -> None:
    run = stored(judged(), judged(8), judged(9), judged(7))

    assert run.answers == [judged(7)]
    assert run.rejudged == [judged(8), judged(9)]


def test_another_answer_to_the_sample_is_another_answer_with_its_own_judgements() -> None:
    run = stored(judged(8), judged(9, text="B. right"))

    assert run.answers == [judged(9, text="B. right"), judged(8)]
    assert run.rejudged == []


def test_an_answer_that_is_only_scored_anew_keeps_its_judgements_and_the_former_record() -> None:
    rescored = replace(judged(8), scores={})

    run = stored(judged(8), rescored)

    assert (run.answers, run.rejudged) == ([rescored], [judged(8)])


def test_a_record_that_lost_its_judgements_leaves_them_with_the_former_one() -> None:
    run = stored(judged(8), judged())

    assert (run.answers, run.rejudged) == ([judged()], [judged(8)])


def test_an_error_that_hides_no_answer_is_paid_for_beside_it() -> None:
    error = replace(result(status="error", text=""), digests=DIGESTS)

    run = stored(judged(8), error)

    assert list(run.results.values()) == [judged(8)]
    assert (run.superseded, run.rejudged) == ([error], [])


def test_samples_stand_apart() -> None:
    run = stored(judged(8), judged(9, number=2), judged(7, number=2))

    assert run.answers == [judged(8), judged(7, number=2)]
    assert run.rejudged == [judged(9, number=2)]


def test_a_run_directory_tells_records_that_were_judged_anew(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create({})
    records = [replace(judged(mark), finished=f"2026-11-22T10:00:0{mark}.000+00:00") for mark in (7, 9, 8)]
    for worker, record in zip(("gw1", "gw0", "gw1"), records, strict=True):
        run.append(record, worker=worker)
    run.close()

    loaded = run.load()

    assert loaded.answers == [records[1]]
    assert loaded.rejudged == [records[0], records[2]]


RECORDS = st.lists(
    st.builds(
        judged,
        st.integers(1, 9),
        text=st.sampled_from(["A. left", "B. right"]),
        number=st.integers(1, 2),
    )
    | st.builds(judged, text=st.sampled_from(["A. left", "B. right"]), number=st.integers(1, 2)),
    max_size=10,
)


@given(RECORDS)
def test_every_judgement_of_any_record_stands_in_an_answer_or_in_one_that_was_judged_anew(
    records: list[SampleResult],
) -> None:
    run = stored(*records)

    def marks(results: list[SampleResult]) -> set[tuple[object, float | None]]:
        return {(one.key, judgement.overall) for one in results for judgement in one.judgements}

    assert marks([*run.answers, *run.rejudged]) == marks(records)
    assert len(run.answers) == len(run.results) + len(run.superseded)
    assert {key: one.output for key, one in run.results.items()} == {one.key: one.output for one in records}
