"""A key stands nowhere: not in a file of a run, not in a log, not in what is printed, whatever goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.endpoints.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server import FakeServer
    from tests.endpoints.conftest import Site

FAULTS = ["401=0.2,always", "500=0.2", "html=0.1", "image-broken=0.1", "refusal=0.1"]


def models_of(server: FakeServer) -> dict[str, dict[str, object]]:
    """A model of each protocol."""
    own = {"api_key_env": "OPENAI_API_KEY", "retries": 1}
    chat = {"adapter": "openai_chat", "base_url": f"{server.url}/v1", "model": "vlm-image", "images_out": True, **own}
    return {
        "chat": chat,
        "images": {"adapter": "openai_images", "base_url": f"{server.url}/v1", "model": "gpt-image-1", **own},
        "gemini": {
            "adapter": "gemini",
            "base_url": f"{server.url}/v1beta",
            "model": "gemini-image",
            "images_out": True,
            **own,
        },
        "imagen": {"adapter": "imagen", "base_url": f"{server.url}/v1beta", "model": "imagen-4", **own},
        "pair": {"adapter": "compositional", "text": chat, "image": "imagen"},
    }


@pytest.mark.parametrize("workers", ["-n0", pytest.param("-n2", marks=pytest.mark.slow)])
def test_the_key_is_in_no_file_no_log_and_no_output(site: Site, serve: Callable[..., FakeServer], workers: str) -> None:
    server = serve(faults=FAULTS)
    site.settings(models=models_of(server), limit=8)

    done = site.run(
        workers,
        "--medgen-run-dir=run",
        "--medgen-report-html=true",
        "--log-level=DEBUG",
        "--log-file=log.txt",
        "--showlocals",
        "-rA",
        "-v",
        "--junitxml=junit.xml",
    )

    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-3000:]
    assert server.stats.answered > 0
    assert server.stats.faults["401"] > 0
    log = (site.path / "log.txt").read_text(encoding="utf-8")
    assert workers != "-n0" or "HTTP" in log  # else the libraries' logs were not looked at
    assert KEY not in done.stdout
    assert KEY not in done.stderr
    found = [path for path in site.path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert found == []
