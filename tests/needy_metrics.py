"""Metrics of tests that need packages and weights, as those with networks do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.need import Need, WeightFile
from medgen_pytest.metrics.packages import package_need, torch_need, torchvision_need
from medgen_pytest.metrics.specs import SSIM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, Metric, MetricSpec
    from medgen_pytest.metrics.need import Home

CHECKPOINT = "hub/checkpoints/tiny-0a1b2c3d.pth"
ENCODER = "models--tiny--encoder"
REVISION = "0123456789abcdef0123456789abcdef01234567"
SNAPSHOT = f"{ENCODER}/snapshots/{REVISION}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedyMetric:
    """The definition of a metric that has needs and is never computed."""

    needs_in: Callable[[MetricContext], Sequence[Need]]
    spec: MetricSpec = field(default=SSIM)

    def needs(self, context: MetricContext) -> Sequence[Need]:
        """Whatever the test says."""
        return self.needs_in(context)

    def under(self, convention: Convention, context: MetricContext) -> Metric:
        """It cannot be built."""
        raise ConfigError(f"not to be built under {convention} on {context.device}")


def weights_need(context: MetricContext, name: str, home: Home, places: Sequence[str]) -> Need:
    """The need of files, found if all of them are there."""
    folder = {"torch": context.torch_home, "huggingface": context.hub_cache, "folder": context.root}[home]
    files = tuple(WeightFile(path=folder / place, home=home, place=place) for place in places)
    if not all(file.path.is_file() for file in files):
        problem, remedy = f"the weights {name} are not in {folder}", f"get-weights {name}"
        return Need(kind="weights", name=name, problem=problem, remedy=remedy)
    return Need(kind="weights", name=name, found=str(folder), files=files)


def _picture_needs(context: MetricContext) -> Sequence[Need]:
    return [torch_need(), weights_need(context, "tiny picture network", "torch", [CHECKPOINT])]


def _text_needs(context: MetricContext) -> Sequence[Need]:
    why = "encodes the texts of meaning"
    return [
        torch_need(),
        package_need("transformers", extra="metrics", why=why),
        torchvision_need(),
        weights_need(context, "tiny/encoder", "huggingface", [f"{SNAPSHOT}/config.json", f"{SNAPSHOT}/model.bin"]),
    ]


NEEDY = {
    "picture": NeedyMetric(needs_in=_picture_needs),
    "meaning": NeedyMetric(needs_in=_text_needs),
    "similar_meaning": NeedyMetric(needs_in=_text_needs),
    "plain": NeedyMetric(needs_in=lambda _: ()),
}
"""A metric of images, two of texts that share an encoder, and one that needs nothing."""


def write_checkpoint(torch_home: Path, content: bytes = b"picture weights") -> None:
    """Writes what the metric of images needs."""
    path = torch_home / CHECKPOINT
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_encoder(hub_cache: Path, content: bytes = b"text weights") -> None:
    """Writes what the metrics of texts need, as the hub does: links to blobs, and a name for the revision."""
    repository = hub_cache / ENCODER
    for folder in ("blobs", "refs", f"snapshots/{REVISION}"):
        (repository / folder).mkdir(parents=True, exist_ok=True)
    (repository / "refs" / "main").write_text(REVISION, encoding="utf-8")
    for index, (name, data) in enumerate({"config.json": b"{}", "model.bin": content}.items()):
        blob = repository / "blobs" / f"blob{index}"
        blob.write_bytes(data)
        (repository / "snapshots" / REVISION / name).symlink_to(f"../../blobs/{blob.name}")


def named(texts: list[str] | None) -> tuple[str, ...]:
    """The names that values of `--metrics` hold, or all."""
    return tuple(name for text in texts or () for name in text.split(",")) or tuple(NEEDY)
