"""Programs that fail: each sample ends in one clear line, and the next one finds a program that runs."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ModelError
from tests.models.process.asking import (
    ANSWERING,
    QUESTION,
    answer,
    answers,
    error_of,
    has_ended,
    is_running,
    lines,
)

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.models.process.model import ProcessModel
    from tests.models.process.conftest import Serve


def on_request(number: int, does: str) -> str:
    """A program that does something at the request of that number (counted over all starts), else answers."""
    return f"""
say(ready=True)
for request in requests():
    if request["id"] == "{number}":
        {does}
    say(id=request["id"], text="A")
"""


def given_up(model: ProcessModel, *, within: float) -> None:
    with pytest.raises((TimeoutError, asyncio.TimeoutError)):
        answer(model, within=within)


def test_junk_on_stdout_is_passed_over(serve: Serve) -> None:
    model = serve(
        """
print("loading weights")
sys.stdout.buffer.write(b"\\xff\\xfe\\x00 no text\\n[1, 2]\\n3\\nnull\\n\\n" + b"[" * 100000 + b"\\n")
print("{" + '"a":' * 50000)
say(progress=1)
print("10 %\\r100 %\\r", end="")
say(ready=True, protocol=1)
for request in requests():
    print("{'loss': 1.0}")
    print('{"loss": 1.0}')
    say(id="999", text="wrong")
    say(id=None, text="wrong")
    say(id=[1], text="wrong")
    say(id=True, text="wrong")
    print("step 1\\rstep 2\\r", end="")
    say(id=request["id"], text="A")
    say(id=request["id"], text="twice")
"""
    )

    assert [answer(model).text for _ in range(3)] == ["A", "A", "A"]


def test_numbers_that_are_none_make_costs_unknown(serve: Serve) -> None:
    model = serve(
        """
say(ready=True)
for request in requests():
    print('{"id": "%s", "text": "A", "usage": {"cost": NaN, "images": -Infinity, "input_tokens": %s, '
          '"output_tokens": 1e999}}' % (request["id"], "9" * 10000), flush=True)
"""
    )

    output = answer(model)

    assert (output.text, output.usage) == ("A", None)


@pytest.mark.parametrize("broken", ['{"id": "%s", "text": "A', '{"id": %s, "text": "A"}}', '{"id":"%s","text":\'A\'}'])
def test_a_reply_that_is_no_json_is_an_error_at_once(serve: Serve, broken: str) -> None:
    source = f"""
say(ready=True)
for request in requests():
    if request["id"] == "1":
        print({broken!r} % request["id"], flush=True)
    else:
        say(id=request["id"], text="A")
