"""The hooks that conftests and other plugins may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.models.registry import ModelFactory


@pytest.hookspec
def pytest_medgen_models(config: pytest.Config) -> Mapping[str, ModelFactory]:  # type: ignore[empty-body]  # a specification
    """Model adapters by name, beside the embedded ones.

    A factory takes the model's name, its settings and a context, and returns an object with a
    property `identity` and a method `answer(request)`. In a conftest.py::

        def pytest_medgen_models(config):
            return {"my-adapter": lambda name, settings, context: MyModel(**settings)}

    and then `pytest --model=my-adapter`, or `adapter: my-adapter` in medgen.yaml.
    """
