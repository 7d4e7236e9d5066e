"""Files: images whose URLs stand in replies, kept until newer ones need their room."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.message import HttpReply, StreamedBody

if TYPE_CHECKING:
    from medgen_pytest.fake_server.question import Picture

_PREFIX = "/files/"
_ROOM = 256_000_000


class Files:
    """The files that the server serves under `/files/`; the oldest leave when they hold more than 256 MB."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._held = 0
        self._pictures: dict[str, Picture] = {}

    def add(self, picture: Picture) -> str:
        """The path under which a picture can be fetched from now on; the same for the same picture."""
        name = f"{self._name(picture)}.{picture.format}"
        if name not in self._pictures:
            self._pictures[name] = picture
            self._held += _weight(picture)
        while self._held > self._room and len(self._pictures) > 1:
            oldest = next(iter(self._pictures))
            self._held -= _weight(self._pictures.pop(oldest))
        return f"{_PREFIX}{name}"

    def reply(self, path: str) -> HttpReply | None:
        """The reply with the file of a path; None where no file has it."""
        picture = self._pictures.get(path.removeprefix(_PREFIX)) if path.startswith(_PREFIX) else None
        if picture is None:
            return None
        return HttpReply(status=200, headers=(("content-type", picture.media_type),), body=picture.data)

    @staticmethod
    def _name(picture: Picture) -> str:
        if isinstance(picture.data, StreamedBody):
            return f"huge-{len(picture.data)}"
        return hashlib.sha256(picture.data).hexdigest()[:24]


def is_file_path(path: str) -> bool:
    """Whether a path is one of files."""
    return path.startswith(_PREFIX)


def _weight(picture: Picture) -> int:
    return len(picture.data) if isinstance(picture.data, bytes) else 0
