"""The random order of samples, in which runs that may end early ask them."""

from __future__ import annotations

import hashlib

_SALT = b"medgen early stop\0"
"""A limit and shards choose samples by a hash of their ids too: with it, their choice says nothing of this order."""


def random_place(sample_id: str) -> bytes:
    """What samples are sorted by: a hash of the id, so that the order is the same in every process."""
    return hashlib.sha256(_SALT + sample_id.encode("utf-8", "surrogatepass")).digest()
