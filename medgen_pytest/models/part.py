"""Parts: a model that does one step of something larger, whether it is plain or asynchronous."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ModelError
from medgen_pytest.models.contract import concurrency_of, is_asynchronous

if TYPE_CHECKING:
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Request


class Part:
    """A model as one part of a pipeline, or as a judge.

    A plain one is called in threads of its own, as many as it takes requests at once, so it never holds up
    the others.
    """

    def __init__(self, name: str, model: Model) -> None:
        self.name = name
        self.model = model
        self.concurrency = concurrency_of(model)
        self._threads: ThreadPoolExecutor | None = None

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
            loop = asyncio.get_running_loop()
            value = await loop.run_in_executor(self._executor(), self._call, request)
        output = await value if inspect.isawaitable(value) else value
        if not isinstance(output, ModelOutput):
            raise ModelError(f"the {self.name} model's answer is a {type(output).__name__}, not a ModelOutput")
        return output

    def close(self) -> None:
        """Lets the threads end, without waiting for one that hangs."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    def _call(self, request: Request) -> object:
        try:
            return self.model.answer(request)
        # No future takes this one, and whoever waits for it would wait for ever.
        except StopIteration as error:
            raise ModelError(f"the {self.name} model failed: StopIteration") from error

    def _executor(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.concurrency or 1, thread_name_prefix=f"medgen-{self.name}")
        return self._threads
