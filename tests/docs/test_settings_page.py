"""The table of settings is complete, both ways, and gives the defaults that hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from medgen_pytest.config.options import OPTIONS
from medgen_pytest.config.settings import DatasetSettings, JudgeSettings, Settings
from tests.docs.pages import ROOT, codes_in, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "settings.md"
# Options that stand for no key, or for one under another name.
KEYS = {"config": None, "resume": None, "dry_run": None, "threshold": "thresholds.METRIC"}


def rows() -> list[dict[str, str]]:
    return table_of(PAGE, heading="option")


def leaves(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Each key of the settings with its default."""
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        key = f"{prefix}{info.alias or name}"
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{key}.")
        else:
            yield key, value


def shown(value: object) -> str:
    """A default as the table shows it: as YAML would."""
    if value is None or value in (Path("here"), "here"):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(value)}]`"
    return f"`{value}`"


def test_every_option_has_one_row_with_its_key() -> None:
    expected = {option.flag: KEYS.get(option.key, option.key) for option in OPTIONS}

    found = {
        flag: next(iter(codes_in(row["key in `medgen.yaml`"])), None)
        for row in rows()
        for flag in codes_in(row["option"])
    }

    assert found == {**expected, "--model": "models", "--medgen-model": "models"}


def test_every_key_has_one_row_with_its_default() -> None:
    judge = {"use": "here"}
    settings = Settings(dataset=DatasetSettings(path=Path("here")), judge=JudgeSettings.model_validate(judge))
    named = ("models.NAME.adapter", "models.NAME.kind", "thresholds.METRIC", "metrics.METRIC")
    expected = {key: shown(value) for key, value in leaves(settings)}

    found = [(key, row["default"]) for row in rows() for key in codes_in(row["key in `medgen.yaml`"])]

    assert len(found) == len(dict(found))
    assert dict(found) == {**expected, **dict.fromkeys(named, "")}


def test_every_row_says_what_it_means() -> None:
    assert [row for row in rows() if not row["meaning"]] == []
