"""The demo dataset: a small benchmark of drawn phantoms that needs no download."""

from medgen_pytest.datasets.demo.folder import DEMO_VERSION, write_demo_dataset

__all__ = ["DEMO_VERSION", "write_demo_dataset"]