"""
    model = serve(source)

    assert "is no JSON that can be read" in error_of(model)
    assert answer(model).text == "A"


def test_a_program_that_dies_in_an_answer_is_an_error_with_its_last_words_and_started_again(
    serve: Serve, tmp_path: Path
) -> None:
    model = serve(on_request(2, r'sys.exit("Traceback\n  RuntimeError: CUDA\x1b[31m out of memory\x1b[0m")'))

    assert answer(model).text == "A"
    reason = error_of(model)
    assert answer(model).text == "A"

    assert reason.endswith(" ended with exit code 1; its stderr ends: Traceback | RuntimeError: CUDA out of memory")
    assert lines(tmp_path / "asked") == ["1", "2", "3"]
    assert len(lines(tmp_path / "pids")) == 2


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("SIGKILL", "was ended by SIGKILL (did the machine run out of memory?); it wrote nothing to stderr"),
        ("SIGSEGV", "was ended by SIGSEGV; it wrote nothing to stderr"),
    ],
)
def test_a_program_that_a_signal_ends_says_which(serve: Serve, how: str, said: str) -> None:
    model = serve(on_request(1, f"os.kill(os.getpid(), signal.{how})"))

    assert error_of(model).endswith(said)
    assert answer(model).text == "A"


def test_a_last_reply_before_the_end_counts_and_the_next_request_finds_a_new_program(
    serve: Serve, tmp_path: Path
) -> None:
    model = serve('say(ready=True)\nfor request in requests():\n    say(id=request["id"], text="A")\n    os._exit(3)\n')

    for number in range(3):
        assert answer(model).text == "A"
        assert has_ended(lines(tmp_path / "pids")[number])

    assert len(lines(tmp_path / "pids")) == 3


def test_a_program_that_ends_while_nobody_asks_is_started_again(serve: Serve, tmp_path: Path) -> None:
    model = serve(ANSWERING)
    answer(model)
    (pid,) = lines(tmp_path / "pids")

    os.kill(int(pid), 9)
    assert has_ended(pid)

    assert answer(model).text == "A"
    assert len(lines(tmp_path / "pids")) == 2


def test_a_program_that_dies_at_its_start_is_started_so_often_and_no_more(serve: Serve, tmp_path: Path) -> None:
    model = serve('print("half of the weights", flush=True)\nsys.exit("no such checkpoint")', restarts=2)

    reasons = [error_of(model) for _ in range(5)]

    first = f"the program {sys.executable!r} ended with exit code 1; its stderr ends: no such checkpoint"
    first += "; lines on stdout that are no reply: 1, the last: half of the weights"
    assert reasons[:3] == [first] * 3
    assert reasons[3] == reasons[4]
    assert reasons[3] == (
        "the program was lost 3 times in a row without an answer in between, and is not started again "
        f"(restarts: 2); the last time: {first}"
    )
    assert len(lines(tmp_path / "pids")) == 3


def test_an_answer_in_between_begins_the_count_of_losses_anew(serve: Serve, tmp_path: Path) -> None:
    source = """
say(ready=True)
for request in requests():
    if int(request["id"]) % 2:
        sys.exit(1)
    say(id=request["id"], text="A")
"""
    model = serve(source, restarts=1)

    for _ in range(4):
        assert "ended with exit code 1" in error_of(model)
        assert answer(model).text == "A"

    assert len(lines(tmp_path / "pids")) == 5


def test_each_of_several_requests_that_were_lost_together_is_an_error_and_none_is_asked_again(
    serve: Serve, tmp_path: Path
) -> None:
    source = """
say(ready=True)
seen = 0
for request in requests():
    if int(request["id"]) <= 3:
        seen += 1
        if seen == 3:
            sys.exit(1)
        continue
    say(id=request["id"], text="A")
"""
    model = serve(source, concurrency=3)

    outputs = answers(model, *[QUESTION] * 5)

    failed = [output for output in outputs if isinstance(output, ModelError)]
    assert len(failed) == 3
    assert sorted(lines(tmp_path / "asked"), key=int) == ["1", "2", "3", "4", "5"]


def test_a_late_reply_to_a_request_that_was_given_up_is_ignored(serve: Serve, tmp_path: Path) -> None:
    model = serve(on_request(2, 'time.sleep(1.5); note("late", "yes")'))
    answer(model)

    given_up(model, within=0.5)
    output = answer(model)

    assert output.text == "A"
    assert output.timing is not None
    assert output.timing.waiting > 0.5
    assert lines(tmp_path / "late") == ["yes"]
    assert len(lines(tmp_path / "pids")) == 1


def test_a_program_that_hangs_is_started_anew_for_the_next_request(serve: Serve, tmp_path: Path) -> None:
    model = serve(on_request(2, "time.sleep(600)"), patience=0.5)
    answer(model)

    given_up(model, within=0.5)

    assert answer(model).text == "A"
    old, _ = lines(tmp_path / "pids")
    assert has_ended(old)
    assert lines(tmp_path / "asked") == ["1", "2", "3"]


def test_a_program_that_hangs_deaf_to_signals_is_killed(serve: Serve, tmp_path: Path) -> None:
    model = serve("signal.signal(signal.SIGTERM, signal.SIG_IGN)" + on_request(2, "time.sleep(600)"), patience=0)
    answer(model)

    given_up(model, within=0.5)

    assert answer(model).text == "A"
    assert has_ended(lines(tmp_path / "pids")[0])


def test_one_hanging_answer_of_several_does_not_end_a_program_that_answers_others(serve: Serve, tmp_path: Path) -> None:
    source = """
