"""Trials: stored outputs as a judge is to see them under each control, and what was replaced by what."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from medgen_pytest.errors import ImageError, MedgenError
from medgen_pytest.judge.controls import (
    BLOCKS,
    GREY,
    Shown,
    blank_images,
    replace_images,
    replace_instruction,
    shuffle_images,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.judge.controls import Control
    from medgen_pytest.runs.controls.donors import Donors

UNTOUCHED: Literal["untouched"] = "untouched"
"""What an output as it was made is called beside the controls."""

_NO_DONOR = {
    "unrelated": "there is no other image of another modality",
    "same-modality": "there is no other image of this modality",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One output under one control: its result with digests of what is shown now, and what is shown.

    `by` says what was put in the place of what was replaced.
    """

    control: str
    result: SampleResult
    shown: Shown
    by: Mapping[str, object]

    @property
    def replaced(self) -> str:
        """What was replaced."""
        if self.control == "instruction":
            return "instruction"
        return "output image" if self.result.format.wants_image else "input images"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A control that cannot be made of an output, and why."""

    control: str
    result: SampleResult
    reason: str


class _UnfitError(Exception):
    """Why a control cannot be made."""


def untouched(result: SampleResult, shown: Shown) -> Trial:
    """An output as it was made, with what the run says of it."""
    return Trial(control=UNTOUCHED, result=result, shown=shown, by={})


def make_trial(result: SampleResult, shown: Shown, control: Control, *, donors: Donors, seed: int) -> Trial | LeftOut:
    """An output under a control; left out where nothing can be replaced, or nothing would change."""
    try:
        changed, by = _change(shown, control, donors=donors, seed=seed)
        if control != "instruction" and changed.looks_like(shown):
            return LeftOut(control=control, result=result, reason="the image would look the same")
        return Trial(control=control, result=_as_shown(result, shown, changed), shown=changed, by=by)
    except ImageError as error:
        reason = f"an image of the dataset cannot be used: {error}"
        return LeftOut(control=control, result=result, reason=reason)
    except _UnfitError as error:
        return LeftOut(control=control, result=result, reason=str(error))


def _change(shown: Shown, control: Control, *, donors: Donors, seed: int) -> tuple[Shown, dict[str, object]]:
    if control == "instruction":
        donor = donors.instruction(shown.sample)
        if donor is None:
            raise _UnfitError("no sample of this format has another instruction")
        return replace_instruction(shown, donor), {"sample_id": donor.sample_id}
    if not shown.images:
        raise _UnfitError("there is no image to replace")
    if control == "blank":
        return blank_images(shown), {"grey": GREY}
    if control == "shuffled":
        return shuffle_images(shown, salt=f"{seed}\0{shown.sample.sample_id}"), {"blocks": BLOCKS, "seed": seed}
    return _with_donor(shown, control, donors)


def _with_donor(shown: Shown, control: Control, donors: Donors) -> tuple[Shown, dict[str, object]]:
    for donor in donors.images(shown.sample, control):
        try:
            images = donor.load()
        except MedgenError:  # another one will do
            continue
        changed = replace_images(shown, images) if images else shown
        if not changed.looks_like(shown):
            return changed, donor.to_dict()
    raise _UnfitError(_NO_DONOR[control])


def _as_shown(result: SampleResult, before: Shown, after: Shown) -> SampleResult:
    """The result of an output that is shown in another way; none of the run's judgements and scores is of that."""
    image, digests = after.output.image, dict(result.digests)
    if after.sample is not before.sample:
        digests["sample"] = after.sample.content_digest()
    is_new = image is not None and image is not before.output.image
    name = hashlib.sha256(image.tobytes()).hexdigest() if image is not None and is_new else result.output.image
    output = replace(result.output, image=name)
    return replace(result, output=output, digests=digests, judgements=(), scores={})
