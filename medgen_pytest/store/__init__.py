"""The run directory: a run's only memory, written so that a kill loses at most the samples in flight."""

from medgen_pytest.store.run_directory import RunDirectory, StoredRun, holds_run, new_run_id, run_directory_at

__all__ = ["RunDirectory", "StoredRun", "holds_run", "new_run_id", "run_directory_at"]
