"""The files that answers make, written into a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medgen_pytest.cli.starter.model_answer import Access
from medgen_pytest.cli.starter.placing import find_places, write_places
from medgen_pytest.cli.starter.rendering import files_of
from medgen_pytest.cli.starter.told import Told

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://localhost:8000/v1"
EVERYTHING: dict[str, Any] = {
    "dataset": "data/medgen bench",
    "model": "my-vlm",
    "access": Access(base_url=URL, key_env="VLM_KEY"),
    "judge": "my-judge",
    "judge_access": Access(base_url=URL, key_env="JUDGE_KEY"),
    "gates": ("all/accuracy >= 50%", 'vqa[subtask="a, b"]/accuracy >= 1%'),
    "shards": "3",
    "requirement": "./my wheels/medgen_pytest-1.whl[all]",
}
"""Texts for everything that there is to tell."""
VARIANTS: dict[str, dict[str, Any]] = {
    "usual": {},
    "everything": EVERYTHING,
    "python": {"model": "python:inference:answer", "gates": ("none",), "shards": "1"},
    "editor": {"model": "gpt-image-1", "access": Access(base_url=URL, adapter="openai_images"), "shards": "200"},
    "gemini": {"model": "gemini-3-pro", "access": Access(base_url=URL, adapter="gemini")},
    "oracle": {"model": "oracle", "judge": "python:my.judge:judge"},
}
"""What may be told, and the files that differ by it."""


def texts_of(**told: Any) -> dict[str, str]:
    """The files by name."""
    from pathlib import Path

    return {file.name: file.text for file in files_of(Told(here=Path.cwd(), directory=Path.cwd(), **told).answers())}


def write_files(folder: Path, **told: Any) -> None:
    """Writes the files into a folder."""
    write_places(find_places(files_of(Told(here=folder, directory=folder, **told).answers()), folder))
