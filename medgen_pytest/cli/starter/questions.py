"""Questions: what a terminal is asked that no flag has said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from medgen_pytest.cli.starter.answers import (
    NONE,
    SERVICES,
    USUAL_GATE,
    USUAL_SHARDS,
    services_of,
    shards_of,
    usual_requirement,
)
from medgen_pytest.cli.starter.model_answer import ENDPOINT_ADAPTERS, NOWHERE, USUAL_ADAPTER, Access, judge_of, model_of
from medgen_pytest.cli.starter.told import USUAL_MODEL, Told, gates_of
from medgen_pytest.config.settings import EMBEDDED_DATASET
from medgen_pytest.errors import ConfigError, MedgenError, check_names

if TYPE_CHECKING:
    from collections.abc import Callable

_ADDRESSES = ("http://", "https://")


class Terminal:
    """Asks one line at a time, again until the reply can be used."""

    def __init__(self, reader: TextIO, writer: TextIO) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, line: str) -> None:
        """Tells something that is no question."""
        self._writer.write(f"{line}\n")

    def ask(self, question: str, *, usual: str, check: Callable[[str], object] = str) -> str:
        """The reply, or what is usual where it is empty. Raises ConfigError when nothing more is to be read."""
        while True:
            self._writer.write(f"{question} [{usual}]: ")
            self._writer.flush()
            line = self._reader.readline()
            if not line:
                self._writer.write("\n")
                raise ConfigError("the questions were not answered to the end; nothing was written")
            reply = line.strip() or usual
            try:
                check(reply)
            except MedgenError as error:
                self.say(f"  {error}")
            else:
                return reply


def ask_for_the_rest(told: Told, terminal: Terminal) -> Told:
    """What was told, with a reply for everything that was not. Raises ConfigError."""
    for ask in (_dataset, _model, _judge, _gate, _services, _requirement):
        told = ask(told, terminal)
    return told


def _dataset(told: Told, terminal: Terminal) -> Told:
    if told.dataset is not None:
        return told
    return replace(told, dataset=terminal.ask("dataset: a folder, or demo", usual=EMBEDDED_DATASET))


def _model(told: Told, terminal: Terminal) -> Told:
    if told.model is not None:
        return told
    if told.access.base_url is not None:
        return replace(told, model=_identifier(terminal, told.access))
    reply = terminal.ask(
        "model: copy-input, python:MODULE:ATTR, or the address of an endpoint", usual=USUAL_MODEL, check=_check_model
    )
    if not reply.startswith(_ADDRESSES):
        return replace(told, model=reply)
    adapter = told.access.adapter or terminal.ask(
        f"  how it is spoken to: {', '.join(ENDPOINT_ADAPTERS)}", usual=USUAL_ADAPTER, check=_check_adapter
    )
    access = Access(base_url=reply, adapter=adapter, key_env=told.access.key_env or _key(terminal))
    return replace(told, access=access, model=_identifier(terminal, access))


def _judge(told: Told, terminal: Terminal) -> Told:
    if told.judge is not None or told.judge_access != NOWHERE:
        return told
    reply = terminal.ask(
        "judge: the address of an endpoint, python:MODULE:ATTR, or none", usual=NONE, check=_check_judge
    )
    if not reply.startswith(_ADDRESSES):
        return replace(told, judge=reply)
    access = Access(base_url=reply, key_env=_key(terminal))
    return replace(told, judge_access=access, judge=_identifier(terminal, access))


def _gate(told: Told, terminal: Terminal) -> Told:
    if told.gates is not None:
        return told
    reply = terminal.ask(
        "gate: what a release must reach, or none", usual=USUAL_GATE, check=lambda text: gates_of((text,))
    )
    return replace(told, gates=(reply,))


def _services(told: Told, terminal: Terminal) -> Told:
    if told.services is None:
        question = f"CI, with commas between: {', '.join(SERVICES)}, or none"
        told = replace(told, services=terminal.ask(question, usual=",".join(SERVICES), check=services_of))
    if told.shards is None and told.services != NONE:
        told = replace(told, shards=terminal.ask("jobs that share a run", usual=str(USUAL_SHARDS), check=shards_of))
    return told


def _requirement(told: Told, terminal: Terminal) -> Told:
    if told.requirement is not None or told.services == NONE:
        return told
    model = told.model_answer()
    usual = usual_requirement(model, dataset=told.dataset or EMBEDDED_DATASET, directory=told.here)
    return replace(told, requirement=terminal.ask("what a CI job installs, for pip", usual=usual))


def _key(terminal: Terminal) -> str | None:
    reply = terminal.ask("  the variable of the environment that holds its key, or none", usual=NONE)
    return None if reply == NONE else reply


def _identifier(terminal: Terminal, access: Access) -> str:
    return terminal.ask("  what it calls the model", usual="my-model", check=lambda text: model_of(text, access))


def _check_model(reply: str) -> None:
    if not reply.startswith(_ADDRESSES):
        model_of(reply, NOWHERE)
    else:
        model_of("any", Access(base_url=reply))


def _check_judge(reply: str) -> None:
    if reply.startswith(_ADDRESSES):
        judge_of("any", Access(base_url=reply))
    elif reply != NONE:
        judge_of(reply, NOWHERE)


def _check_adapter(reply: str) -> None:
    check_names("adapter of an endpoint", [reply], ENDPOINT_ADAPTERS)
