"""What `medgen doctor` says of settings, dataset, models and the folder that it is called in."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.fake_server import FakeServer, FakeServerSettings
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

KEY = "sk-never-to-be-shown"
NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, with a small dataset in `data`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_KEY", KEY)
    monkeypatch.delenv("NO_MODEL_KEY", raising=False)
    write_small_dataset(tmp_path / "data")
    return tmp_path


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of an endpoint that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def chat(base_url: str, *more: str) -> str:
    return f"{{{', '.join(['adapter: openai_chat', 'model: gpt-5', f'base_url: {base_url!r}', *more])}}}"


def write(folder: Path, *lines: str) -> None:
    (folder / "medgen.yaml").write_text("\n".join([*lines, ""]), encoding="utf-8")


def findings(done: Done, part: str) -> list[dict[str, Any]]:
    return [finding for finding in json.loads(done.out)["findings"] if finding["part"] == part]


def test_an_empty_folder_is_no_problem_and_every_warning_says_what_to_do(
    medgen: Medgen, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "empty").mkdir()
    monkeypatch.chdir(folder / "empty")

    done = medgen("doctor", "--quick")

    lines = done.out.splitlines()
    warned = [number for number, line in enumerate(lines) if line.startswith("  warning  ")]
    assert done.code == 0
    assert len(warned) >= 3
    assert all(lines[number + 1].startswith("           to do: ") for number in warned)
    assert lines[-1].startswith("no problem, ")
    assert list((folder / "empty").iterdir()) == []


def test_a_run_that_can_start_has_no_problem_and_nobody_is_asked_for_an_answer(medgen: Medgen, folder: Path) -> None:
    with FakeServer(FakeServerSettings(models=("gpt-5",))) as server:
        write(
            folder,
            "dataset: data",
            "models:",
            f"  remote: {chat(f'{server.url}/v1', 'api_key_env: MODEL_KEY')}",
            "  perfect: {adapter: oracle}",
            "gates: ['all/accuracy >= 0.5']",
        )

        done = medgen("doctor", "--quick", "-v")

        assert server.stats.asked == 0
    address = server.url.removeprefix("http://")
    assert done.code == 0
    assert f"  ok       model 'remote': openai_chat, at {address}, key in MODEL_KEY\n" in done.out
    assert "  ok       model 'perfect': oracle\n" in done.out
    assert f"  ok       {folder / 'data'}: tree layout, 8 samples\n           image_editing, " in done.out
    assert f"{folder / 'medgen.yaml'}: 2 models, 1 gate\n" in done.out
    assert " free, a run takes up to about " in done.out
    assert KEY not in done.out


def test_an_endpoint_that_hangs_is_a_line_after_its_time(medgen: Medgen, folder: Path, silent: str) -> None:
    write(folder, "models:", f"  hangs: {chat(silent)}", "  perfect: {adapter: oracle}")

    done = medgen("doctor", "--quick", "--timeout=0.2")

    assert done.code == 1
    assert (
        "  problem  model 'hangs': its endpoint did not reply within 0.2 s\n           to do: start the endpoint"
    ) in done.out
    assert "  ok       model 'perfect': oracle\n" in done.out


def test_every_model_is_looked_at_however_broken_the_others_are(medgen: Medgen, folder: Path) -> None:
    (folder / "mine.py").write_text("def answer(request):\n    return 'A'\n", encoding="utf-8")
    (folder / "fatal.py").write_text("import os\nos._exit(3)\n", encoding="utf-8")
    write(
        folder,
        "models:",
        f"  keyless: {chat(NOWHERE, 'api_key_env: NO_MODEL_KEY')}",
        f"  down: {chat(NOWHERE)}",
        f"  misspelt: {chat(NOWHERE, 'modl: x', f'headers: {{X-Token: {KEY}}}')}",
        "  mine: {adapter: python, target: 'mine:answer'}",
        "  fatal: {adapter: python, target: 'fatal:answer'}",
        "  nowhere: {adapter: python, target: 'nowhere:answer'}",
        "  program: {adapter: process, command: [no-such-program]}",
        "  pair: {adapter: compositional, text: mine, image: down}",
        '  "\\x1b[2Jname": {adapter: oracle}',
    )

    done = medgen("doctor", "--quick", "--json")

    told = {finding["text"]: finding["todo"] for finding in findings(done, "models")}
    assert done.code == 1
    assert (
        told["model 'keyless': the environment variable NO_MODEL_KEY is not set"] == "export NO_MODEL_KEY=... (its key)"
    )
    assert told["model 'mine': python"] is None
    assert any(text.startswith("model 'down': 127.0.0.1:9 cannot be reached") for text in told)
    assert any(text.startswith("model 'pair': 127.0.0.1:9 cannot be reached") for text in told)
    assert any("unknown key 'modl'" in text for text in told)
    assert "model 'fatal': importing 'fatal:answer' ends Python with exit code 3" in told
    assert any("No module named 'nowhere'" in text for text in told)
    assert "model 'program': command 'no-such-program' is not found" in told
    assert len(told) == 9
    assert KEY not in done.out
    assert "\x1b" not in done.out


def test_endpoints_are_left_alone_offline(medgen: Medgen, folder: Path) -> None:
    write(folder, "dataset: data", "models:", f"  down: {chat(NOWHERE)}")

    assert medgen("doctor", "--quick", "--offline").code == 0


def test_a_settings_file_that_is_wrong_is_told_and_the_rest_of_it_looked_at(medgen: Medgen, folder: Path) -> None:
    write(
        folder,
        "dataset: data",
        "gatse: []",
        "timeout: -1",
        "gates: ['all/acuracy', 'all/accuracy drop <= 0.1 against none.json']",
        "models: {perfect: {adapter: oracle}}",
    )

    done = medgen("doctor", "--quick")

    assert done.code == 1
    assert "medgen.yaml:2: unknown setting 'gatse'; did you mean 'gates'?\n" in done.out
    assert "medgen.yaml:3: setting timeout: input should be greater than 0\n" in done.out
    assert "  problem  gates: gate 'all/acuracy' is not understood" in done.out
    assert "none.json cannot be read: No such file or directory" in done.out
    assert "tree layout, 8 samples\n" in done.out
    assert "  ok       model 'perfect': oracle\n" in done.out
    assert "  ok       ready: ssim, psnr, exact_match, token_f1, bleu\n" in done.out


def test_a_settings_file_that_is_no_yaml_is_told_and_everything_else_looked_at(medgen: Medgen, folder: Path) -> None:
    write(folder, "models: {open")

    done = medgen("doctor", "--quick", "--dataset=data", "--model=oracle")

    assert done.code == 1
    assert "medgen.yaml:2: not YAML: " in done.out
    assert "tree layout, 8 samples\n" in done.out
    assert "  ok       model 'oracle': oracle\n" in done.out
    assert done.out.splitlines()[-1].startswith("1 problem, ")


def test_settings_of_a_folder_above_are_pointed_at(
    medgen: Medgen, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "limit: 3")
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")

    done = medgen("doctor", "--quick")

    assert f"to do: go to {folder.resolve()}, or name it: medgen doctor --config=" in done.out


def test_the_embedded_dataset_is_known_and_not_drawn(medgen: Medgen, folder: Path) -> None:
    done = medgen("doctor", "--quick", "--dataset=demo")

    assert "  ok       the embedded demo dataset, which is drawn when it is first used\n" in done.out
    assert not (folder / "medgen-runs").exists()


def test_bad_records_are_told_and_counted(medgen: Medgen, folder: Path) -> None:
    for path in sorted((folder / "data").rglob("data.jsonl")):
        path.write_text(path.read_text(encoding="utf-8") + '{"half\n' * 2, encoding="utf-8")

    done = medgen("doctor", "--quick", "--dataset=data")

    assert done.code == 1
    assert "data.jsonl:" in done.out
    assert f"more problems of records\n           to do: medgen validate {folder / 'data'} lists them all\n" in done.out


def test_a_selection_that_nothing_meets_is_a_problem(medgen: Medgen, folder: Path) -> None:
    write(folder, "dataset: data", "subtasks: [nonsense]")

    done = medgen("doctor", "--quick")

    assert done.code == 1
    assert "nonsense" in "".join(line for line in done.out.splitlines() if line.startswith("  problem  "))


def test_whoever_owns_the_option_of_models_is_named(medgen: Medgen, folder: Path) -> None:
    conftest = "def pytest_addoption(parser):\n    parser.addoption(\n        '--model', default='x')\n"
    (folder / "conftest.py").write_text(conftest, encoding="utf-8")

    done = medgen("doctor", "--quick")

    assert done.code == 0
    assert (
        "  warning  --model belongs to conftest.py, line 2\n"
        "           to do: name models with its twin: pytest --medgen-model=NAME, not --model=NAME\n"
    ) in done.out


def test_an_adapter_that_a_conftest_may_add_is_left_to_pytest(medgen: Medgen, folder: Path) -> None:
    (folder / "conftest.py").write_text("def pytest_medgen_models(config):\n    return {}\n", encoding="utf-8")
    write(folder, "models: {own: {adapter: mine}}")

    done = medgen("doctor", "--quick")

    assert done.code == 0
    assert "to do: pytest --medgen-dry-run loads conftests" in done.out


@pytest.mark.parametrize("line", ["metrics: {use: [mine]}", "gates: ['all/mine >= 0.5']", "thresholds: {mine: 0.5}"])
def test_a_metric_that_a_conftest_may_add_is_left_to_pytest(medgen: Medgen, folder: Path, line: str) -> None:
    write(folder, line)
    without = medgen("doctor", "--quick")
    (folder / "conftest.py").write_text("def pytest_medgen_metrics(config):\n    return []\n", encoding="utf-8")

    done = medgen("doctor", "--quick")

    assert (without.code, done.code) == (1, 0)
    assert "unknown metric 'mine'; a conftest here adds some\n           to do: pytest --medgen-dry-run" in done.out


def test_a_run_directory_that_cannot_be_written_is_a_problem(medgen: Medgen, folder: Path) -> None:
    (folder / "file").write_text("", encoding="utf-8")

    done = medgen("doctor", "--quick", f"--run-dir={folder / 'file' / 'run'}")

    assert done.code == 1
    assert f"{folder / 'file' / 'run'} cannot be written\n           to do: name another folder" in done.out


def test_json_says_what_the_page_of_the_doctor_promises(medgen: Medgen) -> None:
    data = json.loads(medgen("doctor", "--quick", "--json").out)

    assert {"schema_version", "medgen_pytest", "well", "problems", "warnings", "findings", "metrics", "judging"} <= set(
        data
    )
    parts = list(dict.fromkeys(finding["part"] for finding in data["findings"]))
    assert parts == ["environment", "settings", "dataset", "models", "metrics", "disk", "terminal", "git"]
    for finding in data["findings"]:
        assert set(finding) == {"part", "status", "text", "todo", "details"}
        assert finding["status"] in {"ok", "warning", "problem"}
        assert (finding["todo"] is None) == (finding["status"] == "ok")
