"""The manifest: how a run is made; `run.json` is its first session's, `resumed-*.json` are those of later ones."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from medgen_pytest.domain.result import SCHEMA_VERSION
from medgen_pytest.errors import StoreError
from medgen_pytest.store.seals import SEAL, seal_of
from medgen_pytest.store.whole_files import write_once

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST = "run.json"
_STARTED = "started"
_SESSION = "session"
_MODELS = "models"


def write_manifest(folder: Path, facts: Mapping[str, object], *, resumes: bool) -> None:
    """Writes a session's manifest, unless another process of the session was first.

    Sessions are told apart by the fact `session`, or `started` where there is none. Raises OSError, and
    StoreError if an earlier manifest is damaged, or if the folder belongs to another session and this
    one does not resume it (`resumes`).
    """
    data = _sealed({"schema_version": SCHEMA_VERSION, **facts}).encode("utf-8", errors="backslashreplace")
    write_once(folder / MANIFEST, data)
    session = _session_of(facts)
    if _session_of(_checked(folder, MANIFEST)) == session:
        return
    if not resumes:
        raise StoreError(f"run directory {folder} was taken by another session in the meantime; name another")
    write_once(folder / f"resumed-{re.sub('[^0-9A-Za-z-]', '', str(session))}.json", data)


def read_manifest(folder: Path) -> dict[str, object]:
    """The facts of the latest session, with `started` of the first and the models of all.

    Raises StoreError if the folder holds no run, one of another schema version, or one whose manifest was edited.
    """
    manifest = _checked(folder, MANIFEST)
    for path in _later(folder):
        later = _checked(folder, path.name)
        models = {**_models(manifest), **_models(later)}
        first = {_STARTED: manifest.get(_STARTED), "resumed": later.get(_STARTED)}
        manifest = {**manifest, **later, **first, _MODELS: models}
    return manifest


def unsealed_manifests(folder: Path) -> list[str]:
    """The names of a run's manifests that have no seal. Raises StoreError."""
    names = [MANIFEST, *(path.name for path in _later(folder))]
    return [name for name in names if _read(folder, name).get(SEAL) is None]


def _later(folder: Path) -> list[Path]:
    return sorted(folder.glob("resumed-*.json"))


def _sealed(facts: Mapping[str, object]) -> str:
    # As they are read back: facts may hold paths and tuples.
    plain = json.loads(json.dumps(facts, default=str))
    return json.dumps({**plain, SEAL: seal_of(plain)}, indent=2, ensure_ascii=False) + "\n"


def _session_of(facts: Mapping[str, object]) -> object:
    return facts.get(_SESSION, facts.get(_STARTED))


def _models(manifest: Mapping[str, object]) -> dict[str, object]:
    models = manifest.get(_MODELS)
    return models if isinstance(models, dict) else {}


def _checked(folder: Path, name: str) -> dict[str, object]:
    document = _read(folder, name)
    seal = document.pop(SEAL, None)
    if seal is not None and seal != seal_of(document):
        raise StoreError(
            f"{folder / name} was edited after it was written: put it back as it was, or remove its {SEAL!r} to have it"
            " taken as it is now"
        )
    return document


def _read(folder: Path, name: str) -> dict[str, object]:
    try:
        document = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"{folder} is no run directory: {name} cannot be read: {error}") from error
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{folder} was written with schema version {version!r}; this version of medgen-pytest reads"
            f" {SCHEMA_VERSION}: use the version that wrote it, or start a new run"
        )
    return dict(document)
