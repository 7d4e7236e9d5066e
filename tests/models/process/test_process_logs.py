"""What a program writes to stderr is kept in a file: whole, without secrets, within bounds, and never in the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.engine.evaluator import EvaluationPolicy, Evaluator
from medgen_pytest.errors import ModelError
from medgen_pytest.models.contract import keep_log
from medgen_pytest.models.process.log_file import LogFile, LogStream
from medgen_pytest.store import RunDirectory
from tests.engine.judging import bench_of
from tests.engine.parts import CountingModel
from tests.models.process.asking import answer, error_of
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from pathlib import Path

    from tests.models.process.conftest import Serve

KEY = "the-key-of-this-test"
NOBODYS = Secrets()
TALKING = """
print("loading weights", file=sys.stderr)
say(ready=True)
for request in requests():
    print("step", request["id"], "with", os.environ.get("LAB_TOKEN"), "and é", file=sys.stderr, flush=True)
    if request["id"] == "2":
        sys.exit("no memory")
    say(id=request["id"], text="A")
"""


class Written:
    """A file that is held in memory."""

    def __init__(self, *secrets: str) -> None:
        self.text = ""
        self._secrets = Secrets([{"secret": secret} for secret in secrets])

    def mask(self, text: str) -> str:
        return self._secrets.mask(text)

    def write(self, text: str) -> None:
        self.text += text


def log_of(path: Path) -> list[str]:
    """The lines of a log, its own ones without the time."""
    text = path.read_text(encoding="utf-8")
    return [re.sub(r"^\[medgen \S+ \S+ UTC: ", "[", line) for line in text.splitlines()]


def test_stderr_of_every_start_is_kept_without_secrets(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "logs" / "mine-main.log"
    model = serve(TALKING, env={"LAB_TOKEN": KEY})
    keep_log(model, path, secrets=NOBODYS)
    assert not path.parent.exists()

    answer(model)
    assert "ended with exit code 1; its stderr ends: " in error_of(model)
    answer(model)
    model.close()

    lines = [re.sub(r"process \d+", "process N", line) for line in log_of(path)]
    assert [line for line in lines if not line.startswith("[")] == [
        "loading weights",
        "step 1 with *** and é",
        "step 2 with *** and é",
        "no memory",
        "loading weights",
        "step 3 with *** and é",
    ]
    assert [line for line in lines if line.startswith("[")] == [
        lines[0],
        "[process N ended with exit code 1]",
        lines[0],
        "[process N ended with exit code 0]",
    ]
    assert lines[0].endswith(" starts as process N]")


def test_secrets_of_the_run_stand_in_no_log(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "mine.log"
    model = serve(
        f'print("got {KEY}", file=sys.stderr)\nsay(ready=True)\nfor r in requests(): say(id=r["id"], text="A")'
    )
    keep_log(model, path, secrets=Secrets([{"key": KEY}]))

    answer(model)
    model.close()

    assert "got ***" in log_of(path)


def test_a_log_that_cannot_be_written_does_not_hold_up_the_answers(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be", encoding="utf-8")
    model = serve(TALKING)
    keep_log(model, tmp_path / "logs" / "mine.log", secrets=NOBODYS)

    assert answer(model).text == "A"


def test_an_evaluation_keeps_the_log_beside_its_results(serve: Serve, tmp_path: Path) -> None:
    store = RunDirectory(tmp_path / "run")
    store.create({})
    policy = EvaluationPolicy(worker="gw3", timeout=30, on_size_mismatch="resize")
    evaluator = Evaluator(models={"Mine/1": serve(TALKING)}, metrics=(), store=store, policy=policy)

    evaluator.evaluate(make_sample(Task.QUESTION_ANSWERING), model="Mine/1")
    evaluator.close()

    (path,) = (tmp_path / "run" / "logs").iterdir()
    assert re.fullmatch(r"Mine_1-[0-9a-f]{8}-gw3\.log", path.name)
    assert "loading weights" in log_of(path)
    assert len(store.load().results) == 1


JUDGING = """
print("judging with", os.environ.get("LAB_TOKEN"), file=sys.stderr)
say(ready=True)
for request in requests():
    names = request["json_schema"]["properties"]["scores"]["properties"]
    judgement = {"analysis": "Looked at it.", "scores": dict.fromkeys(names, 8), "overall": 8}
    say(id=request["id"], text=json.dumps(judgement))
