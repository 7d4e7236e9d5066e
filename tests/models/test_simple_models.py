"""The oracle and the copy."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from medgen_pytest.domain.sample import Target
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError, ImageError, ModelError
from medgen_pytest.images import StoredImage
from medgen_pytest.models.copy_input import CopyInput
from medgen_pytest.models.oracle import Oracle, build
from tests.models.samples import TinyDataset, context_of, every_task, make_sample


def test_the_oracle_answers_with_the_reference() -> None:
    sample = make_sample(Task.INSTRUCTION_EDITING)
    assert sample.target.image is not None

    output = Oracle(TinyDataset([sample])).answer(sample.request())

    assert output.text == "reference text 1"
    np.testing.assert_array_equal(output.image, sample.target.image.array())


def test_the_oracle_leaves_out_what_the_format_does_not_want() -> None:
    sample = make_sample(Task.CONTRAST_ENHANCEMENT)

    output = Oracle(TinyDataset([sample])).answer(sample.request())

    assert output.text is None
    assert output.image is not None


def test_the_oracle_cannot_answer_without_a_reference() -> None:
    sample = dataclasses.replace(make_sample(Task.INSTRUCTION_EDITING), target=Target(text="only text"))

    with pytest.raises(ModelError, match="has no reference image for the oracle to return"):
        Oracle(TinyDataset([sample])).answer(sample.request())


def test_the_oracle_cannot_answer_for_another_dataset() -> None:
    with pytest.raises(ModelError, match="no sample 'edit:style-transfer:000001'"):
        Oracle(TinyDataset([])).answer(make_sample(Task.STYLE_TRANSFER).request())


def test_the_oracle_takes_no_settings() -> None:
    with pytest.raises(ConfigError) as caught:
        build("best", {"depth": 3}, context_of(every_task()))

    assert str(caught.value) == "model 'best' (adapter oracle): unknown key 'depth'; known: none"


def test_the_copy_returns_its_first_input_and_the_instruction() -> None:
    request = make_sample(Task.INSTRUCTION_EDITING, images=2).request()

    output = CopyInput().answer(request)

    assert output.text == request.instruction
    np.testing.assert_array_equal(output.image, request.inputs[0].array())


def test_the_copy_reads_no_image_for_a_question() -> None:
    def explode() -> bytes:
        raise ImageError("read", name="input")

    request = dataclasses.replace(make_sample(Task.MULTIPLE_CHOICE).request(), inputs=(StoredImage("x", explode),))

    assert CopyInput().answer(request).text == request.instruction


def test_the_copy_cannot_answer_without_an_input() -> None:
    request = dataclasses.replace(make_sample(Task.STYLE_TRANSFER).request(), inputs=())

    with pytest.raises(ModelError, match="has no input image to copy"):
        CopyInput().answer(request)
