"""How many requests a model takes at once: what it is and what it says decide, never a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.models.contract import concurrency_of, is_asynchronous, problems_of
from medgen_pytest.models.oracle import build as build_oracle
from medgen_pytest.models.python import build
from tests.models.samples import context_of, every_task, make_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request

    Project = Callable[[str, str], Path]

QUESTION = make_sample(Task.QUESTION_ANSWERING).request()
SOURCE = """
import functools

def plain(request): return "A"

def many(request): return "A"
many.concurrency = 4

async def later(request): return "A"

async def few(request): return "A"
few.concurrency = 2

def fast(request): return "A"
fast.immediate = True
fast.concurrency = 4

partial = functools.partial(later)

class Later:
    async def answer(self, request): return "A"

class Called:
    concurrency = 3
    async def __call__(self, request): return "A"
"""


@pytest.mark.parametrize(
    ("target", "asynchronous", "concurrency"),
    [
        ("plain", False, 1),
        ("many", False, 4),
        ("later", True, None),
        ("few", True, 2),
        ("fast", False, 1),
        ("partial", True, None),
        ("Later", True, None),
        ("Called", True, 3),
    ],
)
def test_of_the_users_own(project: Project, target: str, asynchronous: bool, concurrency: int | None) -> None:  # noqa: FBT001 - a column of the table
    name = f"m_concurrency_{target}"
    model = build("mine", {"target": f"{name}:{target}"}, context_of(every_task(), root=project(name, SOURCE)))

    assert (is_asynchronous(model), concurrency_of(model)) == (asynchronous, concurrency)


@pytest.mark.parametrize("value", ["0", "True", "'4'", "2.5"])
def test_a_concurrency_that_is_no_number_is_told_before_the_run(project: Project, value: str) -> None:
    name = f"m_concurrency_{abs(hash(value))}"
    root = project(name, f"def answer(request): return 'A'\nanswer.concurrency = {value}\n")

    model = build("mine", {"target": f"{name}:answer"}, context_of(every_task(), root=root))

    (problem,) = problems_of(model)
    assert problem.startswith("its concurrency is ")


def test_of_adapters() -> None:
    class Remote:
        identity: dict[str, object] = {}  # noqa: RUF012 - a model without any

        async def answer(self, request: Request) -> ModelOutput:
            raise NotImplementedError(request.sample_id)

    remote: Model = Remote()
    oracle = build_oracle("oracle", {}, context_of(every_task()))

    assert (is_asynchronous(remote), concurrency_of(remote)) == (True, None)
    assert (is_asynchronous(oracle), concurrency_of(oracle)) == (False, 1)
