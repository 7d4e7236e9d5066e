"""The hooks that conftests and other plugins may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.metrics.contract import MetricDefinition
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


@pytest.hookspec
def pytest_medgen_metrics(config: pytest.Config) -> Sequence[MetricDefinition]:  # type: ignore[empty-body]  # a specification
    """Metrics beside those of the package, computed for every sample they apply to.

    In a conftest.py::

        from medgen_pytest import define_metric

        def brevity(pair):
            return min(1.0, len(pair.target_text) / max(1, len(pair.pred_text)))

        def pytest_medgen_metrics(config):
            return [define_metric("brevity", brevity, kind="text", direction="higher", low=0, high=1)]

    and then a threshold, `--medgen-threshold brevity=0.5`, makes it an accuracy rate that gates can name.
    """
