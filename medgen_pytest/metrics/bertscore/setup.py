"""Set-up of BERTScore: its settings and files, checked before anything heavy is imported."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.config.sections import parse_section
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.bertscore.baseline import Baseline, find_baseline, read_baseline
from medgen_pytest.metrics.bertscore.encoder import check_layer, layer_count
from medgen_pytest.metrics.bertscore.settings import BertScoreOptions
from medgen_pytest.metrics.checkpoint import file_digest
from medgen_pytest.metrics.hub import find_model

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.hub import HubModel

OWNER = "bertscore"
"""The name under which precision, recall and F1 have their settings."""

_DIGEST_DIGITS = 8


@dataclass(frozen=True)
class BertScoreSetup:
    """What the numbers depend on: model, layer, weights of tokens, baseline, limit."""

    options: BertScoreOptions
    model: HubModel
    corpus: Path | None
    baseline: Baseline | None

    @cached_property
    def variant(self) -> str:
        """All of it in one word, like `all-MiniLM-L6-v2-layer6-1a2b3c4d`.

        The digits digest the files of the model, and those of idf and baseline where these are used.
        Raises ConfigError if a file cannot be read.
        """
        digests = [self.model.digest()]
        words = [re.sub(r"[^\w.-]", "_", self.model.short_name), f"layer{self.options.layer}"]
        if self.corpus:
            words.append("idf")
            digests.append(f"idf {file_digest(self.corpus)}")
        if self.baseline:
            words.append("rescaled")
            digests.append(repr(self.baseline))
        if self.options.max_length:
            words.append(f"max{self.options.max_length}")
        digest = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
        return "-".join([*words, digest[:_DIGEST_DIGITS]])


def read_options(context: MetricContext) -> BertScoreOptions:
    """The settings that precision, recall and F1 share.

    Raises ConfigError for wrong ones, and where precision or recall have some of their own.
    """
    for name in ("bertscore_precision", "bertscore_recall"):
        if context.options_of(name):
            raise ConfigError(f"metric {name!r}: has no settings of its own; write them under {OWNER!r}")
    return parse_section(BertScoreOptions, context.options_of(OWNER), owner=f"metric {OWNER!r}")


def open_setup(context: MetricContext) -> BertScoreSetup:
    """The settings with the files that they name. Raises ConfigError for what is wrong or missing."""
    options = read_options(context)
    model = find_model(options.model, kind="text", context=context)
    check_model_layer(options, model)
    corpus = context.root / Path(options.idf).expanduser() if isinstance(options.idf, str) else None
    if corpus and not corpus.is_file():
        raise ConfigError(f"metric {OWNER!r}: 'idf' names {corpus}, which is no file")
    return BertScoreSetup(options=options, model=model, corpus=corpus, baseline=_baseline(options, context))


def check_model_layer(options: BertScoreOptions, model: HubModel) -> None:
    """Raises ConfigError where a model's configuration has fewer layers than the settings ask for."""
    count = layer_count(model.read_config())
    if count is not None:
        check_layer(options.layer, count, model=model)


def _baseline(options: BertScoreOptions, context: MetricContext) -> Baseline | None:
    if not options.rescale:
        return None
    if options.baseline:
        return read_baseline(context.root / Path(options.baseline).expanduser(), layer=options.layer)
    return find_baseline(options.model, layer=options.layer)
