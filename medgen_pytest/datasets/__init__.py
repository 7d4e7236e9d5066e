"""Datasets: the layouts of MedGEN-Bench, read and checked; images stay where they are until asked for."""

from medgen_pytest.datasets.dataset import BenchmarkDataset
from medgen_pytest.datasets.opening import open_dataset
from medgen_pytest.datasets.problem import Problem
from medgen_pytest.datasets.validation import ValidationReport, validate_dataset

__all__ = ["BenchmarkDataset", "Problem", "ValidationReport", "open_dataset", "validate_dataset"]
