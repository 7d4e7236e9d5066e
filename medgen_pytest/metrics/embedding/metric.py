"""Anatomical embedding similarity: how alike two images are to a frozen vision encoder."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, MissingExtraError, ShapeError
from medgen_pytest.metrics.batchwise import BatchMetric
from medgen_pytest.metrics.contract import MetricSpec, convention_name
from medgen_pytest.metrics.embedding.cosine import cosine_similarities
from medgen_pytest.metrics.embedding.encoder import load_vision_encoder
from medgen_pytest.metrics.embedding.preprocessor_config import read_preprocessing
from medgen_pytest.metrics.embedding.settings import NAME, OWNER, read_options
from medgen_pytest.metrics.feature_cache import FeatureCache
from medgen_pytest.metrics.hub import find_model, hub_need
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.packages import package_need, torch_need
from medgen_pytest.metrics.shapes import check_images
from medgen_pytest.metrics.specs import EMBEDDING_SIMILARITY as SPEC
from medgen_pytest.metrics.torch_runtime import EXTRA, half_suffix

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, Pair
    from medgen_pytest.metrics.embedding.encoder import ImageRunner
    from medgen_pytest.metrics.embedding.preprocessing import Preprocessing
    from medgen_pytest.metrics.embedding.settings import EmbeddingOptions
    from medgen_pytest.metrics.hub import HubModel
    from medgen_pytest.metrics.need import Need

    Pixels = NDArray[np.uint8]
    Vector = NDArray[np.float32]

_DIGEST_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSimilarity:
    """The cosine of the embeddings of output and reference, under one convention.

    Images uint8 (H, W, 3) or (H, W), of one shape, from one pixel a side on. Each is prepared as the
    model's own image processor does, by Pillow, and embedded by the encoder; the value is
    `a . b / sqrt((a . a) (b . b))`. No unit, [-1, 1], higher is better; identical images give exactly 1.

    An embedding of zeros, or with a value that is no finite number, leaves its pair unscored, as does an
    image so narrow that resizing its shortest edge would make it larger than images may be.
    Source: Perez-Garcia et al. 2024 (Rad-DINO), and the scripts of the benchmark's authors.
    """

    rules: Convention
    options: EmbeddingOptions
    model: HubModel
    preprocessing: Preprocessing
    context: MetricContext

    @property
    def spec(self) -> MetricSpec:
        """What the metric is."""
        return SPEC

    @property
    def convention(self) -> str:
        """Like `embedding_similarity/canonical@1+rad-dino-cls-4a1f09c2`: model, pooling, digest of its files.

        A size of the settings stands before the digest, `half` for half precision behind it. The first
        call reads the files. Raises ConfigError for files that cannot be read.
        """
        digest = self.context.resources.get(("hub model digest", self.model.folder), self.model.digest)
        words = [re.sub(r"[^\w.-]", "_", self.model.short_name), self.options.pooling]
        words += [f"{self.options.size}px"] if self.options.size else []
        variant = "-".join([*words, digest[:_DIGEST_DIGITS]]) + half_suffix(self.context, need=OWNER)
        return convention_name(SPEC, self.rules, variant=variant)

    def prepare(self) -> None:
        """Loads the encoder. Raises ConfigError naming the file or setting that cannot be used."""
        self._embedder()

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One score a pair, in order; a pair that has no value is unscored with the reason."""
        if not pairs:
            return []
        embedder = self._embedder()  # what cannot be loaded is no fault of the pairs
        return BatchMetric(
            spec=SPEC, convention=self.convention, measure=lambda whole: _measure(whole, embedder)
        ).score(pairs)

    def _embedder(self) -> _Embedder:
        key = (NAME, self.model.folder, self.options)
        return self.context.resources.get(key, self._load)

    def _load(self) -> _Embedder:
        runner = load_vision_encoder(
            self.model, preprocessing=self.preprocessing, pooling=self.options.pooling, context=self.context
        )
        return _Embedder(runner, cache_bytes=self.context.cache_bytes)


