"""Encoder: the outputs of one layer of a language model for the tokens of texts."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.torch_runtime import in_batches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.metrics.hub import HubModel

# Where configurations of encoders and of pairs of encoder and decoder say how many layers the encoder has.
_LAYER_KEYS = ("encoder_layers", "num_hidden_layers", "n_layers", "num_layers", "n_layer")
_LAYER_LISTS = ("encoder.layer", "encoder.block", "encoder.layers", "transformer.layer", "layers", "layer", "block")
_TOKENS_OF_A_PAIR = 128
_FEWEST_TOKENS = 64


def layer_count(config: Mapping[str, object]) -> int | None:
    """How many layers a model's configuration gives its encoder; None where it does not say."""
    return next((value for key in _LAYER_KEYS if isinstance(value := config.get(key), int)), None)


class Encoder:
    """Texts as features of their tokens, float32 rows of length 1 on the device.

    Texts of one length go through the network together, so nothing is padded or masked, and batch mates
    do not change the features of a text beyond rounding.
    """

    def __init__(self, torch: Any, network: Any, *, device: Any, batch_size: int, is_half: bool = False) -> None:
        self._torch = torch
        self._device = device
        self._batch_tokens = batch_size * _TOKENS_OF_A_PAIR
        self._network = (network.half() if is_half else network).to(device)

    def encode(self, texts: Mapping[bytes, Sequence[int]]) -> dict[bytes, Any]:
        """The features (n, d) of each text of n tokens, by its key."""
        features: dict[bytes, Any] = {}
        by_length = sorted(texts.items(), key=lambda item: len(item[1]), reverse=True)
        for length, group in groupby(by_length, key=lambda item: len(item[1])):
            items = list(group)
            size = max(1, self._batch_tokens // length)
            rows = in_batches([ids for _, ids in items], self._run, size=size)
            features |= {key: row for (key, _), row in zip(items, rows, strict=True)}
        return features

    def _run(self, batch: Sequence[Sequence[int]]) -> Sequence[Any]:
        torch = self._torch
        # A product of few rows is summed in another order than one of many: short texts that come alone are
        # repeated, so that they get the same features as in company.
        copies = -(-_FEWEST_TOKENS // (len(batch) * len(batch[0])))
        ids = torch.tensor([*batch] * copies, dtype=torch.long, device=self._device)
        with torch.inference_mode():
            hidden = self._network(ids)[0][: len(batch)].float()
            return list((hidden / hidden.norm(dim=-1, keepdim=True)).unbind())


def cut_at(torch: Any, network: Any, layer: int, *, model: HubModel) -> Any:
    """The encoder of a network without the layers above one, so that its output is that layer's.

    As bert-score does it: a norm that follows the last layer stays. Raises ConfigError for a layer that is not
    there and an architecture whose layers are not known.
    """
    encoder = network.encoder if hasattr(network, "encoder") and hasattr(network, "decoder") else network
    if hasattr(getattr(encoder, "encoder", None), "albert_layer_groups"):  # one set of weights for all layers
        check_layer(layer, encoder.encoder.config.num_hidden_layers, model=model)
        encoder.encoder.config.num_hidden_layers = layer
        return encoder
    if hasattr(encoder, "n_layers") and hasattr(encoder, "attentions"):  # XLM
        check_layer(layer, encoder.n_layers, model=model)
        encoder.n_layers = layer
        return encoder
    for path in _LAYER_LISTS:
        owner, name = _resolve(encoder, path)
        layers = getattr(owner, name, None)
        if isinstance(layers, torch.nn.ModuleList):
            check_layer(layer, len(layers), model=model)
            setattr(owner, name, layers[:layer])
            return encoder
    raise ConfigError(
        f"metric 'bertscore': the layers of {type(network).__name__} ({model.name!r}) are not known; "
        "use another encoder"
    )


def check_layer(layer: int, count: int, *, model: HubModel) -> None:
    """Raises ConfigError for a layer that a model of `count` layers does not have."""
    if layer > count:
        raise ConfigError(
            f"metric 'bertscore': 'layer' is {layer}, but the model {model.name!r} has {count} layers ({model.config})"
        )


def position_count(torch: Any, encoder: Any) -> int | None:
    """How many tokens the table of positions has room for; None where an encoder has no such table."""
    for module in (getattr(encoder, "embeddings", None), encoder):
        table = getattr(module, "position_embeddings", None)
        if isinstance(table, torch.nn.Embedding):
            # RoBERTa and its kin number positions from behind the padding.
            return int(table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1))
    count = getattr(encoder.config, "max_position_embeddings", None)
    return count if isinstance(count, int) else None


def _resolve(module: Any, path: str) -> tuple[Any, str]:
    *owners, name = path.split(".")
    for owner in owners:
        module = getattr(module, owner, None)
    return module, name
