"""A vision-language model of about two thousand numbers, in numpy: real weights, small enough to be read."""

from __future__ import annotations

from tiny_vlm.model import Model

__all__ = ["Model"]
