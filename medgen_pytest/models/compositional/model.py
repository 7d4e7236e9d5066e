"""Two models as one: the first answers and writes the prompt of the image, the second draws it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, OutputError
from medgen_pytest.models.compositional.prompts import Prompts, load_prompts
from medgen_pytest.models.compositional.settings import CompositionalSettings
from medgen_pytest.models.compositional.stages import Made, join, make
from medgen_pytest.models.contract import ConnectedModel, close_model, keep_log, problems_of, secrets_of
from medgen_pytest.models.estimates import add_estimates, estimate_of, probe_of
from medgen_pytest.models.part import Part
from medgen_pytest.models.replies import read_json
from medgen_pytest.models.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.config.secrets import Secrets
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.models.contract import Estimate, ModelContext

_PROMPT = "image_prompt"
_TEXT = "text"


class CompositionalModel:
    """A pipeline of a text model and an image model.

    The text model is asked for one JSON object, with the answer (where a text is due) and the prompt of the
    image; the image model is asked with that prompt. Each step stands in `stages` with its own usage and time,
    and a problem names the step that it comes from.
    """

    def __init__(self, *, text: Part, image: Part, prompts: Prompts, settings: CompositionalSettings) -> None:
        self._text = text
        self._image = image
        self._prompts = prompts
        self._formats = frozenset(settings.formats)
        sees = settings.image_sees_inputs
        self._sighted = image.takes_images if sees is None else sees and image.takes_images

    @property
    def identity(self) -> Mapping[str, object]:
        """The identities of both models, the digest of the prompts, and whether the image model sees the inputs."""
        return {
            "adapter": "compositional",
            "text": dict(self._text.model.identity),
            "image": dict(self._image.model.identity),
            "prompts": self._prompts.digest,
            "image_sees_inputs": self._sighted,
        }

    @property
    def formats(self) -> frozenset[Format]:
        """Those of the settings."""
        return self._formats

    @property
    def concurrency(self) -> int | None:
        """As many answers at once as both models together take: while one draws, the other can write."""
        known = [part.concurrency for part in (self._text, self._image)]
        return None if None in known else max(2, sum(most for most in known if most is not None))

    @property
    def secrets(self) -> Sequence[str]:
        """Those of both models."""
        return (*secrets_of(self._text.model), *secrets_of(self._image.model))

    def keep_log(self, path: Path, *, secrets: Secrets) -> None:
        """Lets each model keep a log of its own, beside that path."""
        for part in self._parts:
            keep_log(part.model, path.with_name(f"{path.stem}-{part.name}{path.suffix}"), secrets=secrets)

    def check(self) -> list[str]:
        """The problems of both models."""
        return [f"{part.name}: {problem}" for part in self._parts for problem in problems_of(part.model)]

    def estimate(self, request: Request) -> Estimate:
        """What both stages take together."""
        text = estimate_of(self._text.model, self._text_request(request))
        return add_estimates(text, estimate_of(self._image.model, self._image_request(request, request.instruction)))

    async def probe(self) -> str | None:
        """What is wrong with the endpoint of either model."""
        for part in self._parts:
            problem = await probe_of(part.model)
            if problem is not None:
                return f"{part.name}: {problem}"
        return None

    async def aclose(self) -> None:
        """Closes the connections of both models."""
        for part in self._parts:
            if isinstance(part.model, ConnectedModel):
                await part.model.aclose()

    def close(self) -> None:
        """Closes both models; both, even where the first one fails."""
        try:
            for part in self._parts:
                part.close()
            close_model(self._text.model)
        finally:
            close_model(self._image.model)

    async def answer(self, request: Request) -> ModelOutput:
        """The answer of both. Raises ModelError, with what was known by then, where a model could not answer."""
        written = await make(self._text, self._text_request(request))
        if written.stage.problem is not None:
            return join([written])
        try:
            reply = read_json(written.stage.text or "", wanted=_wanted(request))
            text = reply.text(_TEXT) if request.wants_text else None
            prompt = reply.text(_PROMPT)
        except OutputError as error:
            return join([Made(replace(written.stage, problem=f"no prompt for the image: {error}"))])
        drawn = await make(self._image, self._image_request(request, prompt), before=[written])
        return join([written, drawn], text=text)

    @property
    def _parts(self) -> tuple[Part, Part]:
        return self._text, self._image

    def _text_request(self, request: Request) -> Request:
        prompt = self._prompts.fill(request, sighted=self._sighted)
        return replace(request, instruction=prompt, due="text", wants_json=True, choices=())

    def _image_request(self, request: Request, prompt: str) -> Request:
        # One that takes no images may still want to know their size.
        inputs = request.inputs if self._sighted or not self._image.takes_images else ()
        return replace(request, instruction=prompt, inputs=inputs, due="image", choices=())


def _wanted(request: Request) -> tuple[str, ...]:
    return (_TEXT, _PROMPT) if request.wants_text else (_PROMPT,)


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> CompositionalModel:
    """The pipeline that settings describe. Raises ConfigError."""
    parsed = parse_settings(CompositionalSettings, settings, name=name, adapter="compositional")
    parts = {}
    for role, described in (("text", parsed.text), ("image", parsed.image)):
        if context.build_part is None:
            raise ConfigError(f"model {name!r}: a part of a pipeline cannot be a pipeline itself")
        parts[role] = Part(role, context.build_part(f"{name}:{role}", described))
    prompts = load_prompts(context.root / parsed.prompts if parsed.prompts else None)
    return CompositionalModel(text=parts["text"], image=parts["image"], prompts=prompts, settings=parsed)
