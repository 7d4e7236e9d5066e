"""Seeing: what the features of an image depend on."""

from __future__ import annotations

import numpy as np
import pytest

from tiny_vlm.seeing import FEATURES, features_of


@pytest.mark.parametrize("shape", [(96, 96, 3), (31, 200, 3)])
def test_an_image_of_any_size_has_as_many_features(shape: tuple[int, int, int]) -> None:
    assert features_of(np.full(shape, 0.5)).shape == (FEATURES,)


def test_left_and_right_are_told_apart() -> None:
    image = np.zeros((96, 96, 3))
    image[:, :48] = 1

    assert not np.allclose(features_of(image), features_of(image[:, ::-1]))
