"""Devices and precision, decided on a stand-in for torch: no machine has every device."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.torch_runtime import choose_device, computes_in_half


@dataclass(frozen=True)
class Device:
    """As torch.device: a type and perhaps an index."""

    type: str
    index: int | None = None


def parse(name: str) -> Device:
    kind, _, index = name.partition(":")
    if kind not in {"cpu", "cuda", "mps"}:
        raise RuntimeError(f"Expected one of cpu, cuda, mps device type at start of device string: {name}")
    return Device(kind, int(index) if index else None)


def machine(*, gpus: int = 0, mps: bool = False) -> Any:
    """What of torch tells the devices of a machine."""
    return SimpleNamespace(
        __version__="2.14.1",
        device=parse,
        cuda=SimpleNamespace(is_available=lambda: gpus > 0, device_count=lambda: gpus),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )


@pytest.mark.parametrize(
    ("torch", "name", "device"),
    [
        (machine(), "auto", Device("cpu")),
        (machine(gpus=2), "auto", Device("cuda")),
        (machine(mps=True), "auto", Device("mps")),
        (machine(gpus=2), "cpu", Device("cpu")),
        (machine(gpus=2), "cuda:1", Device("cuda", 1)),
        (machine(mps=True), "mps", Device("mps")),
    ],
)
def test_a_device_is_the_one_that_is_named_or_the_best(torch: Any, name: str, device: Device) -> None:
    assert choose_device(torch, name) == device


@pytest.mark.parametrize(
    ("torch", "name", "message"),
    [
        (machine(), "cuda", "device 'cuda' is not available to torch 2.14.1; use auto or cpu"),
        (machine(gpus=1), "cuda:1", "device 'cuda:1' is not available to torch 2.14.1; use auto or cpu"),
        (machine(), "mps", "device 'mps' is not available to torch 2.14.1; use auto or cpu"),
        (machine(), "gpu", "unknown device 'gpu'; known: auto, cpu, cuda, cuda:N, mps"),
    ],
)
def test_a_device_that_is_not_there_is_refused(torch: Any, name: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        choose_device(torch, name)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("torch", "device", "asked", "computes"),
    [
        (machine(gpus=1), "auto", True, True),
        (machine(gpus=1), "auto", False, False),
        (machine(gpus=1), "cpu", True, False),
        (machine(mps=True), "auto", True, False),
        (machine(), "auto", True, False),
    ],
)
def test_half_precision_is_for_cuda_where_it_is_asked_for(
    torch: Any, device: str, *, asked: bool, computes: bool
) -> None:
    assert computes_in_half(torch, MetricContext(device=device, half_precision=asked)) is computes
