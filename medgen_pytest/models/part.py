"""Parts: a model that does one step of something larger, whether it is plain or asynchronous."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ModelError
from medgen_pytest.models.contract import concurrency_of, is_asynchronous
from medgen_pytest.models.daemon_threads import DaemonThreads

if TYPE_CHECKING:
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Request


class Part:
    """A model as one part of a pipeline, or as a judge.

    A plain one is called in threads of its own, as many as it takes requests at once, so it never holds up
    the others. Waiting for one of them costs an answer no time of its own.
    """

    def __init__(self, name: str, model: Model) -> None:
        self.name = name
        self.model = model
        self.concurrency = concurrency_of(model)
        self._threads: DaemonThreads | None = None

    @property
    def takes_images(self) -> bool:
        """Whether the model is given the input images."""
        return bool(getattr(self.model, "takes_images", True))

    async def answer(self, request: Request) -> ModelOutput:
        """What the model answers. Raises what it raises, and ModelError for what is no output."""
        value: object
        if is_asynchronous(self.model):
            value = self.model.answer(request)
        else:
            value = await self._own_threads().run(partial(self._call, request))
        output = await value if inspect.isawaitable(value) else value
        if not isinstance(output, ModelOutput):
            raise ModelError(f"the {self.name} model's answer is a {type(output).__name__}, not a ModelOutput")
        return output

    def close(self) -> None:
        """Ends the threads, without waiting for one that hangs."""
        if self._threads is not None:
            self._threads.close()
            self._threads = None

    def _call(self, request: Request) -> object:
        try:
            return self.model.answer(request)
        # No future takes this one, and whoever waits for it would wait for ever.
        except StopIteration as error:
            raise ModelError(f"the {self.name} model failed: StopIteration") from error

    def _own_threads(self) -> DaemonThreads:
        if self._threads is None:
            self._threads = DaemonThreads(self.concurrency or 1, name=f"medgen-{self.name}")
        return self._threads
