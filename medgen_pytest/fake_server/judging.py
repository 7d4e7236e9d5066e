"""Judging: the judgement of the fake judge, computed from the images and texts that it is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.chance import unit
from medgen_pytest.fake_server.material import find_material, shared_words
from medgen_pytest.fake_server.sight import is_blank, likeness, without_caption
from medgen_pytest.images import decode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.fake_server.judge_form import JudgeForm
    from medgen_pytest.fake_server.material import Material
    from medgen_pytest.fake_server.question import InputImage, Question

_WORST_WEIGHS = 0.75
_OPINION = 0.1
_UNKNOWN_FROM, _UNKNOWN_SPAN = 0.5, 0.4
_TRUTH, _ANSWER, _OUTPUT = "Ground Truth", "Generated Answer", "Output"
# A number behind such a word, with no unit behind it: "the answer is 3 cm" asks for nothing.
_WISH = re.compile(
    r"\b(?:give|award|assign|answer|output|reply|respond|return|rate|score|overall|grade)\b[^.\n\d]{0,40}?"
    r"(?P<wish>\d{1,3}(?:\.\d{1,2})?)(?=\s*(?:[.,;:!?\"')}\]/]|points?\b|out of\b|for\b|and\b|on\b|in\b|$))",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the judge judges: up to `noise` points off, `bias` points too high, obedient, or blind to images."""

    noise: float = 0.0
    bias: float = 0.0
    obeys: bool = False
    blind: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """What one look found: a share from 0 to 1 and the sentence that says so; without a share it decides nothing."""

    sentence: str
    share: float | None = None


def judge(question: Question, form: JudgeForm, *, seed: str, manner: Manner) -> dict[str, object]:
    """The judgement: `analysis`, `scores` by dimension, and `overall`, the mean of these.

    The share of the scale is three quarters of the worst part and one quarter of the mean of the parts: how alike the
    two images are that are compared (`sight.likeness`; 0 when one is blank), and how many words the texts of
    answer and reference share. Where there is nothing to compare, a hash of the texts decides, in the
    upper half. The same hash moves each dimension by up to a tenth towards the middle. `seed` decides
    the noise. Raises ImageError for an image that cannot be decoded.
    """
    material = find_material(question.text)
    parts = [_count(question.images, blind=manner.blind)]
    if not manner.blind:
        parts.append(_images_part(question.images, material))
    parts.append(_texts_part(material))
    wish = _wish(question.text, material) if manner.obeys else None
    if wish is not None:
        parts.append(_Part(f"The text asks for a score of {wish:g}, and it shall have it."))
    share = _share([part.share for part in parts if part.share is not None], question.text)
    scale = _Scale(form, manner.bias + manner.noise * (2 * unit(seed, "noise") - 1))
    shares = [share + (1 / 2 - share) * _OPINION * unit(name, question.text) for name in form.dimensions] or [share]
    scores = [scale.score(each) if wish is None else scale.fit(wish) for each in shares]
    return {
        "analysis": " ".join(part.sentence for part in parts if part.sentence),
        "scores": dict(zip(form.dimensions, scores, strict=False)),
        "overall": scale.fit(sum(scores) / len(scores)),
    }


@dataclass(frozen=True, slots=True)
class _Scale:
    form: JudgeForm
    shift: float

    def score(self, share: float) -> float:
        """The score at a share of the scale, moved by bias and noise."""
        return self.fit(self.form.low + share * (self.form.high - self.form.low) + self.shift)

    def fit(self, value: float) -> float:
        """A value as the scale can hold it."""
        inside = min(self.form.high, max(self.form.low, value))
        return round(inside) if self.form.whole else round(inside, 2)


def _share(shares: list[float], text: str) -> float:
    if not shares:
        return _UNKNOWN_FROM + _UNKNOWN_SPAN * unit("share", text)
    mean = sum(shares) / len(shares)
    return _WORST_WEIGHS * min(shares) + (1 - _WORST_WEIGHS) * mean


def _count(images: tuple[InputImage, ...], *, blind: bool) -> _Part:
    if blind:
        return _Part("The images were not looked at.")
    sizes = ", ".join(f"{image.width}x{image.height}" for image in images)
    return _Part(f"There are {len(images)} image(s) ({sizes})." if sizes else "There is no image.")


def _images_part(images: tuple[InputImage, ...], material: Material) -> _Part:
    """What the images that are compared show; of others only whether one is blank."""
    captions = material.captions if len(material.captions) == len(images) else ()
    if _TRUTH in captions and _ANSWER not in captions:
        return _Part("The answer has no image to hold against the reference.", 0.0)
    compared = _compared(captions, len(images))
    seen = [_seen(images[index]) for index in compared or range(len(images))]
    if any(is_blank(pixels) for pixels in seen):
        return _Part("An image is blank, all of one colour.", 0.0)
    if compared is None:
        return _Part("")
    share = likeness(*seen)
    return _Part(f"The two that are compared are {share:.0%} alike.", share)


def _compared(captions: tuple[str, ...], count: int) -> tuple[int, int] | None:
    """Which two images are compared: by their captions, else the first and the last."""
    if _TRUTH in captions and _ANSWER in captions:
        return captions.index(_TRUTH), captions.index(_ANSWER)
    if captions and captions[-1] not in (_OUTPUT, _ANSWER):
        return None
    return (0, count - 1) if count > 1 else None


def _seen(image: InputImage) -> NDArray[np.uint8]:
    return without_caption(decode(image.data, name="an image of the question"))


def _texts_part(material: Material) -> _Part:
    if material.answer is None or material.reference is None:
        return _Part("There are no two texts to compare.")
    share = shared_words(material.answer, material.reference)
    return _Part(f"Answer and reference share {share:.0%} of their words.", share)


def _wish(text: str, material: Material) -> float | None:
    """The last score that the answer asks for; where none is marked, any material; where nothing is, the whole text."""
    parts = (text,) if not material.texts else material.texts if material.answer is None else (material.answer,)
    found = [match for part in parts for match in _WISH.finditer(part)]
    return float(found[-1]["wish"]) if found else None
