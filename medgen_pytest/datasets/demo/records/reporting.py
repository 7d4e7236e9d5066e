"""Report records: EXAMINATION, FINDINGS and IMPRESSION, written from what was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantoms import ct, ultrasound, xray
from medgen_pytest.datasets.demo.record import DemoRecord
from medgen_pytest.domain.taxonomy import Modality, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.datasets.demo.phantom import Phantom
    from medgen_pytest.datasets.demo.record import RecordMaker

_COUNTS = ("no", "one", "two", "three")


def xray_report() -> DemoRecord:
    """A chest with an effusion and an enlarged heart."""
    chance = Chance("report-generation/xray")
    side = "left"
    phantom = xray.draw_chest(chance, effusion=side, heart=xray.ENLARGED)
    return _report(
        chance,
        modality=Modality.X_RAY,
        phantom=phantom,
        study="chest radiograph",
        sections=_sections(
            examination="Chest radiograph, posteroanterior view.",
            findings=[
                "The cardiac silhouette is enlarged and takes more than half of the thoracic width.",
                f"The {side} costophrenic angle is blunted by fluid whose upper border rises towards the chest wall.",
                f"The {_other(side)} lung is clear.",
                "No pulmonary nodule is seen. The visible bones are intact.",
            ],
            impression=f"Cardiomegaly. {side.capitalize()}-sided pleural effusion.",
        ),
    )


def ct_report() -> DemoRecord:
    """An abdomen with metastases of the liver."""
    chance = Chance("report-generation/ct")
    count = 2
    phantom = ct.draw_abdomen(chance, metastases=count)
    return _report(
        chance,
        modality=Modality.CT,
        phantom=phantom,
        study="CT slice",
        sections=_sections(
            examination="CT of the upper abdomen, axial slice, portal venous phase.",
            findings=[
                f"The liver contains {_COUNTS[count]} round hypodense lesions in its right lobe.",
                "Both kidneys enhance normally. The spleen is homogeneous and of normal size.",
                "The stomach holds fluid and gas. The aorta is of normal calibre. No free fluid is seen.",
            ],
            impression=f"{_COUNTS[count].capitalize()} hypodense liver lesions, suspicious for metastases.",
        ),
    )


def ultrasound_report() -> DemoRecord:
    """A liver with a simple cyst."""
    chance = Chance("report-generation/ultrasound")
    phantom = ultrasound.draw_liver(chance, cyst=True, cyst_radius=0.2)
    return _report(
        chance,
        modality=Modality.ULTRASOUND,
        phantom=phantom,
        study="ultrasound image",
        sections=_sections(
            examination="Ultrasound of the liver, sector probe.",
            findings=[
                "The liver is of homogeneous echotexture; the hepatic veins are patent and the diaphragm is regular.",
                "In its centre lies one round anechoic structure with a thin wall and posterior acoustic enhancement.",
                "No solid lesion and no acoustic shadow are seen.",
            ],
            impression="One simple cyst of the liver.",
        ),
    )


def _report(
    chance: Chance,
    *,
    modality: Modality,
    phantom: Phantom,
    study: str,
    sections: Mapping[str, str],
) -> DemoRecord:
    return DemoRecord(
        chance=chance,
        task=Task.REPORT_GENERATION,
        modality=modality,
        phantom=phantom.name,
        instruction=(
            f"Report this {study}. Use the sections EXAMINATION, FINDINGS and IMPRESSION and mention only what can be "
            "seen in the image."
        ),
        inputs=(phantom.pixels,),
        answer=sections,
    )


def _sections(*, examination: str, findings: list[str], impression: str) -> dict[str, str]:
    return {"EXAMINATION": examination, "FINDINGS": " ".join(findings), "IMPRESSION": impression}


def _other(side: str) -> str:
    return "right" if side == "left" else "left"


REPORTING: tuple[RecordMaker, ...] = (xray_report, ct_report, ultrasound_report)
