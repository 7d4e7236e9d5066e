"""Several processes on one run directory, as under pytest-xdist: every file is whole and has one author."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from medgen_pytest.store import RunDirectory

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 4
WORKER = """
import sys, time
from pathlib import Path
from medgen_pytest.store import RunDirectory
from tests.store.records import picture, planned, result

folder, number = Path(sys.argv[1]), int(sys.argv[2])
while not (folder / "go").exists():
    time.sleep(0.001)
run = RunDirectory(folder / "run")
run.create({"started": "now", "author": number, "filling": "x" * 200_000})
run.plan([planned(n, nodeid=f"by {number}") for n in range(1, 500)], session="s")
for n in range(20):
    run.append(result(100 * number + n + 1), worker=f"gw{number}")
    run.save_image(picture(n))
run.close()
"""


def test_processes_that_start_a_run_at_once_agree_on_one_manifest_one_plan_and_keep_all_results(
    tmp_path: Path,
) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path), str(number)], cwd=ROOT)
        for number in range(1, PROCESSES + 1)
    ]
    (tmp_path / "go").touch()
    codes = [process.wait(60) for process in processes]

    run = RunDirectory(tmp_path / "run")
    stored = run.load()
    assert codes == [0] * PROCESSES
    assert len(json.loads((run.path / "run.json").read_text(encoding="utf-8"))["filling"]) == 200_000
    assert len({sample.nodeids for sample in stored.planned}) == 1
    assert (len(stored.planned), len(stored.results), stored.damaged) == (499, 20 * PROCESSES, 0)
    assert len(list((run.path / "outputs").iterdir())) == 20
    assert not list(run.path.rglob(".*"))
