"""Questions to a judge: one output of one sample, as the rubric wants it shown and asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.domain.sample import Request
from medgen_pytest.errors import NoReferenceError
from medgen_pytest.images.captions import caption_image
from medgen_pytest.images.codec import encode_png
from medgen_pytest.images.held import HeldImage
from medgen_pytest.images.stored import StoredImage
from medgen_pytest.judge.steering import fence

if TYPE_CHECKING:
    from medgen_pytest.domain.contracts import ImageSource
    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.judge.rubric import Rubric
    from medgen_pytest.judge.steering import Fenced

GROUND_TRUTH, GENERATED_ANSWER = "Ground Truth", "Generated Answer"
"""The captions of the two images that are compared."""

INPUT, OUTPUT = "Input", "Output"
"""The captions without a reference; several inputs are numbered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeQuestion:
    """What a judge is asked about one output.

    `dimensions` are those that it has to score, in order; `reply_format` the line that shows the reply's form.
    `steering` are the kinds of attempts of the output to steer the judge. `notes` say what was not shown as it is.
    """

    request: Request
    dimensions: tuple[str, ...]
    reply_format: str
    steering: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The text and the image that are judged."""

    text: str | None
    image: ImageSource | None


@dataclass(slots=True)
class _Shown:
    """What is put before the judge, gathered piece by piece.

    `salt` goes into the marks of the fences. Captions are drawn at once, or `later`: when an image is looked at.
    """

    salt: str
    later: bool = False
    images: list[ImageSource] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def show(self, image: ImageSource, *, caption: str, meaning: str) -> None:
        """Adds an image with its caption, and says what it is."""
        self.images.append(_captioned_later(image, caption) if self.later else _captioned(image, caption))
        self.lines.append(f'Image {len(self.images)}, with the caption "{caption}": {meaning}')

    def text(self, text: str, *, name: str) -> Fenced:
        """A fenced text; that it was cut is a note."""
        fenced = fence(text, salt=f"{self.salt}\0{name}")
        if fenced.cut_from is not None:
            self.notes.append(f"the {name} was cut: {len(fenced.content)} of {fenced.cut_from} characters were shown")
        return fenced

    def trusted(self, text: str, *, name: str) -> str:
        """A fenced text of the dataset; that it looks like steering is a note, not a fault of the output."""
        fenced = self.text(text, name=name)
        if fenced.kinds:
            self.notes.append(f"the {name} of the dataset holds what looks like steering: {', '.join(fenced.kinds)}")
        return fenced.text


def make_question(
    sample: Sample, output: ModelOutput, *, rubric: Rubric, tier: Tier, swapped: bool = False
) -> JudgeQuestion:
    """The question about an output; the same sample, output and rubric give the same question, byte for byte.

    With reference the judge sees the reference image ("Ground Truth") and the output image ("Generated
    Answer"), and for visual question answering, where no image is made, the inputs; without reference the
    inputs ("Input", several numbered) and the output image ("Output"). Of texts and images only those are
    shown that the format wants; one that is missing is said to be. `swapped` shows the output's image and
    text before those of the reference; without a reference there is nothing to swap.

    Raises ImageError for an image of the dataset that cannot be used, and NoReferenceError where the tier wants a
    reference and the sample has nothing of what its format wants.
    """
    image = None if output.image is None else HeldImage("output", output.image)
    answer = _Answer(text=output.text, image=image)
    return _question(sample, answer, _Shown(sample.sample_id), rubric=rubric, tier=tier, swapped=swapped)


def expected_question(
    sample: Sample, *, text: str | None, rubric: Rubric, tier: Tier, swapped: bool = False
) -> JudgeQuestion:
    """The question about an output of which at most the text is known, to say beforehand what asking it takes.

    In place of the output's image stands the reference, or else the first input. No image is read
    before it is looked at. Raises NoReferenceError as `make_question` does.
    """
    image = sample.target.image or next(iter(sample.inputs), None)
    answer = _Answer(text=text, image=image)
    return _question(sample, answer, _Shown(sample.sample_id, later=True), rubric=rubric, tier=tier, swapped=swapped)


def _question(
    sample: Sample, output: _Answer, shown: _Shown, *, rubric: Rubric, tier: Tier, swapped: bool
) -> JudgeQuestion:
    compared = tier == "with_reference"
    if compared and not _has_reference(sample):
        raise NoReferenceError(f"{sample.sample_id} has no reference to judge by")
    answer, steering = _answer_block(sample, output, shown)
    _show_images(sample, output, shown, compared=compared, swapped=swapped)
    values = {
        "instruction": shown.trusted(sample.instruction, name="instruction"),
        "choices": _choices(sample, shown),
        "images": "\n".join(shown.lines) or "None: nothing that can be shown belongs to this task.",
        "dimensions": "\n".join(
            f"- `{asked.name}` ({asked.title}): {asked.question}" for asked in rubric.dimensions_for(sample.format)
        ),
        "checklist": "\n".join(f"- {line}" for line in rubric.checklist_for(sample.format)) or "(none for this task)",
        "output_text": answer,
        "reply_format": rubric.reply_format(sample.format),
        "task": sample.task.value,
        "modality": sample.modality.value,
    }
    if compared:
        reference = _reference_block(sample, shown)
        # Both blocks name themselves, so that their places can change.
        values["reference_text"], values["output_text"] = (answer, reference) if swapped else (reference, answer)
    return JudgeQuestion(
        request=_request(sample, rubric.fill(tier, values), shown, rubric),
        dimensions=tuple(asked.name for asked in rubric.dimensions_for(sample.format)),
        reply_format=values["reply_format"],
        steering=steering,
        notes=tuple(shown.notes),
    )


def _captioned(image: ImageSource, caption: str) -> ImageSource:
    return HeldImage(caption, caption_image(image.array(), caption))


def _captioned_later(image: ImageSource, caption: str) -> ImageSource:
    return StoredImage(caption, lambda: encode_png(caption_image(image.array(), caption)))


def _request(sample: Sample, prompt: str, shown: _Shown, rubric: Rubric) -> Request:
    return Request(
        sample_id=sample.sample_id,
        task=sample.task,
        modality=sample.modality,
        instruction=prompt,
        inputs=tuple(shown.images),
        due="text",
        wants_json=True,
        json_schema=rubric.reply_schema(sample.format),
    )


def _has_reference(sample: Sample) -> bool:
    has_text = sample.format.wants_text and bool((sample.target.text or "").strip())
    return has_text or (sample.format.wants_image and sample.target.image is not None)


def _show_images(sample: Sample, output: _Answer, shown: _Shown, *, compared: bool, swapped: bool) -> None:
    if not compared or not sample.format.wants_image:
        _show_inputs(sample, shown)
    if not sample.format.wants_image:
        return
    if not compared:
        _show_output(output, shown, caption=OUTPUT)
        return
    if swapped:
        _show_output(output, shown, caption=GENERATED_ANSWER)
    if sample.target.image is not None:
        shown.show(sample.target.image, caption=GROUND_TRUTH, meaning="the reference, which experts have approved.")
    else:
        shown.lines.append("A reference image: this sample has none; go by the reference text.")
        shown.notes.append("judged without a reference image: the sample has none")
    if not swapped:
        _show_output(output, shown, caption=GENERATED_ANSWER)


def _show_inputs(sample: Sample, shown: _Shown) -> None:
    several = len(sample.inputs) > 1
    for number, image in enumerate(sample.inputs, start=1):
        caption = f"{INPUT} {number}" if several else INPUT
        shown.show(image, caption=caption, meaning="given to the system with its task.")


def _show_output(output: _Answer, shown: _Shown, *, caption: str) -> None:
    if output.image is None:
        shown.lines.append("An image made by the system: there is none, although one was due.")
        shown.notes.append("the output has no image, although one was due")
        return
    shown.show(output.image, caption=caption, meaning="the answer of the system, which you judge.")


def _answer_block(sample: Sample, output: _Answer, shown: _Shown) -> tuple[str, tuple[str, ...]]:
    if not sample.format.wants_text:
        return "The answer has no text to be judged: the task wants an image alone.", ()
    if not (output.text or "").strip():
        shown.notes.append("the output has no text, although one was due")
        return "The text of the answer, which you judge: there is none, although one was due.", ()
    fenced = shown.text(output.text or "", name="output text")
    return f"The text of the answer, which you judge:\n\n{fenced.text}", fenced.kinds


def _reference_block(sample: Sample, shown: _Shown) -> str:
    if not sample.format.wants_text:
        return "The reference has no text: the task wants an image alone."
    if not (sample.target.text or "").strip():
        shown.notes.append("judged without a reference text: the sample has none")
        return "The text of the reference: this sample has none; go by the reference image."
    fenced = shown.trusted(sample.target.text or "", name="reference text")
    return f"The text of the reference, which experts have approved:\n\n{fenced}"


def _choices(sample: Sample, shown: _Shown) -> str:
    if not sample.choices:
        return ""
    return f"The options to choose from:\n\n{shown.trusted(chr(10).join(sample.choices), name='list of options')}"
