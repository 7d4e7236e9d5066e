"""A program of a user's, written by the test, as a model that is closed when the test ends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.models.process.model import ProcessModel, build
from tests.models.process.asking import HEAD
from tests.models.samples import context_of, every_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Serve = Callable[..., ProcessModel]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Makes a model of the source of a program; more settings as keywords."""
    models: list[ProcessModel] = []

    def make(source: str, **settings: object) -> ProcessModel:
        (tmp_path / "serve.py").write_text(HEAD + source, encoding="utf-8")
        all_settings = {"command": [sys.executable, "serve.py"], **settings}
        models.append(build("mine", all_settings, context_of(every_task(), root=tmp_path)))
        return models[-1]

    yield make
    for model in models:
        model.close()
