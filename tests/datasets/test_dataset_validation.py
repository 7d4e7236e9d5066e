"""Validation reads every record and every image, and stops at nothing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import pytest
from PIL import Image

from medgen_pytest.datasets import validate_dataset
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.errors import DatasetError
from tests.datasets.conftest import RECORDS, append_line, png

if TYPE_CHECKING:
    from pathlib import Path

    from tests.datasets.conftest import Builder

INPUT = "ImageEditing/noise-reconstruction/images/0_in.png"
WHERE = "ImageEditing/noise-reconstruction/data.jsonl:1"


def animation() -> bytes:
    buffer = io.BytesIO()
    frames = [Image.new("L", (4, 3), shade) for shade in (0, 255)]
    frames[0].save(buffer, format="GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


@pytest.mark.parametrize("layout", ["parquet", "tree", "prepared"])
def test_a_valid_dataset_is_counted_and_digested(build: Builder, layout: str) -> None:
    report = validate_dataset(build.layout(layout))

    assert report.ok
    assert report.layout == layout
    assert report.total == 5
    assert report.tasks == {
        (Format.VQA, Task.MULTIPLE_CHOICE): 1,
        (Format.VQA, Task.REPORT_GENERATION): 1,
        (Format.IMAGE_EDITING, Task.NOISE_RECONSTRUCTION): 2,
        (Format.MULTIMODAL_GENERATION, Task.ORGANIC_REMOVAL): 1,
    }
    assert report.modalities == {
        Modality.CT: 1,
        Modality.MRI: 1,
        Modality.ULTRASOUND: 1,
        Modality.X_RAY: 1,
        Modality.PATHOLOGY: 1,
    }
    assert report.fingerprint is not None
    assert report.content_digest is not None


def test_the_content_digest_is_the_same_in_every_layout(build: Builder) -> None:
    digests = {validate_dataset(build.layout(layout)).content_digest for layout in ("parquet", "tree", "prepared")}

    assert len(digests) == 1


def test_the_content_digest_sees_pixels_and_the_fingerprint_does_not(build: Builder) -> None:
    root = build.tree()
    before = validate_dataset(root)
    (root / INPUT).write_bytes(png(200))

    after = validate_dataset(root)

    assert after.fingerprint == before.fingerprint
    assert after.content_digest != before.content_digest


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the image file is empty (0 bytes)"),
        (b"no image", "not an image of a known format (PNG, JPEG, WEBP, GIF, BMP, TIFF, AVIF)"),
        (animation(), "animated or multi-page image with 2 frames; one frame is needed"),
    ],
)
def test_a_bad_image_is_a_problem_of_its_record(build: Builder, content: bytes, message: str) -> None:
    root = build.tree()
    (root / INPUT).write_bytes(content)

    report = validate_dataset(root)

    assert [str(problem) for problem in report.problems] == [f"{WHERE}: image {INPUT}: {message}"]
    assert not report.ok
    assert report.total == 5
    assert report.fingerprint is not None
    assert report.content_digest is None


def test_a_truncated_image_is_a_problem_of_its_record(build: Builder) -> None:
    root = build.tree()
    (root / INPUT).write_bytes(png(30)[:-20])

    (problem,) = validate_dataset(root).problems

    assert str(problem).startswith(f"{WHERE}: image {INPUT}: the image cannot be decoded: ")


def test_an_image_with_too_many_pixels_is_a_problem(build: Builder) -> None:
    report = validate_dataset(build.tree(RECORDS[2:3]), max_pixels=11)

    assert [problem.message.split(": ")[1] for problem in report.problems] == [
        "4x3 pixels, more than the 11 allowed",
        "4x3 pixels, more than the 11 allowed",
    ]


def test_bad_records_and_bad_images_are_told_together(build: Builder) -> None:
    root = build.tree(manifest=False)
    append_line(root / "VQA/multiple-choice/data.jsonl", {"instruction": 3})
    (root / INPUT).write_bytes(b"")

    report = validate_dataset(root)

    assert [problem.where for problem in report.problems][-1] == WHERE
    assert {problem.where for problem in report.problems} == {"VQA/multiple-choice/data.jsonl:2", WHERE}
    assert report.fingerprint is None
    assert report.content_digest is None


def test_a_dataset_of_bad_records_alone_is_reported(build: Builder) -> None:
    root = build.root / "tree"
    append_line(root / "VQA/multiple-choice/data.jsonl", {})

    report = validate_dataset(root)

    assert report.total == 0
    assert report.problems


def test_no_dataset_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no dataset"):
        validate_dataset(tmp_path)


def test_progress_is_told_sample_by_sample(build: Builder) -> None:
    steps: list[tuple[int, int]] = []

    validate_dataset(build.tree(), progress=lambda done, total: steps.append((done, total)))

    assert steps == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_a_report_does_not_change(build: Builder) -> None:
    report = validate_dataset(build.tree())

    with pytest.raises(AttributeError):
        cast("object", report).total = 0  # type: ignore[attr-defined]  # that it fails is what is tested
