"""Scorer: texts in, matches out, with each text encoded once and references remembered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from medgen_pytest.errors import ConfigError, MetricError
from medgen_pytest.metrics.bertscore.baseline import rescaled
from medgen_pytest.metrics.bertscore.encoder import Encoder, cut_at, position_count
from medgen_pytest.metrics.bertscore.idf import TokenWeights, even_weights, idf_weights, read_corpus
from medgen_pytest.metrics.bertscore.matching import Match, match
from medgen_pytest.metrics.bertscore.tokens import TextReader, Tokens, open_reader
from medgen_pytest.metrics.feature_cache import FeatureCache
from medgen_pytest.metrics.hub_network import load_network, load_transformers
from medgen_pytest.metrics.torch_runtime import choose_device, computes_in_half, half_suffix, load_torch, set_threads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medgen_pytest.metrics.bertscore.setup import BertScoreSetup
    from medgen_pytest.metrics.context import MetricContext

_NEED = "metric 'bertscore'"
# What is computed before it is matched and let go: texts of about this size in features.
_WINDOW_BYTES = 64 << 20
# Precision, recall and F1 ask for the same matches one after another.
_MEMO_BYTES = 16 << 20
_MATCH_BYTES = 512
_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """What takes time to load."""

    torch: Any
    reader: TextReader
    encoder: Encoder
    weights: TokenWeights
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A pair of texts to be matched: its place, its tokens, and what they are known by."""

    place: int
    key: tuple[bytes, bytes]
    pred: Tokens
    target: Tokens


class BertScorer:
    """Matches pairs of texts under one set-up; loads its encoder on first use and keeps it."""

    def __init__(self, setup: BertScoreSetup, context: MetricContext) -> None:
        self._setup = setup
        self._context = context
        self._loaded: _Loaded | None = None
        self._references: FeatureCache[Any] = FeatureCache(context.cache_bytes)
        self._matches: FeatureCache[Match] = FeatureCache(_MEMO_BYTES)

    @property
    def variant(self) -> str:
        """What else than the rules makes the numbers."""
        return self._setup.variant + half_suffix(self._context, need=_NEED)

    def prepare(self) -> None:
        """Loads the encoder. Raises ConfigError naming the file or setting that cannot be used."""
        self._parts()

    def match(self, texts: Sequence[tuple[str, str]]) -> list[Match | MetricError]:
        """The match of each pair of candidate and reference, in order; a MetricError where there is none."""
        loaded = self._parts()
        results: list[Match | MetricError | None] = []
        jobs = []
        read: dict[str, Tokens] = {}
        for place, (pred, target) in enumerate(texts):
            key = (_digest(pred), _digest(target))
            known = self._matches.get(key)
            results.append(known or _blank(pred, target))
            if results[place] is None:
                job = _Job(place=place, key=key, pred=_read(loaded, read, pred), target=_read(loaded, read, target))
                results[place] = _unreadable(loaded.reader, job)
                jobs += [] if results[place] else [job]
        for window in _windows(jobs, width=loaded.width):
            for job, found in self._match_window(loaded, window):
                results[job.place] = found
        return [result for result in results if result is not None]

    def _match_window(self, loaded: _Loaded, window: Sequence[_Job]) -> Iterator[tuple[_Job, Match | MetricError]]:
        targets = self._features_of_references(loaded, window)
        preds = loaded.encoder.encode({job.key[0]: job.pred.ids for job in window})
        for job in window:
            try:
                found = self._match_one(loaded, job, preds[job.key[0]], targets[job.key[1]])
            except MetricError as error:
                yield job, error
            else:
                self._matches.put(job.key, found, size=_MATCH_BYTES)
                yield job, found

    def _features_of_references(self, loaded: _Loaded, window: Sequence[_Job]) -> Mapping[bytes, Any]:
        features = {job.key[1]: self._references.get(job.key[1]) for job in window}
        missing = {job.key[1]: job.target.ids for job in window if features[job.key[1]] is None}
        for key, rows in loaded.encoder.encode(missing).items():
            # A row of a batch would keep the whole batch alive.
            features[key] = held = rows.clone()
            self._references.put(key, held, size=held.nbytes)
        return features

    def _match_one(self, loaded: _Loaded, job: _Job, preds: Any, target: Any) -> Match:
        found = match(
            loaded.torch,
            preds,
            target,
            pred_weights=loaded.weights.of(job.pred.ids),
            target_weights=loaded.weights.of(job.target.ids),
        )
        baseline = self._setup.baseline
        if baseline:
            found = Match(
                precision=rescaled(found.precision, baseline.precision),
                recall=rescaled(found.recall, baseline.recall),
                f1=rescaled(found.f1, baseline.f1),
            )
        return replace(found, notes=_notes(job, limit=loaded.reader.limit))

    def _parts(self) -> _Loaded:
        if self._loaded is None:
            self._loaded = _load(self._setup, self._context)
        return self._loaded


