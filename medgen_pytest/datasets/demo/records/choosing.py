"""Multiple-choice records: the right option follows from what was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantoms import mri, pathology, photo, ultrasound, xray
from medgen_pytest.datasets.demo.record import DemoRecord
from medgen_pytest.domain.taxonomy import Modality, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.datasets.demo.phantom import Phantom
    from medgen_pytest.datasets.demo.record import RecordMaker

_LETTERS = "ABCD"


def xray_effusion_side() -> DemoRecord:
    """The side of a pleural effusion."""
    chance = Chance("multiple-choice/xray-effusion")
    return _choice(
        chance,
        modality=Modality.X_RAY,
        phantoms=[xray.draw_chest(chance, effusion="right")],
        question="On which side of the patient does this chest radiograph show a pleural effusion?",
        options=("Left side", "Right side", "Both sides", "No effusion is visible"),
        right="Right side",
    )


def mri_weighting() -> DemoRecord:
    """The sequence, told by the brightness of fluid and white matter."""
    chance = Chance("multiple-choice/mri-weighting")
    return _choice(
        chance,
        modality=Modality.MRI,
        phantoms=[mri.draw_brain(chance, weighting=mri.T2)],
        question=(
            "Cerebrospinal fluid is bright and white matter darker than cortex. With which sequence was this brain "
            "imaged?"
        ),
        options=("T1-weighted", "FLAIR", "T2-weighted", "Time-of-flight angiography"),
        right="T2-weighted",
    )


def ultrasound_with_stone() -> DemoRecord:
    """Which of three scans shows a gallstone."""
    chance = Chance("multiple-choice/ultrasound-stone")
    phantoms = [
        ultrasound.draw_liver(Chance(f"{chance.name}/first"), cyst=True),
        ultrasound.draw_gallbladder(Chance(f"{chance.name}/second")),
        ultrasound.draw_gallbladder(Chance(f"{chance.name}/third"), stones=1),
    ]
    return _choice(
        chance,
        modality=Modality.ULTRASOUND,
        phantoms=phantoms,
        question="Three ultrasound images are given. Which of them shows a gallstone with an acoustic shadow?",
        options=("The first image", "The second image", "The third image", "None of them"),
        right="The third image",
    )


def photo_morphology() -> DemoRecord:
    """The kind of skin lesion."""
    chance = Chance("multiple-choice/photo-morphology")
    return _choice(
        chance,
        modality=Modality.CLINICAL_PHOTOGRAPHY,
        phantoms=[photo.draw_papules(chance, count=3, skin=photo.DEEP)],
        question="Which description fits the skin lesions in this clinical photograph best?",
        options=(
            "Separate raised red papules",
            "One flat brown patch with an irregular border",
            "A sharply bordered scaling plaque",
            "A deep ulcer with a necrotic base",
        ),
        right="Separate raised red papules",
    )


def pathology_technique() -> DemoRecord:
    """How the image of a tissue was made."""
    chance = Chance("multiple-choice/pathology-technique")
    return _choice(
        chance,
        modality=Modality.PATHOLOGY,
        phantoms=[pathology.draw_mucosa(chance)],
        question="How was this image of tissue obtained?",
        options=(
            "Fluorescence microscopy of cultured cells",
            "Scanning electron microscopy",
            "Dermoscopy of intact skin",
            "Light microscopy of a section stained with haematoxylin and eosin",
        ),
        right="Light microscopy of a section stained with haematoxylin and eosin",
    )


def _choice(
    chance: Chance,
    *,
    modality: Modality,
    phantoms: Sequence[Phantom],
    question: str,
    options: tuple[str, str, str, str],
    right: str,
) -> DemoRecord:
    choices = tuple(f"{letter}. {option}" for letter, option in zip(_LETTERS, options, strict=True))
    return DemoRecord(
        chance=chance,
        task=Task.MULTIPLE_CHOICE,
        modality=modality,
        phantom=" + ".join(phantom.name for phantom in phantoms),
        instruction=f"{question} Choose one option: {' '.join(choices)}",
        inputs=tuple(phantom.pixels for phantom in phantoms),
        answer=choices[options.index(right)],
        choices=choices,
    )


CHOOSING: tuple[RecordMaker, ...] = (
    xray_effusion_side,
    mri_weighting,
    ultrasound_with_stone,
    photo_morphology,
    pathology_technique,
)
