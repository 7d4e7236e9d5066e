"""Systems: the catalogue's entries, read from its file."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import Field

from medgen_pytest.config.sections import Section, parse_section
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError, check_names

if TYPE_CHECKING:
    from medgen_pytest.domain.system_kind import SystemKind

JOINT = "+"
"""What stands between the text model and the image model of a pair."""

_KINDS: dict[frozenset[str], SystemKind] = {
    frozenset({"text"}): "vlm",
    frozenset({"image"}): "edit",
    frozenset({"text", "image"}): "unified",
}


class Provider(Section):
    """Where the systems of one provider are, and the variable that holds its key."""

    base_url: str
    api_key_env: str | None


class System(Section):
    """A system as settings of an adapter. `needs` names a setting that only the user can give."""

    title: str
    makes: tuple[Literal["text", "image"], ...]
    adapter: str
    provider: str | None = None
    needs: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)  # those of its adapter


class Row(Section):
    """A row of the paper's Table 3, and the entry that reproduces it."""

    format: Format
    model: str
    entry: str


class Catalogue(Section):
    """Everything in the file."""

    providers: dict[str, Provider]
    systems: dict[str, System]
    table3: tuple[Row, ...]

    def members(self, entry: str) -> tuple[str, ...]:
        """The systems of an entry: one, or the text model and the image model of a pair `TEXT+IMAGE`.

        Raises ConfigError for a name that is neither, and a pair of systems that do not fit.
        """
        names = (entry,) if entry in self.systems else tuple(entry.split(JOINT))
        check_names("entry of the catalogue", names, self.systems)
        if len(names) == 1:
            return names
        if len(names) != 2:  # noqa: PLR2004 - a pair
            raise ConfigError(f"entry {entry!r}: a pair is TEXT+IMAGE, two systems and no more")
        for name, part in zip(names, ("text", "image"), strict=True):
            if part not in self.systems[name].makes:
                able = ", ".join(sorted(other for other, system in self.systems.items() if part in system.makes))
                raise ConfigError(f"entry {entry!r}: {name!r} makes no {part}; these do: {able}")
        return names

    def kind(self, entry: str) -> SystemKind:
        """What an entry is in the paper's table. Raises ConfigError for a name that is none."""
        members = self.members(entry)
        if len(members) > 1:
            return "compositional"
        return _KINDS[frozenset(self.systems[members[0]].makes)]


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """The catalogue of the package."""
    text = (files("medgen_pytest.models.catalogue") / "systems.yaml").read_text(encoding="utf-8")
    return parse_section(Catalogue, yaml.safe_load(text), owner="the catalogue")
