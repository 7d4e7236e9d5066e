"""The process adapter: a long-lived program that answers requests, JSON lines on its stdin and stdout."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgen_pytest.config.secrets import without_secrets as without_named_secrets
from medgen_pytest.domain.output import Timing
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError, ModelError
from medgen_pytest.models.deadline import time_stands_still
from medgen_pytest.models.digests import without_secrets
from medgen_pytest.models.outgoing import encode_outgoing
from medgen_pytest.models.plain_schema import plain_schema
from medgen_pytest.models.process.exchange import Exchange, write_images
from medgen_pytest.models.process.job import Job
from medgen_pytest.models.process.keeper import Keeper, Terms
from medgen_pytest.models.process.log_file import LogFile
from medgen_pytest.models.process.messages import write_message
from medgen_pytest.models.process.program import Program
from medgen_pytest.models.process.reply import output_of
from medgen_pytest.models.process.settings import ProcessSettings
from medgen_pytest.models.reason import reason_of
from medgen_pytest.models.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.config.secrets import Secrets
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.process.job import Answered


class ProcessModel:
    """A program as a model. It is started when it is first asked, and again when it is lost."""

    def __init__(self, program: Program, settings: ProcessSettings, *, digest: str) -> None:
        self._program = program
        self._settings = settings
        self._digest = digest
        self._exchange = Exchange(cwd=program.cwd)
        self._numbers = itertools.count(1)
        terms = Terms(
            concurrency=settings.concurrency,
            start_timeout=settings.start_timeout,
            patience=settings.patience,
            restarts=settings.restarts,
            max_line=int(settings.max_line_mb * 1e6),
            revision=settings.revision,
        )
        self._keeper = Keeper(program, terms)

    @property
    def identity(self) -> Mapping[str, object]:
        """Command, digest of the files that it names, revision, variables without secrets, and how images go out."""
        settings = self._settings
        return {
            "adapter": "process",
            "command": list(settings.command),
            "program": self._digest,
            "revision": settings.revision,
            "env": without_secrets(without_named_secrets(settings.env)),
            "images": [settings.images, settings.image_format, settings.image_quality, settings.max_side],
        }

    @property
    def formats(self) -> frozenset[Format]:
        """Those of the settings, else all."""
        return frozenset(self._settings.formats or Format)

    @property
    def concurrency(self) -> int:
        """How many requests the program has at once."""
        return self._settings.concurrency

    def keep_log(self, path: Path, *, secrets: Secrets) -> None:
        """Keeps what the program writes to stderr in a file."""
        self._keeper.log = LogFile(path, secrets=[self._program.secrets(), secrets])

    def check(self) -> list[str]:
        """Why the program cannot be started, as far as that can be seen without starting it."""
        return self._program.problems()

    def close(self) -> None:
        """Ends the program and removes the folder of images."""
        self._keeper.close()
        self._exchange.close()

    async def answer(self, request: Request) -> ModelOutput:
        """What the program replies.

        Raises ModelError when it cannot be started, is lost on the way, or says `error`.
        """
        job = await asyncio.to_thread(self._job, request)
        self._keeper.ask(job)
        replied, sending = asyncio.wrap_future(job.future), asyncio.wrap_future(job.sending)
        either: list[asyncio.Future[Any]] = [replied, sending]  # their results differ, and nobody looks at them here
        try:
            # Weights that are being loaded, and samples before this one, cost it no time of its own.
            with time_stands_still():
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            answered = await replied
        except asyncio.CancelledError:
            job.future.cancel()
            raise
        finally:
            sending.cancel()
        return await asyncio.to_thread(self._output, answered, request)

    def _job(self, request: Request) -> Job:
        key = str(next(self._numbers))
        try:
            folder = self._exchange.folder(key)
            line = write_message(self._message(request, key=key, folder=folder))
        except OSError as error:
            raise ModelError(f"the request cannot be handed over: {reason_of(error)}") from error
        return Job(
            key=key,
            line=line,
            fetch=partial(self._fetch, wants_image=request.wants_image),
            clean=partial(shutil.rmtree, folder, ignore_errors=True),
        )

    def _message(self, request: Request, *, key: str, folder: Path) -> dict[str, object]:
        settings = self._settings
        images = [
            encode_outgoing(
                source.array(),
                format=settings.image_format,
                quality=settings.image_quality,
                max_side=settings.max_side,
            )
            for source in request.inputs
        ]
        sent = (
            {"image_paths": write_images(folder, images)}
            if settings.images == "path"
            else {"images": [image.base64 for image in images]}
        )
        return {
            "id": key,
            "format": request.format.value,
            "task": request.task.value,
            "modality": request.modality.value,
            "instruction": request.instruction,
            "choices": list(request.choices),
            "repeat": request.repeat,
            "wants": [*(["text"] if request.wants_text else []), *(["image"] if request.wants_image else [])],
            "folder": str(folder),
            **({"json_schema": plain_schema(request.json_schema)} if request.json_schema is not None else {}),
            **sent,
        }

    def _fetch(self, message: Mapping[str, object], *, wants_image: bool) -> bytes | None:
        path = message.get("image_path")
        is_due = wants_image and path is not None and not message.get("error")
        return self._exchange.read(path) if is_due else None

    def _output(self, answered: Answered, request: Request) -> ModelOutput:
        timing = Timing(requests=1, first_try=answered.working, working=answered.working, waiting=answered.waiting)
        return output_of(
            answered.message,
            file=answered.file,
            problem=answered.problem,
            timing=timing,
            wants_image=request.wants_image,
        )


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> ProcessModel:
    """The model of a `command`; it is not started yet. Raises ConfigError."""
    parsed = parse_settings(ProcessSettings, settings, name=name, adapter="process")
    try:
        cwd = Path(context.root, Path(parsed.cwd).expanduser()).absolute()
    except RuntimeError as error:  # a user without a home
        raise ConfigError(f"model {name!r}: 'cwd': {error}") from error
    program = Program(command=parsed.command, cwd=cwd, env=parsed.env)
    try:
        digest = program.digest()
    except OSError as error:
        raise ConfigError(f"model {name!r}: a file of its command cannot be read: {reason_of(error)}") from error
    return ProcessModel(program, parsed, digest=digest)
