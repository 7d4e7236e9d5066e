"""Sampling: drawing tokens with random numbers of each sample's own, so that a batch changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_TINIEST = 1e-300


class SeededSampling:
    r"""Turns scores so that the highest one is a draw from their distribution (the Gumbel-max trick).

    $\arg\max_i\,(s_i / T + G_i)$ with $G_i = -\ln E_i$, $E_i \sim \mathrm{Exp}(1)$ draws $i$ with probability
    $\mathrm{softmax}(s / T)_i$. Before, tokens beyond the likeliest ones that hold `top_p` are ruled out. Scores are
    (batch, vocabulary); each row draws from its own generator, so neither order nor batch matters.
    """

    def __init__(self, torch: Any, *, temperature: float, top_p: float, generators: Sequence[Any]) -> None:
        self._torch = torch
        self._temperature = temperature
        self._top_p = top_p
        self._generators = generators

    def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ARG002 - the signature of transformers
        """The scores with noise, float64."""
        scaled = self._kept(scores.double() / self._temperature)
        return scaled + self._torch.stack([self._noise(scores.shape[1], one) for one in self._generators]).to(
            scores.device
        )

    def _kept(self, scaled: Any) -> Any:
        if self._top_p >= 1:
            return scaled
        ordered, places = scaled.sort(dim=-1, descending=True)
        shares = ordered.softmax(dim=-1)
        # The token that reaches the share is kept too, so that one always is.
        beyond = shares.cumsum(dim=-1) - shares >= self._top_p
        return scaled.masked_fill(beyond.scatter(1, places, beyond), float("-inf"))

    def _noise(self, count: int, generator: Any) -> Any:
        drawn = self._torch.empty(count, dtype=self._torch.float64).exponential_(generator=generator)
        return -drawn.clamp_min(_TINIEST).log()


class Stopping:
    """Ends a generation when asked to, whatever it has come to."""

    def __init__(self, torch: Any, is_stopped: Any) -> None:
        self._torch = torch
        self._is_stopped = is_stopped

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:  # noqa: ARG002 - the signature of transformers
        """Whether each row is done."""
        return self._torch.full((input_ids.shape[0],), self._is_stopped(), device=input_ids.device)