"""


def test_the_log_of_a_program_that_judges_is_kept_as_that_of_a_model(serve: Serve, tmp_path: Path) -> None:
    store = RunDirectory(tmp_path / "run")
    store.create({})
    bench = bench_of(serve(JUDGING, env={"LAB_TOKEN": KEY}))
    policy = EvaluationPolicy(worker="gw3", timeout=30, on_size_mismatch="resize", bench=bench)
    evaluator = Evaluator(models={"m": CountingModel()}, metrics=(), store=store, policy=policy)

    made = evaluator.evaluate(make_sample(Task.QUESTION_ANSWERING), model="m")
    evaluator.close()

    assert {score.value for score in made.result.scores.values()} == {8.0}
    (path,) = (tmp_path / "run" / "logs").iterdir()
    assert path.name == "judge-a-gw3.log"
    assert "judging with ***" in log_of(path)


def test_a_program_that_never_starts_leaves_no_log(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "mine.log"
    model = serve("", command=["nowhere-to-be-found"])
    keep_log(model, path, secrets=NOBODYS)

    with pytest.raises(ModelError, match="cannot be started"):
        answer(model)

    assert not path.exists()


def test_a_file_that_is_full_is_set_aside_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.log"
    log = LogFile(path, secrets=[], most=100)

    for number in range(30):
        log.write(f"line {number:02d} of a program\n")

    old = path.with_name("mine.log.old").read_text(encoding="utf-8").splitlines()
    note, *new = path.read_text(encoding="utf-8").splitlines()
    assert note == "[medgen: what came before stands in mine.log.old, and what came before that is gone]"
    assert [line for line in (*old, *new) if line.startswith("line")] == [
        f"line {number:02d} of a program" for number in range(30 - len(new) - len(old) + 1, 30)
    ]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.log", "mine.log.old"]


def test_a_log_goes_on_where_an_earlier_session_ended(tmp_path: Path) -> None:
    for text in ("first\n", "second\n"):
        LogFile(tmp_path / "mine.log", secrets=[]).write(text)

    assert log_of(tmp_path / "mine.log") == ["first", "second"]


@given(st.text(alphabet="abé\n\r\U0001f600", max_size=60), st.lists(st.integers(1, 7), min_size=1, max_size=60))
def test_whatever_the_pieces_the_text_is_the_same(text: str, sizes: list[int]) -> None:
    file = Written()
    stream = LogStream(file)  # type: ignore[arg-type]  # it writes and masks as one does
    data, place = text.encode(), 0

    for size in [*sizes, len(data)]:
        stream.add(data[place : place + size])
        place += size
    stream.end()

    assert file.text in {text, f"{text}\n"}


@given(st.integers(0, 60), st.integers(1, 30))
def test_a_secret_that_comes_in_pieces_is_masked(before: int, size: int) -> None:
    file = Written(KEY)
    stream = LogStream(file)  # type: ignore[arg-type]  # as above
    data = f"{'x' * before}{KEY} end\n".encode()

    for place in range(0, len(data), size):
        stream.add(data[place : place + size])

    assert file.text == f"{'x' * before}*** end\n"


def test_a_secret_in_a_line_without_end_is_masked_wherever_the_line_is_cut() -> None:
    file = Written(KEY)
    stream = LogStream(file)  # type: ignore[arg-type]  # as above
    text = (("x" * 97) + KEY) * 3000

    for place in range(0, len(text), 61):
        stream.add(text[place : place + 61].encode())
    assert len(file.text) > 200_000
    stream.end()

    assert file.text == f"{('x' * 97 + '***') * 3000}\n"


def test_what_has_no_end_of_line_is_written_when_the_stream_ends_or_a_line_grows_too_long() -> None:
    file = Written()
    stream = LogStream(file)  # type: ignore[arg-type]  # as above

    stream.add(b"10 %\r20 %")
    assert file.text == "10 %\r"
    stream.add(b"x" * 200_000)
    assert 190_000 < len(file.text) < 200_000
    stream.end()

    assert file.text == f"10 %\r20 %{'x' * 200_000}\n"
