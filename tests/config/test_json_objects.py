"""JSON objects in files: read whole, or refused in one line that names the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.json_object import read_json_object
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_an_object_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"name": "Zürich", "sizes": [1, 2]}', encoding="utf-8")

    assert read_json_object(path) == {"name": "Zürich", "sizes": [1, 2]}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[1]", "not a JSON object, but a list"),
        (b"null", "not a JSON object, but a NoneType"),
        (b"{", "not JSON: "),
        (b"\xff\xfe", "not JSON: "),
        (b"[" * 100_000, "not JSON: "),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_object_is_refused_by_name(tmp_path: Path, data: bytes | None, said: str) -> None:
    path = tmp_path / "config.json"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(ConfigError) as caught:
        read_json_object(path)

    assert str(caught.value).startswith(f"{path}: {said}")