say(ready=True)
for request in requests():
    if request["id"] != "1":
        time.sleep(0.2)
        say(id=request["id"], text="A")
"""
    model = serve(source, concurrency=2, patience=1)

    async def scenario() -> list[str | None]:
        with pytest.raises((TimeoutError, asyncio.TimeoutError)):
            await asyncio.wait_for(model.answer(QUESTION), 1)
        return [(await model.answer(QUESTION)).text for _ in range(10)]

    assert asyncio.run(scenario()) == ["A"] * 10
    assert len(lines(tmp_path / "pids")) == 1


def test_a_program_that_never_says_it_is_ready_is_ended(serve: Serve, tmp_path: Path) -> None:
    model = serve('for request in requests():\n    say(id=request["id"], text="A")\n', start_timeout=1, restarts=0)

    reason = error_of(model)

    assert "did not say that it is ready within 1 s (start_timeout): it was ended" in reason
    assert has_ended(lines(tmp_path / "pids")[0])
    assert "is not started again" in error_of(model)


def test_a_start_outlives_the_request_that_caused_it(serve: Serve, tmp_path: Path) -> None:
    model = serve("time.sleep(1.5)" + ANSWERING)

    given_up(model, within=0.3)

    assert answer(model).text == "A"
    assert len(lines(tmp_path / "pids")) == 1
    assert len(lines(tmp_path / "asked")) == 1


@pytest.mark.parametrize(
    ("ready", "said"),
    [
        ("protocol=2", "speaks protocol 2; this version speaks 1"),
        ("protocol='1'", "speaks protocol '1'; this version speaks 1"),
        ("revision='w-8'", "says that its revision is 'w-8'; the settings say 'w-7'"),
    ],
)
def test_a_program_of_another_protocol_or_revision_is_not_asked(serve: Serve, ready: str, said: str) -> None:
    model = serve(f"say(ready=True, {ready})\nfor request in requests(): pass", revision="w-7", restarts=0)

    assert said in error_of(model)


def test_a_program_of_the_revision_of_the_settings_is_asked(serve: Serve) -> None:
    assert answer(serve(ANSWERING.replace("ready=True", "ready=True, revision=7"), revision="7")).text == "A"


def test_megabytes_on_stderr_block_nothing_and_the_last_lines_are_quoted(serve: Serve) -> None:
    source = """
for number in range(200_000):
    print("warning", number, file=sys.stderr)
"""
    model = serve(source + on_request(2, "sys.exit('the end')"))

    assert answer(model).text == "A"
    reason = error_of(model)

    assert reason.endswith("| warning 199999 | the end")
    assert len(reason) < 1300


def test_secrets_of_the_environment_are_not_quoted(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INHERITED_API_KEY", "inherited-secret")
    source = "print('on stdout', os.environ['HF_TOKEN'], flush=True)\n"
    source += "sys.exit(os.environ['INHERITED_API_KEY'] + os.environ['HF_TOKEN'])"

    reason = error_of(serve(source, env={"HF_TOKEN": "own-secret"}))

    assert "secret" not in reason
    assert "******" in reason


def test_a_child_of_the_program_that_holds_its_pipes_open_delays_nothing_and_ends_with_it(
    serve: Serve, tmp_path: Path
) -> None:
    source = "note('children', subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)\n"
    model = serve(source + on_request(2, "os._exit(5)"))
    answer(model)
    started = time.monotonic()

    assert "ended with exit code 5" in error_of(model)

    assert time.monotonic() - started < 10
    assert has_ended(lines(tmp_path / "children")[0])
    assert answer(model).text == "A"
    model.close()
    assert all(has_ended(pid) for name in ("pids", "children") for pid in lines(tmp_path / name))


def test_a_fork_that_goes_on_in_the_place_of_the_program_is_ended(serve: Serve, tmp_path: Path) -> None:
    source = "if os.fork():\n    os._exit(0)\nnote('forks', os.getpid())\ntime.sleep(3)\n" + ANSWERING

    assert "ended with exit code 0" in error_of(serve(source))
    assert all(has_ended(pid) for pid in lines(tmp_path / "forks"))


@pytest.mark.parametrize(
    ("pipe", "closing"),
    [
        ("stdin", "os.close(0)\n    say(ready=True)"),
        ("stdout", "say(ready=True)\n    sys.stdin.readline()\n    os.close(1)"),
    ],
)
def test_a_program_that_closes_a_pipe_and_goes_on_is_ended(
    serve: Serve, tmp_path: Path, pipe: str, closing: str
) -> None:
    source = f"if len(open('pids').readlines()) == 1:\n    {closing}\n    time.sleep(600)\n"
    model = serve(source + ANSWERING)

    assert f"closed its {pipe}, though it goes on running: it was ended" in error_of(model)
    assert has_ended(lines(tmp_path / "pids")[0])
    assert answer(model).text == "A"


def test_a_line_that_is_too_long_is_an_error_and_the_program_is_started_anew(serve: Serve, tmp_path: Path) -> None:
    source = """
