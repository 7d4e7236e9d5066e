"""A stand-in for the radgraph package: its calls and what they return, with a rule in the place of the network."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ENCODER = "example/tiny-bert"

_MODULE = '''
import json, os

LOADED = []


class F1RadGraph:
    """Words are the entities; a text with a bare "crash" breaks its batch, as a document does that is skipped."""

    def __init__(self, reward_level, model_type=None, cuda=None, model_cache_dir=None, **kwargs):
        assert reward_level in ["simple", "partial", "complete", "all"] and not kwargs
        print("Using device: cpu")
        folder = os.path.join(model_cache_dir, model_type)
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            self.config = json.load(file)
        if self.config.get("broken"):
            raise KeyError("feature_size")
        assert os.path.isfile(os.path.join(folder, "weights.th"))
        assert os.listdir(os.path.join(folder, "vocabulary"))
        self.cuda = cuda
        LOADED.append(self)

    def __call__(self, refs, hyps):
        assert len(refs) == len(hyps) and all(refs) and all(hyps)
        print("noise")
        annotated = [[self._annotate(text) for text in texts] for texts in (hyps, refs)]
        rewards = [self._f1(*pair) for pair in zip(*annotated)]
        return sum(rewards) / len(rewards), rewards, annotated[0], annotated[1]

    def _annotate(self, text):
        if text == "crash":
            raise KeyError("3")
        words = [word for word in text.lower().split() if word.isalpha()]
        return {"text": text, "entities": {str(i): {"tokens": word, "relations": []} for i, word in enumerate(words)}}

    def _f1(self, first, second):
        sets = [{entity["tokens"] for entity in found["entities"].values()} for found in (first, second)]
        return 2 * len(sets[0] & sets[1]) / (len(sets[0]) + len(sets[1])) if all(sets) else 0.0
'''


def put_package(folder: Path, monkeypatch: pytest.MonkeyPatch, *, version: str = "99.0") -> None:
    """Puts the stand-in, and what the package asks for its cache folder, first on the path."""
    site = folder / "site"
    site.mkdir()
    (site / "radgraph.py").write_text(_MODULE, encoding="utf-8")
    cache = f"def user_cache_dir(name):\n    return {str(folder / 'cache')!r} + '/' + name\n"
    (site / "appdirs.py").write_text(cache, encoding="utf-8")
    put_metadata(site, "radgraph", version)
    for module in ("radgraph", "appdirs"):
        # Whatever a test imports under these names is forgotten again.
        monkeypatch.setitem(sys.modules, module, None)
        del sys.modules[module]
    monkeypatch.syspath_prepend(str(site))


def put_metadata(site: Path, name: str, version: str) -> None:
    """Lets a package look installed in a version."""
    information = site / f"{name}-{version}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
    )


def put_model(home: Path, *, model_type: str = "radgraph-xl", weights: bytes = b"") -> Path:
    """A folder as the package unpacks it, without usable weights unless they are given."""
    folder = home / model_type
    (folder / "vocabulary").mkdir(parents=True)
    (folder / "vocabulary" / "ner_labels.txt").write_text("\nAnatomy\n", encoding="utf-8")
    named = {"bert": {"model_name": ENCODER, "max_length": 512}}
    config = {
        "dataset_reader": {"token_indexers": named},
        "model": {"embedder": {"token_embedders": named}, "layers": [1, 2]},
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "weights.th").write_bytes(weights)
    return folder


def put_encoder(hub_cache: Path) -> Path:
    """The configuration and tokenizer of the encoder, as the hub caches them."""
    repository = hub_cache / "models--example--tiny-bert"
    snapshot = repository / "snapshots" / "0a1b"
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0a1b", encoding="utf-8")
    for name in ("config.json", "vocab.txt"):
        (snapshot / name).write_text("{}", encoding="utf-8")
    return snapshot
