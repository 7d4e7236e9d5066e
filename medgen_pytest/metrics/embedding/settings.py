"""Settings of the anatomical embedding similarity: which encoder, and what of its output is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from medgen_pytest.config.sections import Section, parse_section

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext

NAME = "embedding_similarity"
"""The name of the metric, and of its settings below `metrics`."""

OWNER = f"metric {NAME!r}"

DEFAULT_MODEL = "microsoft/rad-dino"
"""The encoder of the benchmark's scripts, trained on chest X-rays."""

Pooling = Literal["cls", "mean", "pooler"]
"""What becomes the embedding.

`cls` is the first token of the last layer, what the authors of Rad-DINO use; `mean` the mean over all
tokens, or over the map of a network without tokens; `pooler` what the network itself makes of them, which is
right for networks without a class token, like SigLIP.
"""


class EmbeddingOptions(Section):
    """The key `embedding_similarity` below `metrics`.

    `model` is a repository of the Hugging Face hub or a folder. `size` is the side in pixels that images
    are resized and cut to, in place of the model's own.
    """

    model: str = Field(default=DEFAULT_MODEL, min_length=1)
    pooling: Pooling = "cls"
    size: int | None = Field(default=None, ge=8, le=4096, strict=True)


def read_options(context: MetricContext) -> EmbeddingOptions:
    """The settings of the metric. Raises ConfigError for wrong ones."""
    return parse_section(EmbeddingOptions, context.options_of(NAME), owner=OWNER)
