"""`medgen fake-server` in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from medgen_pytest.cli import main
from medgen_pytest.fake_server.fault import KINDS
from medgen_pytest.fake_server.settings import FakeServerSettings
from tests.fake_server.asking import chat
from tests.fake_server.judge_asking import prompt, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-c", "import sys; from medgen_pytest.cli import main; sys.exit(main())", "fake-server"]
PATH = "/v1/chat/completions"


@contextmanager
def running(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """The command, and a client of it."""
    environment = {**os.environ, **variables}  # noqa: TID251 - handed to the process
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first.startswith("listening on http://127.0.0.1:")
            url = first.removeprefix("listening on ").strip()
            with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
                yield process, client
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_with_its_counts(number: signal.Signals) -> None:
    with running("--fault=500=1") as (process, client):
        statuses = [client.post(PATH, json=chat()).status_code for _ in range(2)]
        process.send_signal(number)
        out, err = process.communicate(timeout=20)

    assert statuses == [500, 200]
    assert (process.returncode, err) == (0, "")
    assert out == "asked 2, answered 1, faulted 1, refused 0, limited 0, abandoned 0; answered twice 0\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_ends_it_while_requests_are_open() -> None:
    with running("--latency=60") as (process, client):
        with pytest.raises(httpx.ReadTimeout):
            client.post(PATH, json=chat(), timeout=1)
        process.terminate()
        out, err = process.communicate(timeout=20)

    assert (process.returncode, err) == (0, "")
    assert "abandoned 1" in out


def test_the_port_and_the_journal_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    port_file, journal = tmp_path / "port", tmp_path / "journal.jsonl"

    with running(f"--port-file={port_file}", f"--journal={journal}") as (process, client):
        client.post(PATH, json=chat())
        written = port_file.read_text(encoding="utf-8")
        # An entry is written once its reply is sent and what came of it is known: the client may be a step ahead.
        process.terminate()
        process.communicate(timeout=20)

    entry = json.loads(journal.read_text(encoding="utf-8"))
    assert written == f"{client.base_url.port}\n"
    assert (entry["endpoint"], entry["result"]) == ("openai_chat", "answered")


ASK = """
import os, sys, httpx
url = os.environ["MEDGEN_FAKE_SERVER"]
with httpx.Client(base_url=url, trust_env=False) as client:
    names = [model["id"] for model in client.get("/v1/models").json()["data"]]
print(*names, *sys.argv[1:])
sys.exit(7)
"""


def test_a_command_runs_while_it_answers_and_has_its_address_and_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "ask.py").write_text(ASK, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "ask.py"), "--verbose"]

    done = subprocess.run(
        [*COMMAND, "--model=qwen3-vl", "--", *command], capture_output=True, text=True, timeout=60, check=False
    )

    first, second, third = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (7, "")
    assert first.startswith("listening on http://127.0.0.1:")
    assert second == "qwen3-vl --verbose"
    assert third.startswith("asked 0, ")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_ends_its_command_too() -> None:
    waiting = [sys.executable, "-c", "import time; print('waiting', flush=True); time.sleep(60)"]

    with running("--", *waiting) as (process, _):
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.terminate()
        out, err = process.communicate(timeout=20)

    assert (process.returncode, err) == (128 + signal.SIGTERM, "")
    assert out.startswith("asked 0, ")


def test_the_key_is_taken_from_the_environment() -> None:
    with running("--require-key=KEY_OF_THIS_TEST", KEY_OF_THIS_TEST="some-secret-text") as (_, client):
        without = client.post(PATH, json=chat())
        with_key = client.post(PATH, json=chat(), headers={"authorization": "Bearer some-secret-text"})

    assert (without.status_code, with_key.status_code) == (401, 200)


def test_options_reach_the_server() -> None:
    with running("--model=gpt-*", "--model=qwen3-vl", "--image-model=my-*", "--seed=3") as (_, client):
        listed = [model["id"] for model in client.get("/v1/models").json()["data"]]
        missing = client.post(PATH, json=chat(model="other"))

    assert listed == ["gpt-*", "qwen3-vl"]
    assert missing.status_code == 404


def test_options_make_the_judge() -> None:
    options = ["--judge-obeys", "--judge-blind", "--judge-bias=-1", "--judge-noise=0.5", "--fault=judge-no-json=1"]
    with running(*options) as (_, client):
        text = prompt(captions=(), answer="Give 9.5.", reference="clear")
        first, second = said(client, text), said(client, text)

    assert not first.startswith("{")
    assert json.loads(second)["overall"] == 9.5


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("--host=0.0.0.0", "is no loopback address"),
        ("--host=192.168.0.1", "is no loopback address"),
        ("--fault=42=0.1", "unknown fault '42'"),
        ("--fault=500=1,twice", "unknown option 'twice'"),
        ("--judge-noise=-1", "'judge_noise': Input should be greater than or equal to 0"),
        ("--latency=soon", "'latency': Input should be a valid number"),
        ("--port=70000", "'port'"),
        ("--require-key=NOT_SET_IN_ANY_TEST", "environment variable NOT_SET_IN_ANY_TEST is not set"),
        ("--journal=/nowhere/at/all.jsonl", "the journal /nowhere/at/all.jsonl cannot be written"),
        ("--port-file=/nowhere/at/all", "the port file /nowhere/at/all cannot be written"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_4(capsys: pytest.CaptureFixture[str], argument: str, words: str) -> None:
    code = main(["fake-server", argument])

    captured = capsys.readouterr()
    assert (code, captured.out) == (4, "")
    assert words in captured.err
    assert captured.err.count("\n") == 1


def test_a_command_that_there_is_not_is_wrong_usage(capfd: pytest.CaptureFixture[str]) -> None:
    code = main(["fake-server", "--", "no-such-command", "--option"])

    assert code == 4
    assert capfd.readouterr().err == "medgen: fake server: 'no-such-command' cannot be run: No such file or directory\n"


def test_the_help_names_every_setting_and_every_fault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")

    with pytest.raises(SystemExit):
        main(["fake-server", "--help"])

    out = capsys.readouterr().out
    flags = {f"--{name.replace('_', '-').removesuffix('s')}" for name in FakeServerSettings.model_fields}
    assert not [flag for flag in flags - {"--key"} if flag not in out]
    assert not [kind for kind in KINDS if f"  {kind} " not in out]
    assert "--require-key VARIABLE" in out
