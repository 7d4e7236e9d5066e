"""The context of metrics: devices, weights and settings, and what metrics of one run share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

_T = TypeVar("_T")

_MEBIBYTE = 1024 * 1024


class Resources:
    """Costly things that several metrics share, like one text encoder: made on first use, once a process."""

    def __init__(self) -> None:
        self._made: dict[Hashable, object] = {}

    def get(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """What `make` made for this key, the first time or now."""
        if key not in self._made:
            self._made[key] = make()
        return cast("_T", self._made[key])


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricContext:
    """What a metric may know when it is built.

    `root` is what relative paths of the settings are relative to. `torch_home` and `hub_cache` are where
    torch hub and the Hugging Face hub keep weights. `device` is auto, cpu, cuda, cuda:N or mps.
    `batch_size` is how many pairs go through a network at once, `cache_bytes` what each network may
    remember of references, `threads` how many a network uses on the CPU (0: the library decides).
    `judged` are the metrics that a judge of the run gives. `options` are each metric's own settings, by its name.
    """

    root: Path = field(default_factory=Path.cwd)
    torch_home: Path = field(default_factory=lambda: Path.home() / ".cache" / "torch")
    hub_cache: Path = field(default_factory=lambda: Path.home() / ".cache" / "huggingface" / "hub")
    device: str = "auto"
    half_precision: bool = False
    batch_size: int = 16
    cache_bytes: int = 256 * _MEBIBYTE
    threads: int = 0
    judged: frozenset[str] = frozenset()
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    resources: Resources = field(default_factory=Resources)

    def options_of(self, metric: str) -> Mapping[str, object]:
        """The settings of one metric; empty where there are none."""
        return self.options.get(metric, {})
