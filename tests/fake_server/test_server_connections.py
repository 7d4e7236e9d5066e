"""Connections: keep-alive, many at once, limits, sizes, and bytes that are no HTTP."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.fake_server import FakeServer, FakeServerSettings
from medgen_pytest.fake_server.limits import RateLimit
from medgen_pytest.fake_server.listener import Listener
from tests.fake_server.asking import chat, png

if TYPE_CHECKING:
    from tests.fake_server.conftest import Serve

PATH = "/v1/chat/completions"


async def ask_together(url: str, count: int) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30, trust_env=False) as client:
        return await asyncio.gather(*(client.post(PATH, json=chat(str(index))) for index in range(count)))


def talk(server: FakeServer, data: bytes) -> bytes:
    """What the server sends to a client that sends some bytes and then nothing more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(data)
        raw.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: raw.recv(65536), b""))


def has_ended(client: socket.socket) -> bool:
    """Whether the server resets or closes the connection before the patience of its socket is over."""
    with client:
        try:
            return client.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


def wait_until(client: httpx.Client, *, is_there: bool) -> None:
    """Waits until the server answers, or until it does not."""
    for _ in range(200):
        try:
            found = client.get("/v1/models").status_code == 200
        except httpx.TransportError:
            found = False
        if found is is_there:
            return
        time.sleep(0.02)
    pytest.fail(f"the server was expected to be {'there' if is_there else 'away'}")


def test_two_hundred_requests_are_served_at_once(serve: Serve) -> None:
    server, _ = serve(latency=0.5)

    replies = asyncio.run(ask_together(server.url, 200))

    assert {reply.status_code for reply in replies} == {200}
    assert (server.stats.answered, server.stats.in_flight) == (200, 0)
    assert server.stats.max_in_flight > 50


def test_answers_are_the_same_whatever_the_order_and_concurrency(serve: Serve) -> None:
    server, client = serve()
    alone = [client.post(PATH, json=chat(str(index))).content for index in range(30)]

    together = [reply.content for reply in asyncio.run(ask_together(server.url, 30))]

    assert together == alone


def test_a_connection_serves_one_request_after_another(serve: Serve) -> None:
    server, client = serve()

    for index in range(5):
        client.post(PATH, json=chat(str(index), png()))

    assert server.stats.connections == 1


def test_requests_that_come_before_their_turn_are_answered_in_order(serve: Serve) -> None:
    server, _ = serve(latency=0.05)
    body = b'{"prompt":"x"}'
    head = b"POST /v1/answer HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n"

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall((head + body) * 2 + b"GET /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        seen = b"".join(iter(lambda: raw.recv(65536), b""))

    assert seen.count(b"HTTP/1.1 200") == 3
    assert seen.index(b'"usage"') < seen.index(b'"owned_by"')


def test_more_at_once_than_allowed_are_told_to_come_again(serve: Serve) -> None:
    server, _ = serve(latency=1.5, max_concurrent=3)

    replies = asyncio.run(ask_together(server.url, 10))

    statuses = [reply.status_code for reply in replies]
    assert (statuses.count(200), statuses.count(429)) == (3, 7)
    assert {reply.headers.get("retry-after") for reply in replies if reply.status_code == 429} == {"1"}
    assert server.stats.limited == 7


def test_more_a_minute_than_allowed_are_told_to_come_again(serve: Serve) -> None:
    server, client = serve(requests_per_minute=1)

    first, second = client.post(PATH, json=chat("a")), client.post(PATH, json=chat("b"))

    assert (first.status_code, second.status_code) == (200, 429)
    assert 58 <= int(second.headers["retry-after"]) <= 60
    assert server.requests[1].result == "limited"


def test_the_rate_fills_at_an_even_pace() -> None:
    now = 0.0
    rate = RateLimit(120, clock=lambda: now)

    at_once = [rate.take() for _ in range(3)]
    now = 0.5
    later = [rate.take() for _ in range(2)]

    assert at_once == [0, 0, 1]
    assert later == [0, 1]


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(serve: Serve, *, is_declared: bool) -> None:
    server, client = serve(max_request_bytes=1024)
    body = b"x" * 200_000

    content = body if is_declared else (body[start : start + 1000] for start in range(0, len(body), 1000))
    reply = client.post(PATH, content=content, headers={"content-type": "application/json"})

    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "request_too_large")
    assert server.requests[0].result == "refused"
    assert client.post(PATH, json={}).status_code == 400


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /v1/answer HTTP/1.1\r\nhost: x\r\ncontent-length: many\r\n\r\n",
        b"GET /" + b"a" * 30_000 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_http_is_refused_and_the_server_lives_on(serve: Serve, data: bytes) -> None:
    server, client = serve()

    said = talk(server, data)

    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
    assert client.get("/v1/models").status_code == 200


@pytest.mark.parametrize("data", [b"", b"POST /v1/answer HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf"])
def test_a_client_that_leaves_early_is_let_go(serve: Serve, data: bytes) -> None:
    server, client = serve()

    talk(server, data)

    assert client.get("/v1/models").status_code == 200
    assert server.stats.in_flight == 0


def test_a_client_that_waits_for_100_continue_gets_it(serve: Serve) -> None:
    server, _ = serve()
    head = b"POST /v1/answer HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n"

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(head + b"content-length: 14\r\nconnection: close\r\n\r\n")
        first = raw.recv(1000)
        raw.sendall(b'{"prompt":"x"}')
        rest = b"".join(iter(lambda: raw.recv(65536), b""))

    assert first.startswith(b"HTTP/1.1 100")
    assert rest.startswith(b"HTTP/1.1 200")


def test_latency_is_counted_from_the_request(serve: Serve) -> None:
    _, client = serve(latency=0.2)

    reply = client.post(PATH, json=chat())

    assert reply.elapsed.total_seconds() >= 0.2


def test_a_spread_gives_each_content_its_own_latency(serve: Serve) -> None:
    _, client = serve(latency=0.1, latency_spread=1)

    times = [client.post(PATH, json=chat(str(index))).elapsed.total_seconds() for index in range(12)]

    assert max(times) - min(times) > 0.05


def test_a_port_that_is_taken_is_told_in_one_line(serve: Serve) -> None:
    server, _ = serve()

    with pytest.raises(ConfigError, match=rf"cannot listen on 127\.0\.0\.1:{server.port}: "):
        FakeServer(FakeServerSettings(port=server.port)).start()


def test_a_pause_can_be_asked_for_over_http(serve: Serve) -> None:
    _, client = serve()

    client.post("/_fake/pause", json={"seconds": 0.5})

    wait_until(client, is_there=False)
    wait_until(client, is_there=True)
    assert client.post("/_fake/pause", json={"seconds": -1}).status_code == 400
    assert client.post("/_fake/pause", content=b"").status_code == 400


@pytest.mark.parametrize("turns", range(7))
def test_a_pause_ends_connections_at_whatever_stage_of_being_accepted(turns: int) -> None:
    async def pause_after_connecting() -> list[bool]:
        listener = Listener(FakeServerSettings())
        await listener.start()
        clients = [socket.create_connection(("127.0.0.1", listener.port), timeout=5) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)

        await listener.pause()

        ended = await asyncio.gather(*(asyncio.to_thread(has_ended, client) for client in clients))
        await listener.stop()
        return ended

    assert asyncio.run(pause_after_connecting()) == [True] * 3


def test_a_server_that_is_closed_ends_what_is_open() -> None:
    with FakeServer(FakeServerSettings(latency=60)) as server:
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        raw.sendall(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 200")
    raw.close()

    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)
