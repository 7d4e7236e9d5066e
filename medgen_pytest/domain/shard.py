"""Shards: the parts that a run is cut into, so that several machines can share it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_mapping, read_whole
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_SHARDS = 1000
_SYNTAX = re.compile(r"\s*(\d{1,4})\s*/\s*(\d{1,4})\s*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Shard:
    """One of `count` parts of a run; `index` runs from 1. Which part a sample lies in depends on its id alone."""

    count: int
    index: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard that a text like `3/8` names. Raises ConfigError for anything else.

        >>> print(Shard.parse("3/8"))
        3/8
        """
        match = _SYNTAX.fullmatch(text)
        if match is None:
            raise ConfigError(f"shard {text!r}: write INDEX/COUNT, like 3/8 for the third of eight")
        shard = cls(index=int(match[1]), count=int(match[2]))
        if not 1 <= shard.count <= MOST_SHARDS:
            raise ConfigError(f"shard {text!r}: a run is cut into 1 to {MOST_SHARDS} shards")
        if not 1 <= shard.index <= shard.count:
            raise ConfigError(f"shard {text!r}: shards are counted from 1 to {shard.count}")
        return shard

    def takes(self, sample_id: str) -> bool:
        """Whether a sample lies in this shard: by the SHA-256 of its id, so on every machine alike."""
        digest = hashlib.sha256(sample_id.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest, "big") % self.count == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; `from_dict` gives back an equal shard."""
        return {"index": self.index, "count": self.count}

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Shard:
        """The shard that `to_dict` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        data = read_mapping(data)
        shard = cls(index=read_whole(data["index"]), count=read_whole(data["count"]))
        if not 1 <= shard.index <= shard.count:
            raise ValueError(f"no shard: {shard}")
        return shard
