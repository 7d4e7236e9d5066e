"""The demo dataset is the same in every run, process and version of its libraries."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo import DEMO_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# What each version of the dataset holds. A change of pixels or words needs a new DEMO_VERSION and its line here.
DIGESTS = {1: "5935e78ee96af5c14aa611f3c7a966fa6a0d069323224f30e2fd5bddeec74fe3"}

WRITE = (
    "import sys, pathlib; from medgen_pytest.datasets.demo import write_demo_dataset as w; w(pathlib.Path(sys.argv[1]))"
)


def test_pixels_and_texts_are_those_of_this_version(demo: Path, digest: Callable[[Path], str]) -> None:
    found = digest(demo)

    assert found == DIGESTS[DEMO_VERSION], "the drawing or a text has changed: raise DEMO_VERSION"


def test_another_process_draws_the_same_into_another_folder(
    demo: Path, tmp_path: Path, digest: Callable[[Path], str]
) -> None:
    # Another hash seed shows any dependence on the order of a set.
    subprocess.run([sys.executable, "-R", "-c", WRITE, str(tmp_path / "other")], check=True, timeout=120)

    assert digest(tmp_path / "other") == digest(demo)
