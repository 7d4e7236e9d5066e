"""The manifest: how a run is made; `run.json` is its first session's, `resumed-*.json` are those of later ones."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from medgen_pytest.domain.result import SCHEMA_VERSION
from medgen_pytest.errors import StoreError
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
    text = json.dumps({"schema_version": SCHEMA_VERSION, **facts}, indent=2, ensure_ascii=False, default=str) + "\n"
    data = text.encode("utf-8", errors="backslashreplace")
    write_once(folder / MANIFEST, data)
    session = _session_of(facts)
    if _session_of(_read(folder, MANIFEST)) == session:
        return
    if not resumes:
        raise StoreError(f"run directory {folder} was taken by another session in the meantime; name another")
    write_once(folder / f"resumed-{re.sub('[^0-9A-Za-z-]', '', str(session))}.json", data)


def read_manifest(folder: Path) -> dict[str, object]:
    """The facts of the latest session, with `started` of the first and the models of all.

    Raises StoreError if the folder holds no run, or one of another schema version.
    """
    manifest = _read(folder, MANIFEST)
    for path in sorted(folder.glob("resumed-*.json")):
        later = _read(folder, path.name)
        models = {**_models(manifest), **_models(later)}
        first = {_STARTED: manifest.get(_STARTED), "resumed": later.get(_STARTED)}
        manifest = {**manifest, **later, **first, _MODELS: models}
    return manifest


def _session_of(facts: Mapping[str, object]) -> object:
    return facts.get(_SESSION, facts.get(_STARTED))


def _models(manifest: Mapping[str, object]) -> dict[str, object]:
    models = manifest.get(_MODELS)
    return models if isinstance(models, dict) else {}


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
