"""Judges, benches and outputs by hand for tests of judging in the engine."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.engine.jury import Jury
from medgen_pytest.engine.recorder import Evaluation
from medgen_pytest.models.meter import OwnMeter
from tests.judge.asking import make_bench, reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Request, Sample
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.models.meter import Meter


async def eight(request: Request) -> ModelOutput:
    """An 8 for everything, a moment later."""
    await asyncio.sleep(0.005)
    return ModelOutput(text=reply(request))


@dataclass
class AsyncJudge:
    """An asynchronous judge that remembers what it was asked, and which outputs it had at once."""

    answering: Callable[[Request], Awaitable[ModelOutput]] = eight
    name: str = "judge-model"
    asked: list[tuple[str, int]] = field(default_factory=list)
    flying: list[str] = field(default_factory=list)
    peak: int = 0
    peak_of_outputs: int = 0
    events: list[str] = field(default_factory=list)

    @property
    def identity(self) -> Mapping[str, object]:
        """Its name."""
        return {"adapter": "async", "model": self.name}

    async def answer(self, request: Request) -> ModelOutput:
        """Whatever `answering` gives."""
        self.asked.append((request.sample_id, request.repeat))
        self.flying.append(request.sample_id)
        self.peak = max(self.peak, len(self.flying))
        self.peak_of_outputs = max(self.peak_of_outputs, len(set(self.flying)))
        try:
            return await self.answering(request)
        finally:
            self.flying.remove(request.sample_id)

    async def aclose(self) -> None:
        """Notes in which thread."""
        self.events.append(f"aclose in {threading.current_thread().name}")

    def close(self) -> None:
        """Notes it."""
        self.events.append("close")


@dataclass
class PlainJudge:
    """A plain judge, one question at a time, that remembers what it was asked."""

    answering: Callable[[Request], ModelOutput] = lambda request: ModelOutput(text=reply(request))
    asked: list[tuple[str, int]] = field(default_factory=list)

    @property
    def identity(self) -> Mapping[str, object]:
        """What kind it is."""
        return {"adapter": "plain"}

    def answer(self, request: Request) -> ModelOutput:
        """Whatever `answering` gives."""
        self.asked.append((request.sample_id, request.repeat))
        return self.answering(request)


def bench_of(*models: Model, **rules: Any) -> Bench:
    """A bench of judges `a`, `b` and so on; both tiers unless `rules` say otherwise."""
    return make_bench(dict(zip("abcdef", models, strict=False)), **rules)


def jury_of(
    *models: Model, secrets: tuple[str, ...] = (), meter: Meter | None = None, most_errors: int = 0, **rules: Any
) -> Jury:
    """A jury of such a bench; one tier unless `rules` say otherwise."""
    bench = bench_of(*models, **{"tiers": ("with_reference",), **rules})
    known = Secrets([{"secret": secret} for secret in secrets])
    return Jury(bench, secrets=known, meter=meter or OwnMeter(), most_errors=most_errors)


def answered(sample: Sample, output: ModelOutput | None = None, **changes: Any) -> Evaluation:
    """An output to a sample, not judged yet."""
    output = output or ModelOutput(text="A. left")
    fields: dict[str, Any] = {
        "model": "m",
        "sample_id": sample.sample_id,
        "task": sample.task,
        "modality": sample.modality,
        "status": "answered",
        "output": StoredOutput(text=output.text),
        "digests": {"sample": f"digest of {sample.sample_id}"},
    }
    return Evaluation(result=SampleResult(**{**fields, **changes}), output=output)
