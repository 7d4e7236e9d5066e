"""The transformers adapter: an image-text-to-text model of this machine answers with text."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.domain.sample import choices_in
from medgen_pytest.errors import ConfigError, ModelError
from medgen_pytest.models.local.checkpoint import weights_problem
from medgen_pytest.models.local.grouping import answer_in_groups
from medgen_pytest.models.local.model import AdapterFacts, LocalModel, locate
from medgen_pytest.models.local.pictures import pictures_of
from medgen_pytest.models.local.runtime import (
    check_loaded,
    choose_device,
    choose_dtype,
    explained,
    free_memory,
    generator_of,
    load_module,
    quiet,
    require_packages,
)
from medgen_pytest.models.local.sampling import SeededSampling, Stopping
from medgen_pytest.models.local.settings import TransformersSettings
from medgen_pytest.models.replies import split_reasoning, well_formed
from medgen_pytest.models.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from PIL import Image

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.local.checkpoint import Checkpoint

NEED = "the model adapter 'transformers'"
PACKAGES = ("torch", "transformers")
_TEMPLATES = ("chat_template.jinja", "chat_template.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    request: Request
    images: list[Image.Image]


class TransformersNetwork:
    """A model and its processor; batches are grouped by the number of images, which processors want alike."""

    def __init__(self, settings: TransformersSettings, checkpoint: Checkpoint) -> None:
        self._settings = settings
        self._checkpoint = checkpoint
        self._stopped = threading.Event()
        self._torch: Any = None
        self._transformers: Any = None
        self._processor: Any = None
        self._model: Any = None
        self._device: Any = None

    def load(self) -> None:
        """Loads processor and weights. Raises ConfigError for what cannot be used."""
        self._torch = load_module("torch", need=NEED)
        self._transformers = transformers = load_module("transformers", need=NEED)
        self._device = choose_device(self._torch, self._settings.device)
        dtype = choose_dtype(self._torch, self._settings.dtype, device=self._device)
        shared = {"local_files_only": True, "trust_remote_code": self._settings.trust_remote_code}
        folder = self._checkpoint.folder
        with quiet(transformers), explained(f"the model in {folder} cannot be loaded"):
            self._processor = transformers.AutoProcessor.from_pretrained(folder, **shared)
            model, info = transformers.AutoModelForImageTextToText.from_pretrained(
                folder, dtype=dtype, use_safetensors=True, output_loading_info=True, **shared
            )
            check_loaded(info, folder=folder)
            self._model = model.to(self._device).eval()
        tokenizer = self._tokenizer
        tokenizer.padding_side = "left"  # else what is generated would follow the padding of short prompts
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token

    def answer(self, requests: Sequence[Request]) -> list[ModelOutput | Exception]:
        """A text for each request."""
        return answer_in_groups(
            requests, prepare=self._question, key=lambda question: len(question.images), answer=self._generated
        )

    def free(self) -> None:
        """Gives memory back that a failed batch took."""
        free_memory(self._torch)

    def stop(self) -> None:
        """Lets the batch that is being answered end after the next token."""
        self._stopped.set()

    @property
    def _tokenizer(self) -> Any:
        return getattr(self._processor, "tokenizer", self._processor)

    def _question(self, request: Request) -> _Question:
        images = pictures_of(request, sheet=self._settings.contact_sheet, max_side=self._settings.max_side)
        return _Question(request=request, images=images)

    def _generated(self, questions: list[_Question]) -> Iterator[ModelOutput]:
        started = time.perf_counter()
        with quiet(self._transformers), self._torch.inference_mode():
            inputs = self._inputs(questions)
            sequences = self._model.generate(**inputs, **self._generation(questions))
        if self._stopped.is_set():
            raise ModelError("stopped before it answered")
        length = inputs["input_ids"].shape[1]
        share = (time.perf_counter() - started) / len(questions)
        for prompt, tokens in zip(inputs["attention_mask"].sum(dim=1).tolist(), sequences.tolist(), strict=True):
            yield self._output(tokens[length:], prompt_tokens=prompt, seconds=share)

    def _inputs(self, questions: list[_Question]) -> Any:
        prompts = self._processor.apply_chat_template(
            [self._conversation(question) for question in questions],
            add_generation_prompt=True,
            tokenize=False,
            **self._settings.template_options,
        )
        beginning = self._tokenizer.bos_token
        images = [question.images for question in questions]
        inputs = self._processor(
            text=prompts,
            images=images if images[0] else None,
            padding=len(prompts) > 1,
            return_tensors="pt",
            # Templates write the beginning themselves; twice it would be another prompt.
            add_special_tokens=not (beginning and prompts[0].startswith(beginning)),
        )
        return inputs.to(self._device, dtype=self._model.dtype)

    def _conversation(self, question: _Question) -> list[dict[str, object]]:
        parts: list[dict[str, str]] = [{"type": "image"} for _ in question.images]
        parts.append({"type": "text", "text": _words(question.request)})
        messages: list[dict[str, object]] = [{"role": "user", "content": parts}]
        if self._settings.system_prompt is not None:
            said = [{"type": "text", "text": self._settings.system_prompt}]
            messages.insert(0, {"role": "system", "content": said})
        return messages

    def _generation(self, questions: list[_Question]) -> Mapping[str, object]:
        processors = []
        if self._settings.temperature > 0:
            generators = [
                generator_of(self._torch, question.request, seed=self._settings.seed) for question in questions
            ]
            processors.append(
                SeededSampling(
                    self._torch,
                    temperature=self._settings.temperature,
                    top_p=self._settings.top_p,
                    generators=generators,
                )
            )
        return {
            "max_new_tokens": self._settings.max_new_tokens,
            "do_sample": False,  # what is drawn is drawn by the processor
            "num_beams": 1,
            "temperature": None,
            "top_p": None,
            "top_k": None,
            "logits_processor": processors,
            "stopping_criteria": [Stopping(self._torch, self._stopped.is_set)],
            "pad_token_id": self._tokenizer.pad_token_id,
        }

    def _output(self, tokens: list[int], *, prompt_tokens: int, seconds: float) -> ModelOutput:
        end = self._model.generation_config.eos_token_id
        ends = set(end) if isinstance(end, list) else {end}
        said = next((place for place, token in enumerate(tokens) if token in ends), len(tokens))
        is_whole = said < len(tokens)
        raw = well_formed(self._tokenizer.decode(tokens[:said], skip_special_tokens=False))
        reasoned = split_reasoning(raw)
        answer = reasoned.answer
        if (
            reasoned.reasoning is None and reasoned.complete
        ):  # marks of reasoning may be special tokens, others are no text
            answer = well_formed(self._tokenizer.decode(tokens[:said], skip_special_tokens=True)).strip()
        cut = not reasoned.complete and not answer
        return ModelOutput(
            text=answer,
            raw=raw,
            reasoning=reasoned.reasoning,
            finish_reason="stop" if is_whole else "length",
            problem=f"the reasoning did not end within {len(tokens)} tokens (max_new_tokens)" if cut else None,
            usage=Usage(input_tokens=prompt_tokens, output_tokens=said + int(is_whole)),
            seconds=seconds,
        )


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> LocalModel:
    """The model in a folder or in the hub's cache; nothing is loaded. Raises ConfigError."""
    parsed = parse_settings(TransformersSettings, settings, name=name, adapter="transformers")
    require_packages(*PACKAGES, need=NEED)
    checkpoint = locate(name, parsed, context)
    problems = _problems(checkpoint)
    facts = AdapterFacts(adapter="transformers", packages=PACKAGES, problems=tuple(problems))
    return LocalModel(TransformersNetwork(parsed, checkpoint), settings=parsed, checkpoint=checkpoint, facts=facts)


def _problems(checkpoint: Checkpoint) -> Iterator[str]:
    folder = checkpoint.folder
    try:
        if not checkpoint.read("config.json"):
            yield f"{folder} has no config.json"
        weights = weights_problem(folder)
        if weights:
            yield weights
        if not _has_template(checkpoint):
            yield f"{folder} has no chat template, so there is no telling how to ask it"
    except ConfigError as error:
        yield str(error)


def _has_template(checkpoint: Checkpoint) -> bool:
    named = any((checkpoint.folder / file).is_file() for file in _TEMPLATES)
    return named or any(
        checkpoint.read(file).get("chat_template") for file in ("tokenizer_config.json", "processor_config.json")
    )


def _words(request: Request) -> str:
    """The instruction, and the choices where it does not list them itself."""
    if not request.choices or choices_in(request.instruction) == request.choices:
        return request.instruction
    return "\n".join([request.instruction, *request.choices])