def _load(setup: BertScoreSetup, context: MetricContext) -> _Loaded:
    torch = load_torch(need=_NEED)
    set_threads(torch, context)
    device = choose_device(torch, context.device)
    transformers = load_transformers(need=_NEED)
    network = load_network(torch, transformers, setup.model)
    encoder = cut_at(torch, network, setup.options.layer, model=setup.model)
    positions = position_count(torch, encoder)
    reader = open_reader(transformers, setup.model, positions=positions, max_length=setup.options.max_length)
    corpus = [reader.read(text).ids for text in read_corpus(setup.corpus)] if setup.corpus else None
    loaded = _Loaded(
        torch=torch,
        reader=reader,
        encoder=Encoder(
            torch,
            encoder,
            device=device,
            batch_size=context.batch_size,
            is_half=computes_in_half(torch, context),
        ),
        weights=even_weights(reader.special) if corpus is None else idf_weights(corpus),
        width=1,
    )
    return replace(loaded, width=_try_out(loaded, setup))


def _try_out(loaded: _Loaded, setup: BertScoreSetup) -> int:
    """The width of the features of a first text. Raises ConfigError for an encoder that gives no numbers."""
    ids = loaded.reader.read("no acute finding").ids
    try:
        features = loaded.encoder.encode({b"": ids})[b""]
    except Exception as error:  # a tokenizer of another model gives tokens that the encoder does not have
        raise ConfigError(
            f"{_NEED}: the encoder in {setup.model.folder} cannot read what its tokenizer gives: {error}"
        ) from error
    if not bool(loaded.torch.isfinite(features).all()):
        raise ConfigError(f"{_NEED}: the encoder in {setup.model.folder} gives no finite numbers at this layer")
    return int(features.shape[-1])


def _windows(jobs: Sequence[_Job], *, width: int) -> Iterator[list[_Job]]:
    """Jobs in parts whose features fit the bound: those of one reference together, then of like length."""
    most = _WINDOW_BYTES // (width * _FLOAT_BYTES)
    window: list[_Job] = []
    tokens = 0
    for job in sorted(jobs, key=lambda job: (len(job.target.ids), job.key[1], len(job.pred.ids))):
        size = len(job.target.ids) + len(job.pred.ids)
        if window and tokens + size > most:
            yield window
            window, tokens = [], 0
        window.append(job)
        tokens += size
    if window:
        yield window


def _read(loaded: _Loaded, read: dict[str, Tokens], text: str) -> Tokens:
    if text not in read:
        read[text] = loaded.reader.read(text)
    return read[text]


def _blank(pred: str, target: str) -> MetricError | None:
    for side, text in (("candidate", pred), ("target", target)):
        if not text.strip():
            return MetricError(f"the {side} text is empty")
    return None


def _unreadable(reader: TextReader, job: _Job) -> MetricError | None:
    for side, tokens in (("candidate", job.pred), ("target", job.target)):
        if reader.is_blank(tokens):
            return MetricError(f"the encoder finds no token in the {side} text")
    return None


def _notes(job: _Job, *, limit: int) -> tuple[str, ...]:
    sides = (("candidate", job.pred), ("target", job.target))
    cut = ", ".join(f"{side} ({tokens.total})" for side, tokens in sides if tokens.is_cut)
    mended = ", ".join(side for side, tokens in sides if tokens.is_mended)
    return (
        *((f"truncated to {limit} tokens: {cut}",) if cut else ()),
        *((f"lone surrogates read as U+FFFD: {mended}",) if mended else ()),
    )


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