say(ready=True)
for request in requests():
    say(id=request["id"], text="A" * (3_000_000 if request["id"] == "1" else 900_000))
"""
    model = serve(source, max_line_mb=1)

    assert "wrote a line of more than 1 MB (max_line_mb): it was ended" in error_of(model)
    assert len(str(answer(model).text)) == 900_000
    assert len(lines(tmp_path / "pids")) == 2


def test_junk_without_end_is_an_error(serve: Serve) -> None:
    model = serve('while True:\n    print("junk")', restarts=0)

    reason = error_of(model)

    assert "wrote 10000 lines to stdout that are no reply: it was ended" in reason
    assert "the last: " in reason


def test_the_model_closes_a_program_that_waits_for_requests(serve: Serve, tmp_path: Path) -> None:
    model = serve(ANSWERING + 'note("farewell", "yes")')
    answer(model)

    model.close()

    assert lines(tmp_path / "farewell") == ["yes"]
    assert not is_running(lines(tmp_path / "pids")[0])


def test_the_model_ends_a_program_that_does_not_notice_the_end_of_its_stdin(serve: Serve, tmp_path: Path) -> None:
    model = serve(ANSWERING + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)")
    answer(model)
    started = time.monotonic()

    model.close()

    assert 5 < time.monotonic() - started < 12
    assert not is_running(lines(tmp_path / "pids")[0])


def test_the_model_ends_a_program_that_works_without_waiting_for_it(serve: Serve, tmp_path: Path) -> None:
    model = serve(on_request(1, "time.sleep(600)"))
    given_up(model, within=1.5)
    started = time.monotonic()

    model.close()

    assert time.monotonic() - started < 4
    assert not is_running(lines(tmp_path / "pids")[0])


def test_a_program_that_cannot_be_run_is_told_before_the_run_and_when_asked(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("no program", encoding="utf-8")
    (tmp_path / "empty.sh").write_bytes(b"\0")
    (tmp_path / "empty.sh").chmod(0o755)

    missing = serve("", command=["no-such-program-here", "x"])
    plain = serve("", command=["./plain.py"])
    nowhere = serve("", cwd="no/such/folder")

    assert missing.check() == ["command 'no-such-program-here' is not found"]
    assert "cannot be started: FileNotFoundError" in error_of(missing)
    assert plain.check() == ["command './plain.py' is not executable"]
    assert "cannot be started: PermissionError" in error_of(plain)
    assert nowhere.check() == [f"its folder {str(tmp_path / 'no/such/folder')!r} (cwd) does not exist"]
    assert "cannot be started: OSError: [Errno 8] Exec format error" in error_of(serve("", command=["./empty.sh"]))
    assert serve("", command=["./empty.sh"]).check() == []
    assert serve(ANSWERING).check() == []
