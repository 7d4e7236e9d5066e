"""Tokens: a text as the encoder reads it, cut where the encoder can take no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.hub_network import load_tokenizer

if TYPE_CHECKING:
    from medgen_pytest.metrics.hub import HubModel

# What transformers writes for "no limit" is 1e30.
_NO_LIMIT = 1 << 30
_SPACED = ("GPT2Tokenizer", "GPT2TokenizerFast", "RobertaTokenizer", "RobertaTokenizerFast")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The numbers of a text's tokens with the special ones, and of how many they are the first.

    `is_mended` says that the text held lone surrogates, which are no characters, read as U+FFFD.
    """

    ids: tuple[int, ...]
    total: int
    is_mended: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether the encoder could not take all."""
        return self.total > len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReader:
    """Reads texts into tokens as bert-score does: stripped, with special tokens, cut at a limit."""

    tokenizer: Any
    limit: int

    @property
    def special(self) -> tuple[int | None, int | None]:
        """The tokens that begin and end a text, which do not count."""
        return self.tokenizer.cls_token_id, self.tokenizer.sep_token_id

    def read(self, text: str) -> Tokens:
        """The tokens of a text; those of special tokens alone where nothing in it can be read."""
        mended, count = _LONE_SURROGATE.subn("\ufffd", text.strip())
        ids = self.tokenizer.encode(mended, add_special_tokens=True, truncation=True, max_length=self.limit)
        total = len(ids)
        if total >= self.limit:
            total = len(self.tokenizer.encode(mended, add_special_tokens=True, truncation=False, verbose=False))
        return Tokens(ids=tuple(ids), total=total, is_mended=bool(count))

    def is_blank(self, tokens: Tokens) -> bool:
        """Whether there are special tokens alone, as for a text of control characters."""
        special = {*self.special, self.tokenizer.bos_token_id, self.tokenizer.eos_token_id}
        return all(token in special for token in tokens.ids)


def open_reader(transformers: Any, model: HubModel, *, positions: int | None, max_length: int | None) -> TextReader:
    """The reader of a model's texts.

    Its limit is the tokenizer's or that of the encoder's positions, whichever is lower, or `max_length`.
    Raises ConfigError where none is known, for a `max_length` beyond it, and for a tokenizer that cannot be
    loaded.
    """
    tokenizer = load_tokenizer(transformers, model)
    # bert-score sets a space before the text for these, or its first word is another token than elsewhere.
    # The keyword that it passes has no effect in transformers 5.
    if isinstance(tokenizer, tuple(getattr(transformers, name) for name in _SPACED)):
        tokenizer = load_tokenizer(transformers, model, add_prefix_space=True)
    limits = [limit for limit in (tokenizer.model_max_length, positions) if limit and limit < _NO_LIMIT]
    limit = _limit(model, limits, max_length)
    return TextReader(tokenizer=tokenizer, limit=limit)


def _limit(model: HubModel, limits: list[int], max_length: int | None) -> int:
    if max_length is not None and limits and max_length > min(limits):
        raise ConfigError(
            f"metric 'bertscore': 'max_length' is {max_length}, the model {model.name!r} takes {min(limits)} tokens"
        )
    if max_length is None and not limits:
        raise ConfigError(
            f"metric 'bertscore': neither tokenizer nor encoder of {model.name!r} says how many tokens it takes; "
            "set 'max_length'"
        )
    return max_length or min(limits)
