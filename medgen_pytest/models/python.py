"""The python adapter: a function, class or object of the user's own project as a model."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError, ModelError, OutputError
from medgen_pytest.images import StoredImage, contact_sheet, encode_png
from medgen_pytest.models.answers import to_output
from medgen_pytest.models.digests import files_digest, value_digest, without_secrets
from medgen_pytest.models.pixels import is_array
from medgen_pytest.models.reason import reason_of
from medgen_pytest.models.settings import AdapterSettings, Formats, parse_settings
from medgen_pytest.models.target import import_target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from medgen_pytest.domain.contracts import ImageSource
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.batching import Batcher
    from medgen_pytest.models.contract import ModelContext


BATCH_SIZE = 8
"""How many requests an object with `answer_batch` is asked at most at once, unless it has a `batch_size`."""


class PythonSettings(AdapterSettings):
    """Settings of the python adapter.

    `target` is `module:attr`, importable from the folder of the settings. `kwargs` build it when it is
    a class. `contact_sheet` gives several inputs as one numbered sheet. `formats` are those that it
    answers (all when empty). `revision` is what makes its weights these weights; a resumed run asks
    again when it changed.
    """

    target: str
    kwargs: dict[str, Any] = Field(default_factory=dict)  # a class of the user's may take anything
    contact_sheet: bool = False
    formats: Formats = ()
    revision: str | None = None


class PythonModel:
    """A callable as a model; what it returns is normalised by `answers.to_output`."""

    def __init__(self, name: str, *, subject: object, settings: PythonSettings, source: str | None) -> None:
        self._name = name
        self._subject = subject
        self._batcher = _batching(subject, name=name)
        self._call = self._batcher.answer if self._batcher else _answering(subject, name=name)
        self._settings = settings
        self._source = source

    @property
    def identity(self) -> Mapping[str, object]:
        """Target, revision, and digests of the module's source and of the arguments without secrets."""
        identity: dict[str, object] = {
            "adapter": "python",
            "target": self._settings.target,
            "revision": self._settings.revision,
            "kwargs": value_digest(self._settings.kwargs),
            "contact_sheet": self._settings.contact_sheet,
            "source": self._source,
        }
        own = getattr(self._subject, "identity", None)
        if isinstance(own, Mapping):
            identity["own"] = without_secrets(own)
        return identity

    @property
    def formats(self) -> frozenset[Format]:
        """Those of the settings, else those of the object, else all."""
        own = self._settings.formats or getattr(self._subject, "formats", None)
        return frozenset(own) if own else frozenset(Format)

    @property
    def immediate(self) -> bool:
        """Whether the object says that it may be called without a time limit; batches have one."""
        return self._batcher is None and bool(getattr(self._subject, "immediate", False))

    @property
    def asynchronous(self) -> bool:
        """Whether the callable is `async def`."""
        called = getattr(self._call, "__call__", None)  # noqa: B004 - of an object with an asynchronous __call__
        return inspect.iscoroutinefunction(self._call) or inspect.iscoroutinefunction(called)

    @property
    def concurrency(self) -> int | None:
        """How many requests it takes at once.

        As the object says, else two batches, else any number if it is asynchronous, else one.
        """
        own = getattr(self._subject, "concurrency", None)
        if own is None and self._batcher is not None:
            return 2 * _batch_size(self._subject)  # one that is answered and one that gathers
        if own is None:
            return None if self.asynchronous else 1
        return own if isinstance(own, int) else 1

    def check(self) -> list[str]:
        """The problems that the object itself knows, and numbers of it that are none."""
        for name in ("concurrency", "batch_size"):
            own = getattr(self._subject, name, None) if name == "concurrency" or self._batcher else None
            if own is not None and not _is_count(own):
                return [f"its {name} is {own!r}; it must be a whole number from 1"]
        check = getattr(self._subject, "check", None)
        return [str(problem) for problem in check()] if callable(check) else []

    def close(self) -> None:
        """Ends what is asked in batches, then closes the object, if it can be closed."""
        if self._batcher is not None:
            self._batcher.close()
        close = getattr(self._subject, "close", None)
        if callable(close):
            close()

    def answer(self, request: Request) -> ModelOutput | Awaitable[ModelOutput]:
        """What the callable returns, normalised; awaitable when the callable is asynchronous."""
        value = self._call(self._prepared(request))
        if inspect.isawaitable(value):
            return self._awaited(value)
        return to_output(value, name=self._name)

    async def _awaited(self, value: Awaitable[object]) -> ModelOutput:
        return to_output(await value, name=self._name)

    def _prepared(self, request: Request) -> Request:
        if not self._settings.contact_sheet or len(request.inputs) < 2:  # noqa: PLR2004 - one image needs no sheet
            return request
        return dataclasses.replace(request, inputs=(_sheet(request.inputs),))


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> PythonModel:
    """The model of a `target`: imported, and built once when it is a class. Raises ConfigError."""
    parsed = parse_settings(PythonSettings, settings, name=name, adapter="python")
    target = import_target(parsed.target, root=context.root, name=name)
    source = files_digest([target.source]) if target.source else None
    subject = _constructed(target.value, settings=parsed, name=name)
    return PythonModel(name, subject=subject, settings=parsed, source=source)


