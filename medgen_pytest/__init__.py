"""medgen-pytest: MedGEN-Bench as pytest tests, one per sample and model, with a gate on accuracy rates."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medgen_pytest.datasets import open_dataset as open_dataset
    from medgen_pytest.datasets.demo import write_demo_dataset as write_demo_dataset
    from medgen_pytest.domain.contracts import ImageSource as ImageSource
    from medgen_pytest.domain.contracts import Model as Model
    from medgen_pytest.domain.output import ModelOutput as ModelOutput
    from medgen_pytest.domain.output import Stage as Stage
    from medgen_pytest.domain.output import Timing as Timing
    from medgen_pytest.domain.output import Usage as Usage
    from medgen_pytest.domain.result import SampleResult as SampleResult
    from medgen_pytest.domain.sample import Request as Request
    from medgen_pytest.domain.sample import Sample as Sample
    from medgen_pytest.domain.score import Score as Score
    from medgen_pytest.domain.taxonomy import Format as Format
    from medgen_pytest.domain.taxonomy import Modality as Modality
    from medgen_pytest.domain.taxonomy import Task as Task
    from medgen_pytest.errors import ConfigError as ConfigError
    from medgen_pytest.errors import DatasetError as DatasetError
    from medgen_pytest.errors import ImageError as ImageError
    from medgen_pytest.errors import MedgenError as MedgenError
    from medgen_pytest.errors import MetricError as MetricError
    from medgen_pytest.errors import ModelError as ModelError
    from medgen_pytest.errors import OutputError as OutputError
    from medgen_pytest.evaluation.outcome import Outcome as Outcome
    from medgen_pytest.fake_server.fault import Fault as Fault
    from medgen_pytest.fake_server.server import FakeServer as FakeServer
    from medgen_pytest.fake_server.settings import FakeServerSettings as FakeServerSettings
    from medgen_pytest.images import contact_sheet as contact_sheet
    from medgen_pytest.metrics.contract import Pair as Pair
    from medgen_pytest.metrics.own import define_metric as define_metric
    from medgen_pytest.metrics.psnr import psnr as psnr
    from medgen_pytest.metrics.ssim import ssim as ssim

_HOMES = {
    "ConfigError": "medgen_pytest.errors",
    "DatasetError": "medgen_pytest.errors",
    "FakeServer": "medgen_pytest.fake_server.server",
    "FakeServerSettings": "medgen_pytest.fake_server.settings",
    "Fault": "medgen_pytest.fake_server.fault",
    "Format": "medgen_pytest.domain.taxonomy",
    "ImageError": "medgen_pytest.errors",
    "ImageSource": "medgen_pytest.domain.contracts",
    "MedgenError": "medgen_pytest.errors",
    "MetricError": "medgen_pytest.errors",
    "Modality": "medgen_pytest.domain.taxonomy",
    "Model": "medgen_pytest.domain.contracts",
    "ModelError": "medgen_pytest.errors",
    "ModelOutput": "medgen_pytest.domain.output",
    "Outcome": "medgen_pytest.evaluation.outcome",
    "OutputError": "medgen_pytest.errors",
    "Pair": "medgen_pytest.metrics.contract",
    "Request": "medgen_pytest.domain.sample",
    "Sample": "medgen_pytest.domain.sample",
    "SampleResult": "medgen_pytest.domain.result",
    "Score": "medgen_pytest.domain.score",
    "Task": "medgen_pytest.domain.taxonomy",
    "Stage": "medgen_pytest.domain.output",
    "Timing": "medgen_pytest.domain.output",
    "Usage": "medgen_pytest.domain.output",
    "contact_sheet": "medgen_pytest.images",
    "define_metric": "medgen_pytest.metrics.own",
    "open_dataset": "medgen_pytest.datasets",
    "psnr": "medgen_pytest.metrics.psnr",
    "ssim": "medgen_pytest.metrics.ssim",
    "write_demo_dataset": "medgen_pytest.datasets.demo",
}

__version__ = "0.1.0"
__all__ = ["__version__", *sorted(_HOMES)]  # noqa: PLE0604 - names of the table above


def __getattr__(name: str) -> object:
    # pytest imports this package in every session of the environment: nothing is loaded before it is used.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
