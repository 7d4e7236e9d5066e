"""The run directory: what is put in comes out, and nothing else does."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from medgen_pytest.domain.result import ResultKey
from medgen_pytest.errors import ImageError, StoreError
from medgen_pytest.images import encode_png
from medgen_pytest.store import RunDirectory, new_run_id
from tests.store.records import picture, planned, result

FACTS: dict[str, object] = {"started": "2026-11-22T10:00:00+00:00", "models": {"my-model": {"digest": "m1"}}}


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    run = RunDirectory(tmp_path / "runs" / "one")
    run.create(FACTS)
    return run


def test_a_new_run_holds_its_facts_and_nothing_else(run: RunDirectory) -> None:
    stored = run.load()

    assert stored.manifest == {"schema_version": 1, **FACTS}
    assert (stored.planned, stored.results, stored.damaged) == ([], {}, 0)
    assert sorted(entry.name for entry in run.path.iterdir()) == ["outputs", "run.json"]


def test_the_plan_of_all_shards_lies_beside_that_of_the_one(run: RunDirectory) -> None:
    both = [planned(1), planned(2)]

    run.plan(both[:1], session="s1")
    run.plan_whole(both, session="s1")

    assert run.load().planned == both[:1]
    assert run.whole_plan() == both
    assert run.sessions() == 1


def test_a_damaged_plan_of_all_shards_is_refused(run: RunDirectory) -> None:
    (run.path / "whole-s1.jsonl").write_text('{"torn": \n', encoding="utf-8")

    with pytest.raises(StoreError, match=r"1 lines of whole-\*.jsonl cannot be read; run the shard again"):
        run.whole_plan()


def test_a_judging_has_the_images_of_its_run_whatever_it_is_called_by(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = run.save_image(picture(1))
    judging = run.judging("strict")
    judging.create(FACTS)

    monkeypatch.chdir(judging.path)

    assert [RunDirectory(path).has_image(name) for path in (judging.path, Path())] == [True, True]


def test_another_process_of_the_session_changes_nothing(run: RunDirectory) -> None:
    before = (run.path / "run.json").read_bytes()

    RunDirectory(run.path).create({**FACTS, "machine": "another"})

    assert (run.path / "run.json").read_bytes() == before
    assert run.manifest() == {"schema_version": 1, **FACTS}


def test_a_later_session_adds_its_facts_and_leaves_the_first_ones(run: RunDirectory) -> None:
    before = (run.path / "run.json").read_bytes()

    later = {"started": "2026-11-23T09:00:00+00:00", "models": {"other": {"digest": "o1"}}, "gates": ["a"]}
    run.create(later, resumes=True)

    assert (run.path / "run.json").read_bytes() == before
    assert run.manifest() == {
        "schema_version": 1,
        "started": "2026-11-22T10:00:00+00:00",
        "resumed": "2026-11-23T09:00:00+00:00",
        "models": {"my-model": {"digest": "m1"}, "other": {"digest": "o1"}},
        "gates": ["a"],
    }


def test_of_several_later_sessions_the_last_one_counts(run: RunDirectory) -> None:
    for day in (24, 23):
        later = {"started": f"2026-11-{day}T09:00:00+00:00", "models": {"my-model": {"digest": f"m{day}"}}}
        run.create(later, resumes=True)

    assert run.manifest()["models"] == {"my-model": {"digest": "m24"}}


def test_a_folder_that_another_session_took_is_refused_unless_it_is_resumed(run: RunDirectory) -> None:
    with pytest.raises(StoreError, match="was taken by another session in the meantime"):
        run.create({"started": "2026-11-22T10:00:00+00:00", "session": "another"})


def test_facts_may_hold_texts_that_utf_8_cannot(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")

    run.create({"platform": "half \ud800", "path": Path("a")})

    assert run.manifest() == {"schema_version": 1, "platform": "half \ud800", "path": "a"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "is no run directory: run.json cannot be read"),
        ("", "is no run directory"),
        ("{", "is no run directory"),
        ("[" * 100_000, "is no run directory"),
        ("[]", "schema version None"),
        ("{}", "schema version None"),
        ('{"schema_version": 2}', "schema version 2; this version of medgen-pytest reads 1"),
        ('{"schema_version": "1"}', "schema version '1'"),
    ],
)
def test_a_folder_that_is_no_run_of_this_version_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text, encoding="utf-8")

    with pytest.raises(StoreError, match=re.escape(message)):
        RunDirectory(tmp_path).load()


def test_a_file_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="is no run directory"):
        RunDirectory(tmp_path / "file").manifest()


def test_a_new_or_an_empty_folder_can_become_a_run(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    RunDirectory(tmp_path / "empty").check_new()
    RunDirectory(tmp_path / "deep" / "new").check_new()

    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["empty"]


@pytest.mark.parametrize("name", ["run", "file", "file/run"])
def test_what_cannot_become_a_run_is_told_before_anything_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "something").touch()

    with pytest.raises(StoreError, match=r"run directory .* (already exists; continue it with|cannot be created)"):
        RunDirectory(tmp_path / name).check_new()


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be (created|written)"):
        RunDirectory(tmp_path / ("x" * 400)).check_new()


@pytest.mark.skipif(sys.platform == "win32", reason="folders are protected the POSIX way")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    run = RunDirectory(tmp_path / "run")

    with pytest.raises(StoreError, match="is not a writable folder"):
        run.check_new()
    with pytest.raises(StoreError, match="cannot be written"):
        run.create(FACTS)
    tmp_path.chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system in which nobody may make a folder")
def test_a_file_system_that_takes_no_folder_is_told() -> None:
    with pytest.raises(StoreError, match="run directory /proc/medgen cannot be written"):
        RunDirectory(Path("/proc/medgen")).create(FACTS)


def test_a_file_in_the_way_is_a_store_error_at_every_step(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = RunDirectory(tmp_path / "file" / "run")

    for step in (
        lambda: run.create(FACTS),
        lambda: run.plan([planned()], session="s"),
        lambda: run.append(result(), worker="main"),
        lambda: run.save_image(picture()),
    ):
        with pytest.raises(StoreError, match=re.escape(str(run.path))):
            step()


def test_a_plan_comes_back_sorted(run: RunDirectory) -> None:
    run.plan([planned(2), planned(1)], session="a")

    assert run.load().planned == [planned(1), planned(2)]
    assert (run.sessions(), run.count_planned(session="a")) == (1, 2)


def test_the_first_plan_of_a_session_stays(run: RunDirectory) -> None:
    run.plan([planned(1)], session="a")
    run.plan([planned(2)], session="a")

    assert run.load().planned == [planned(1)]


def test_the_plans_of_all_sessions_count_and_the_later_one_names_the_tests(run: RunDirectory) -> None:
    run.plan([planned(1, nodeid="old")], session="20261122")
    run.plan([planned(1, nodeid="new"), planned(2)], session="20261123")

    assert run.load().planned == [planned(1, nodeid="new"), planned(2)]
    assert run.sessions() == 2


def test_a_damaged_line_of_a_plan_without_seal_is_counted(run: RunDirectory) -> None:
    lines = [json.dumps(planned(1).to_dict()), '{"model": "m"}', "nonsense"]
    (run.path / "plan-a.jsonl").write_text("\n".join(lines), encoding="utf-8")

    stored = run.load()

    assert (stored.planned, stored.damaged) == ([planned(1)], 2)


def test_results_of_all_workers_come_together(run: RunDirectory) -> None:
    for number, worker in ((1, "gw0"), (2, "gw1")):
        process = RunDirectory(run.path)
        process.append(result(number), worker=worker)
        process.close()

    assert run.load().results == {result(n).key: result(n) for n in (1, 2)}


def test_a_result_is_read_back_from_its_position(run: RunDirectory) -> None:
    positions = [run.append(result(number, text="µ" * number), worker="main") for number in (1, 2, 3)]

    read = [run.read_result(position, worker="main") for position in positions]
    run.close()

    assert read == [result(number, text="µ" * number) for number in (1, 2, 3)]


@pytest.mark.parametrize(("position", "worker"), [(1, "main"), (10_000, "main"), (0, "gw7")])
def test_a_position_without_a_result_is_a_store_error(run: RunDirectory, position: int, worker: str) -> None:
    run.append(result(), worker="main")
    run.close()

    with pytest.raises(StoreError, match="cannot be read back"):
        run.read_result(position, worker=worker)


def test_a_file_system_without_hard_links_is_good_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_arguments: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    run = RunDirectory(tmp_path / "run")

    for facts in (FACTS, {**FACTS, "machine": "another"}):
        run.create(facts)
    run.plan([planned(1)], session="a")

    assert run.manifest() == {"schema_version": 1, **FACTS}
    assert run.load().planned == [planned(1)]
    assert not list(run.path.rglob(".*"))


def test_writing_goes_on_after_closing(run: RunDirectory) -> None:
    run.append(result(1), worker="main")
    run.close()
    run.append(result(2), worker="main")
    run.close()

    assert len(run.load().results) == 2


def test_damaged_lines_and_results_of_other_versions_are_counted_and_not_read(run: RunDirectory) -> None:
    run.append(result(1), worker="main")
    run.close()
    other = {**result(2).to_dict(), "schema_version": 2}
    lines = [json.dumps(other), '{"torn": ', json.dumps({**result(3).to_dict(), "task": "poetry"}), "[]"]
    with (run.path / "results-main.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")

    stored = run.load()

    assert list(stored.results) == [ResultKey("my-model", "vqa:multiple-choice:000001")]
    assert stored.damaged == 4


def test_a_results_file_that_cannot_be_read_is_a_store_error(run: RunDirectory) -> None:
    (run.path / "results-main.jsonl").mkdir()

    with pytest.raises(StoreError, match="cannot be read"):
        run.load()


def test_an_image_comes_back_pixel_by_pixel(run: RunDirectory) -> None:
    pixels = picture(1)

    name = run.save_image(pixels)

    np.testing.assert_array_equal(run.load_image(name), pixels)
    assert re.fullmatch(r"[0-9a-f]{64}\.png", name)


def test_equal_pictures_are_stored_once_and_different_ones_apart(run: RunDirectory) -> None:
    names = [run.save_image(picture(seed)) for seed in (1, 1, 2)]
    names.append(run.save_image(picture(1).reshape(9, 6, 3)))  # the same bytes in another shape

    assert names[0] == names[1]
    assert sorted(set(names)) == sorted(entry.name for entry in (run.path / "outputs").iterdir())
    assert len(set(names)) == 3


def test_a_picture_that_is_no_block_of_memory_is_stored_as_it_looks(run: RunDirectory) -> None:
    view = np.flip(picture(1, height=8, width=8), axis=1)[::2]

    name = run.save_image(view)

    np.testing.assert_array_equal(run.load_image(name), view)


@pytest.mark.parametrize("damage", [b"", b"\x89PNG\r\n\x1a\n", encode_png(picture(7))])
def test_a_damaged_picture_is_refused_and_mended_by_storing_it_again(run: RunDirectory, damage: bytes) -> None:
    name = run.save_image(picture(1))
    (run.path / "outputs" / name).write_bytes(damage)

    with pytest.raises((StoreError, ImageError)):
        run.load_image(name)
    run.save_image(picture(1))

    np.testing.assert_array_equal(run.load_image(name), picture(1))


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../run.json", "a/b.png", "a\\b.png", "/etc/hostname", "C:x.png", "nul\x00.png", f"{'0' * 64}.PNG"],
)
def test_a_name_that_is_none_of_ours_is_never_opened(run: RunDirectory, name: str) -> None:
    with pytest.raises(StoreError, match="is not the name of an output image"):
        run.load_image(name)


def test_a_picture_that_is_gone_is_a_store_error(run: RunDirectory) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        run.load_image(f"{'0' * 64}.png")


def test_ids_of_runs_sort_by_time_in_any_zone_and_never_repeat() -> None:
    zone = dt.timezone(dt.timedelta(hours=9))
    moments = [dt.datetime(2026, 11, 22, 23, 59, second, tzinfo=zone) for second in (0, 7, 30)]

    ids = [new_run_id(moment) for moment in moments]

    assert ids == sorted(ids)
    assert all(re.fullmatch(r"20261122T1459\d\dZ-[0-9a-f]{7}", run_id) for run_id in ids)
    assert len({new_run_id(moments[0]) for _ in range(50)}) == 50


def test_nothing_is_left_beside_what_was_asked_for(run: RunDirectory) -> None:
    run.plan([planned(1)], session="a")
    run.append(result(1), worker="main")
    name = run.save_image(picture(1))
    run.close()

    files = sorted(path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if path.is_file())
    assert files == [f"outputs/{name}", "plan-a.jsonl", "results-main.jsonl", "run.json"]
