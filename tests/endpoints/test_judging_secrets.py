"""The key of a judge stands nowhere, also where the judge says it back in errors and judgements."""

from __future__ import annotations

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.endpoints.conftest import JUDGE_KEY, KEY
from tests.endpoints.judges import judgements_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.endpoints.conftest import Site


def judgement(body: Any, said: str) -> str:
    """A judgement by the form that a question ends with, which quotes what was said."""
    (text,) = [part["text"] for part in body["messages"][-1]["content"] if part["type"] == "text"]
    form = json.loads(text.splitlines()[-1])
    return json.dumps({"analysis": f"I was sent {said}.", "scores": dict.fromkeys(form["scores"], 8), "overall": 8})


def reply(number: int, body: Any, key: str) -> tuple[int, dict[str, object]]:
    """Status and body of the so many-th reply: whatever it is, it says the key back."""
    if number % 4 == 0:
        return 401, {"error": {"message": f"Incorrect API key provided: {key}.", "code": "invalid_api_key"}}
    if number % 4 == 1:
        return 500, {"error": {"message": f"The upstream refused {key}"}}
    text = judgement(body, key) if number % 4 == 2 else f"No judgement for {key}"
    return 200, {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}


@pytest.fixture
def telltale() -> Iterator[str]:
    """The address of a judge that says back the key that it was sent."""
    numbers = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            key = self.headers.get("authorization", "").removeprefix("Bearer ") or self.headers["x-lab-token"]
            status, value = reply(next(numbers), body, key)
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def files_with_the_key(folder: Path) -> list[Path]:
    """The files that it stands in."""
    return [path for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_the_key_of_the_judge_is_in_no_file_no_log_and_no_output(small_site: Site, telltale: str) -> None:
    endpoint = {"adapter": "openai_chat", "base_url": telltale, "model": "judging-vlm", "retries": 0}
    small_site.settings(
        models={"lab": {**endpoint, "headers": {"X-Lab-Token": f"${{{JUDGE_KEY}}}"}}},
        judge={**endpoint, "api_key_env": JUDGE_KEY},
        max_consecutive_errors=0,
    )

    done = small_site.run(
        "--model=oracle",
        "--medgen-run-dir=run",
        "--medgen-report-html=true",
        "--log-level=DEBUG",
        "--log-file=log.txt",
        "--showlocals",
        "-rA",
        "-v",
        "--junitxml=junit.xml",
    )
    again = small_site.medgen("rejudge", "run", "--judge=lab", "--name=lab", "--max-consecutive-errors=0")

    for found in (judgements_of(small_site.records()), judgements_of(small_site.records("run/judgings/lab"))):
        assert any("I was sent ***" in str(one.get("analysis")) for one in found)
        assert any("HTTP 401" in str(one.get("reason")) for one in found)
        assert any("HTTP 500" in str(one.get("reason")) for one in found)
        assert any("No judgement for ***" in str(one.get("raw")) for one in found)
    assert "HTTP" in (small_site.path / "log.txt").read_text(
        encoding="utf-8"
    )  # else the libraries' logs were not looked at
    assert files_with_the_key(small_site.path) == []
    assert KEY not in done.stdout + done.stderr + again.stdout + again.stderr
