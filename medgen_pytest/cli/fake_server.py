"""`medgen fake-server`: a deterministic stand-in for model endpoints on loopback."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from medgen_pytest.config.environment import expand, with_variables
from medgen_pytest.errors import ConfigError
from medgen_pytest.fake_server.fault import KINDS, parse_fault
from medgen_pytest.fake_server.settings import FakeServerSettings, fake_server_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medgen_pytest.fake_server.journal import Stats
    from medgen_pytest.fake_server.listener import Listener

_DESCRIPTION = """\
Answers as model endpoints do, on this machine alone, from a deterministic model: for dry runs of a
CI job and for tests. The first line that it prints is `listening on http://127.0.0.1:PORT`; it ends
on SIGINT or SIGTERM with exit code 0. With a command after `--` it runs that, with its address in the
environment variable MEDGEN_FAKE_SERVER, and ends when the command does, with the exit code of the command.
"""
_ADDRESS = "MEDGEN_FAKE_SERVER"
_KILLED = 128
"""What a shell adds to the number of the signal that ended a command."""
_ENDPOINTS = """\
endpoints:
  POST /v1/chat/completions                      OpenAI chat (and GET /v1/models)
  POST /v1/images/generations, /v1/images/edits  OpenAI images and compatible servers
  POST /api/v3/images/generations                Seedream on Ark
  POST /v1beta/models/MODEL:generateContent      Gemini (and GET /v1beta/models)
  POST /v1beta/models/MODEL:predict              Imagen
  POST /v1/predictions                           JSON gateway predictions, polled or waited for;
       /v1/models/OWNER/NAME/predictions         GET /v1/predictions/ID, POST .../cancel
  POST /v1/answer                                a plain JSON protocol
  GET  /_fake/requests, /_fake/stats             the journal and its counts
  POST /_fake/reset, /_fake/pause                forget them; be away for {"seconds": N}
"""
_FAULT_USAGE = """\
faults: KIND=RATE[,OPTION...], like 429=0.1 or 500=0.05,number,burst=5
  KIND is a status from 400 to 599, or one of the names below. RATE is a share from 0 to 1.
  once (default), times=N, always   how often the same request meets it before it succeeds
  number, burst=N                   count requests as they arrive, in blocks of N, instead
  path=TEXT                         only requests whose path contains it
  judge, model                      only what a judge is asked, or all but that
"""
_OTHER_FLAGS = {"key", "faults"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    width = max(map(len, KINDS))
    kinds = "\n".join(f"  {kind:<{width}}  {meaning}" for kind, meaning in KINDS.items())
    parser = commands.add_parser(
        "fake-server",
        help="answer as model endpoints do, for dry runs and tests",
        description=_DESCRIPTION,
        epilog=f"{_ENDPOINTS}\n{_FAULT_USAGE}{kinds}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_settings(parser)
    parser.add_argument("--fault", action="append", metavar="FAULT", help="something that goes wrong; see below")
    parser.add_argument(
        "--require-key", metavar="VARIABLE", help="the environment variable with the key that requests must carry"
    )
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="where the port is written when it is known")
    parser.add_argument("command", nargs="*", metavar="-- COMMAND", help="a command to run while it answers, after --")
    parser.set_defaults(run=run)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    for name, field in FakeServerSettings.model_fields.items():
        if name in _OTHER_FLAGS:
            continue
        is_list = isinstance(field.default, tuple)
        shown = ", ".join(field.default) if is_list else field.default
        default = "" if shown in (None, "") else f" (default: {shown})"
        flag = f"--{name.replace('_', '-')}"
        if is_list:
            parser.add_argument(
                flag[:-1], dest=name, action="append", metavar="NAME", help=f"{field.description}{default}; repeatable"
            )
        elif field.annotation is bool:
            parser.add_argument(flag, action="store_true", default=None, help=field.description)
        else:
            words = get_args(field.annotation) if get_origin(field.annotation) is Literal else None
            metavar = None if words else "VALUE"
            parser.add_argument(flag, choices=words, metavar=metavar, help=f"{field.description}{default}")


def run(options: argparse.Namespace) -> int:
    """Serves until a signal comes, exit code 0, or until a command ends, with its exit code."""
    settings = _settings(options)
    stats, code = asyncio.run(_serve(settings, port_file=options.port_file, command=options.command))
    sys.stdout.write(
        f"asked {stats.asked}, answered {stats.answered}, faulted {stats.faulted}, refused {stats.refused},"
        f" limited {stats.limited}, abandoned {stats.abandoned}; answered twice {stats.answered_twice}\n"
    )
    return code


def _settings(options: argparse.Namespace) -> FakeServerSettings:
    names = (name for name in FakeServerSettings.model_fields if name not in _OTHER_FLAGS)
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    if options.fault:
        given["faults"] = _faults(options.fault)
    if options.require_key:
        given["key"] = expand(f"${{{options.require_key}}}")
    return fake_server_settings(given)


def _faults(texts: Iterable[str]) -> tuple[dict[str, object], ...]:
    try:
        return tuple(parse_fault(text) for text in texts)
    except ValueError as error:
        raise ConfigError(f"fake server: {error}") from error


async def _serve(settings: FakeServerSettings, *, port_file: Path | None, command: Sequence[str]) -> tuple[Stats, int]:
    from medgen_pytest.fake_server.listener import Listener

    listener = Listener(settings)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no handlers in its loop: there Ctrl-C ends the command as it ends the others.
        with contextlib.suppress(NotImplementedError):
            # A terminal sends Ctrl-C to the command as well, which then ends in its own way.
            loop.add_signal_handler(number, _nothing if command and number == signal.SIGINT else ended.set)
    try:
        await listener.start()
        _announce(listener, port_file)
        code = await _accompany(command, listener.url, ended) if command else await _until(ended)
    finally:
        await listener.stop()
    return listener.service.stats(), code


async def _until(ended: asyncio.Event) -> int:
    await ended.wait()
    return 0


async def _accompany(command: Sequence[str], url: str, ended: asyncio.Event) -> int:
    """Runs a command to its end, or ends it when a signal asks for that; its exit code, as a shell tells it."""
    try:
        process = await asyncio.create_subprocess_exec(*command, env=with_variables(**{_ADDRESS: url}))
    except OSError as error:
        raise ConfigError(f"fake server: {command[0]!r} cannot be run: {error.strerror or error}") from error
    running, asked = asyncio.ensure_future(process.wait()), asyncio.ensure_future(ended.wait())
    await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        process.terminate()
    code = await running
    asked.cancel()
    return code if code >= 0 else _KILLED - code


def _nothing() -> None:
    """What Ctrl-C does to a server whose command it ends."""


def _announce(listener: Listener, port_file: Path | None) -> None:
    if port_file is not None:
        try:
            port_file.write_text(f"{listener.port}\n", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"the port file {port_file} cannot be written: {error.strerror or error}") from error
    sys.stdout.write(f"listening on {listener.url}\n")
    sys.stdout.flush()