class EmbeddingSimilarityDefinition:
    """What the similarity needs, and how it is built under each convention."""

    @property
    def spec(self) -> MetricSpec:
        """What the metric is."""
        return SPEC

    def needs(self, context: MetricContext) -> tuple[Need, ...]:
        """Torch, transformers and the encoder's files. Raises ConfigError for wrong settings."""
        options = read_options(context)
        why = "runs encoders of texts and images"
        return (
            torch_need(),
            package_need("transformers", extra=EXTRA, why=why),
            hub_need(options.model, kind="image", context=context),
        )

    def under(self, convention: Convention, context: MetricContext) -> EmbeddingSimilarity:
        """The metric under a convention; nothing heavy is imported and no weights are read.

        Raises ConfigError for wrong settings, for needs that are not met, and for a preprocessing that is not known.
        """
        for need in self.needs(context):
            _demand(need)
        options = read_options(context)
        model = find_model(options.model, kind="image", context=context)
        preprocessing = read_preprocessing(model).at(options.size)
        return EmbeddingSimilarity(
            rules=convention, options=options, model=model, preprocessing=preprocessing, context=context
        )


class _Embedder:
    """An encoder, and what it remembers of references."""

    def __init__(self, runner: ImageRunner, *, cache_bytes: int) -> None:
        self.runner = runner
        self.references = FeatureCache["Vector"](cache_bytes)

    def embed(self, images: Mapping[Hashable, Pixels], *, references: frozenset[Hashable]) -> dict[Hashable, Vector]:
        """The embedding of each image by its key; an image is embedded once, and references are remembered."""
        known = {key: found for key in images if (found := self.references.get(key)) is not None}
        fresh = {key: image for key, image in images.items() if key not in known}
        for key, vector in zip(fresh, self.runner.embed(list(fresh.values())), strict=True):
            known[key] = vector
            if key in references:
                # A row of a batch would keep the memory of the whole batch.
                self.references.put(key, vector.copy(), size=vector.nbytes)
        return known


@dataclass(frozen=True, slots=True)
class _Images:
    """The images of a pair, with what tells equal pixels."""

    pred: Pixels
    target: Pixels
    pred_key: Hashable
    target_key: Hashable


def _measure(pairs: Sequence[Pair], embedder: _Embedder) -> list[Measured | Exception]:
    found = [_images(pair, embedder.runner.preprocessing) for pair in pairs]
    usable = [images for images in found if isinstance(images, _Images)]
    by_key = {one.pred_key: one.pred for one in usable} | {one.target_key: one.target for one in usable}
    vectors = embedder.embed(by_key, references=frozenset(one.target_key for one in usable))
    return [
        Measured(value=_similarity(vectors[images.pred_key], vectors[images.target_key]))
        if isinstance(images, _Images)
        else images
        for images in found
    ]


def _images(pair: Pair, preprocessing: Preprocessing) -> _Images | ShapeError:
    if pair.pred_image is None or pair.target_image is None:
        return ShapeError(f"{NAME} needs two images")
    try:
        check_images(pair.pred_image, pair.target_image)
        preprocessing.check(pair.target_image)
    except ShapeError as error:
        return error
    return _Images(pair.pred_image, pair.target_image, _key(pair.pred_image), _key(pair.target_image))


def _key(image: Pixels) -> Hashable:
    return image.shape, hashlib.blake2b(image.tobytes(), digest_size=16).digest()


def _similarity(pred: Vector, target: Vector) -> float:
    return float(cosine_similarities(pred[None], target[None])[0])


def _demand(need: Need) -> None:
    if need.is_met:
        return
    if need.kind == "package" and need.found is None:
        raise MissingExtraError(need=OWNER, package=need.name, extra=EXTRA)
    raise ConfigError(f"{OWNER}: {need}")


EMBEDDING_SIMILARITY = EmbeddingSimilarityDefinition()
"""Both conventions are the same computation."""
