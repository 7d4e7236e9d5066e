"""The command as a whole: help, version, usage errors and streams that know few characters."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import jsonschema
import pytest

from medgen_pytest import __version__
from medgen_pytest.config.settings import settings_schema
from medgen_pytest.reports.json_report import report_schema
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]
    MedgenProcess = Callable[..., subprocess.CompletedProcess[bytes]]

MEDGEN = shutil.which("medgen", path=sysconfig.get_path("scripts"))
COMMANDS = ["init", "demo", "validate", "score", "rescore", "judge", "schema", "doctor", "weights", "fake-server"]


def test_the_help_names_every_command_and_the_exit_codes(medgen: Medgen) -> None:
    done = medgen("--help")

    assert done.code == 0
    assert all(command in done.out for command in COMMANDS)
    assert "10 gates are inconclusive, 11 the run is incomplete" in " ".join(done.out.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(medgen: Medgen, command: str) -> None:
    done = medgen(command, "--help")

    assert done.code == 0
    assert done.out.startswith(f"usage: medgen {command}")
    assert done.out.isascii()


def test_the_version_is_the_packages(medgen: Medgen) -> None:
    done = medgen("--version")

    assert (done.code, done.out) == (0, f"medgen-pytest {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["rescroe"], "invalid choice: 'rescroe'"),
        (["validate"], "the following arguments are required: PATH"),
        (["validate", "a", "b"], "unrecognized arguments: b"),
        (["rescore"], "the following arguments are required: RUN"),
        (["rescore", "run", "--min-samples=many"], "invalid int value: 'many'"),
        (["schema", "results"], "invalid choice: 'results'"),
        (["judge"], "the following arguments are required: ACTION"),
        (["judge", "calibrate", "labels.csv"], "the following arguments are required: --export"),
        (["--nonsense"], "required: COMMAND"),
    ],
)
def test_wrong_usage_is_exit_code_4(medgen: Medgen, arguments: list[str], message: str) -> None:
    done = medgen(*arguments)

    assert done.code == 4
    assert done.out == ""
    assert message in done.err


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [(["schema"], settings_schema), (["schema", "settings"], settings_schema), (["schema", "report"], report_schema)],
)
def test_the_schemas_are_printed_and_valid(
    medgen: Medgen, arguments: list[str], schema: Callable[[], dict[str, object]]
) -> None:
    done = medgen(*arguments)

    printed = json.loads(done.out)
    jsonschema.Draft202012Validator.check_schema(printed)
    assert (done.code, printed) == (0, schema())


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252", "utf-8"])
def test_what_a_console_cannot_show_is_shown_as_its_code(
    medgen_process: MedgenProcess, tmp_path: Path, encoding: str
) -> None:
    data = write_small_dataset(tmp_path / "Röntgen-骨")
    record = {"instruction": "", "modality": "Röntgen 骨"}
    with (data / "VQA" / "multiple-choice" / "data.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")

    done = medgen_process("validate", data, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    lost = medgen_process("validate", tmp_path / "骨-nowhere", PYTHONIOENCODING=encoding, PYTHONUTF8="0")

    shown = "Röntgen-骨".encode(encoding, errors="backslashreplace")
    assert (done.returncode, done.stderr) == (1, b"")
    assert shown in done.stdout
    assert lost.returncode == 4
    assert "骨-nowhere".encode(encoding, errors="backslashreplace") in lost.stderr
    assert b"Traceback" not in lost.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break the POSIX way")
def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path: Path) -> None:
    data = write_small_dataset(tmp_path / "data")
    command = [sys.executable, "-c", "import sys; from medgen_pytest.cli import main; sys.exit(main())"]

    process = subprocess.Popen([*command, "validate", str(data)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)

    assert errors == b""
    assert process.returncode == 1


@pytest.mark.skipif(MEDGEN is None, reason="the package is not installed with its command")
def test_the_installed_command_is_this_one() -> None:
    done = subprocess.run([str(MEDGEN), "--version"], capture_output=True, text=True, check=False)

    assert done.stdout == f"medgen-pytest {__version__}\n"


def test_the_command_starts_without_heavy_libraries(medgen_process: MedgenProcess) -> None:
    done = medgen_process("--help", PYTHONPROFILEIMPORTTIME="1")

    heavy = [name for name in (b"cv2", b"pyarrow", b"torch", b"_pytest") if b" " + name + b"\n" in done.stderr]
    assert (done.returncode, heavy) == (0, [])