def _constructed(value: object, *, settings: PythonSettings, name: str) -> object:
    if not inspect.isclass(value):
        if settings.kwargs:
            raise ConfigError(f"model {name!r}: 'kwargs' are for classes, but {settings.target!r} is no class")
        return value
    try:
        return value(**settings.kwargs)
    except Exception as error:  # a class of the user's may raise anything
        raise ConfigError(f"model {name!r}: {settings.target!r} cannot be built: {reason_of(error)}") from error


def _answering(subject: object, *, name: str) -> Callable[[Request], object]:
    method = getattr(subject, "answer", None)
    call = method if callable(method) else subject
    if not callable(call):
        raise ConfigError(
            f"model {name!r}: an object of type {type(subject).__name__} is not callable and has no method"
            " 'answer' or 'answer_batch'"
        )
    return cast("Callable[[Request], object]", call)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Normalised:
    """A user's method `answer_batch`, each of its answers normalised by `answers.to_output`."""

    name: str
    method: Callable[[Sequence[Request]], Any]

    def answer_batch(self, requests: Sequence[Request]) -> list[ModelOutput | Exception]:
        """An answer for each request. Raises ModelError for what is no list of answers."""
        answers = self.method(requests)
        if not isinstance(answers, list | tuple) and not is_array(answers):
            raise ModelError(f"'answer_batch' returned a {type(answers).__name__}, not a list of answers")
        return [self._one(answer) for answer in answers]

    def _one(self, answer: object) -> ModelOutput | Exception:
        if isinstance(answer, Exception):
            return answer
        try:
            return to_output(answer, name=self.name)
        except OutputError as error:
            return error


def _batching(subject: object, *, name: str) -> Batcher | None:
    """What asks a subject in batches, if it has a method for that."""
    method = getattr(subject, "answer_batch", None)
    if not callable(method):
        return None
    if inspect.iscoroutinefunction(method):
        raise ConfigError(f"model {name!r}: 'answer_batch' is 'async def'; it must be a plain method")
    from medgen_pytest.models.batching import Batcher

    return Batcher(_Normalised(name=name, method=method), size=_batch_size(subject))


def _batch_size(subject: object) -> int:
    own = getattr(subject, "batch_size", None)
    return own if isinstance(own, int) and _is_count(own) else BATCH_SIZE


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _sheet(inputs: tuple[ImageSource, ...]) -> StoredImage:
    return StoredImage(
        f"contact sheet of {len(inputs)} images",
        lambda: encode_png(contact_sheet([image.array() for image in inputs])),
    )
