"""Token weights: how much each token counts, alike for all but the special ones, or by its rarity in a corpus."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_TEXT_KEYS = ("reference", "target_text", "answer", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWeights:
    """The weight of each token by its number, and of those not named."""

    named: Mapping[int, float]
    other: float = 1.0

    def of(self, ids: Sequence[int]) -> list[float]:
        """The weights of tokens, in order."""
        return [self.named.get(token, self.other) for token in ids]


def even_weights(special: Iterable[int | None]) -> TokenWeights:
    """Every token counts 1, the beginning and the end that the tokenizer sets count 0."""
    return TokenWeights(named={token: 0.0 for token in special if token is not None})


def idf_weights(corpus: Sequence[Sequence[int]]) -> TokenWeights:
    """Inverse document frequencies over the tokens of a corpus, as bert-score defines them.

    A token in c of N texts counts `ln((N + 1) / (c + 1))`, one in none `ln(N + 1)`: one in all counts 0.
    """
    counts = Counter(token for ids in corpus for token in set(ids))
    total = len(corpus) + 1
    return TokenWeights(
        named={token: math.log(total / (count + 1)) for token, count in counts.items()}, other=math.log(total)
    )


def read_corpus(file: Path) -> list[str]:
    """The references in a file: lines of text, or in `*.jsonl` JSON texts or objects with a key like `reference`.

    Lines of white space are left out. Raises ConfigError naming file and line.
    """
    try:
        lines = file.read_text("utf-8").split("\n")
    except OSError as error:
        raise ConfigError(f"{file}: the references for idf cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: the references for idf are not UTF-8: {error.reason}") from error
    is_json = file.suffix.lower() == ".jsonl"
    texts = [
        _text(line, where=f"{file}:{number}") if is_json else line
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not any(text.strip() for text in texts):
        raise ConfigError(f"{file}: no references for idf; every line is empty")
    return [text for text in texts if text.strip()]


def _text(line: str, *, where: str) -> str:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: not JSON: {error}") from error
    if isinstance(read, dict):
        read = next((read[key] for key in _TEXT_KEYS if key in read), None)
    if not isinstance(read, str):
        raise ConfigError(f"{where}: no reference; a line is a text or has one of the keys {', '.join(_TEXT_KEYS)}")
    return read
