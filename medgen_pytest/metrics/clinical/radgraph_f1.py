"""RadGraph F1: entities and relations of two radiology reports, as the radgraph package reads and compares them."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict

from medgen_pytest.config.sections import Section, parse_section
from medgen_pytest.errors import ConfigError, MetricError, MissingExtraError
from medgen_pytest.metrics.batchwise import BatchMetric
from medgen_pytest.metrics.checkpoint import file_digest, read_checkpoint
from medgen_pytest.metrics.clinical.radgraph_files import (
    CONFIG,
    EXTRA,
    PACKAGE,
    ModelType,
    RadGraphFiles,
    default_folder,
    package_need,
    package_version,
)
from medgen_pytest.metrics.contract import convention_name
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.specs import RADGRAPH_F1 as SPEC
from medgen_pytest.metrics.torch_runtime import choose_device, in_batches, load_torch, set_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, Pair
    from medgen_pytest.metrics.need import Need

_OWNER = f"metric {SPEC.name!r}"
_DIGITS = 8


class RadGraphOptions(Section):
    """Settings of `radgraph_f1`.

    `reward`: simple compares entities by text and label, partial also whether they have relations, complete
    the relations themselves. `model_type`: the model of the package. `folder`: where the models lie, a folder
    each (default: the package's own cache folder).
    """

    # A field may begin with "model_" here; older versions of pydantic warn of it.
    model_config = ConfigDict(protected_namespaces=())

    reward: Literal["simple", "partial", "complete"] = "partial"
    model_type: ModelType = "radgraph-xl"
    folder: Path | None = None


class RadGraphF1:
    """RadGraph F1 under one convention: F1 over the entities that a network reads from both reports.

    In [0, 1], higher is better, symmetric. A candidate that is empty has 0 with a note; a reference in which
    the network finds nothing is unscored. Its convention is called like
    `radgraph_f1/canonical@1+radgraph-xl-partial-0.1.18-4a1f09c2`: the package's version counts, since its
    rules cut the text and compare. Source: Jain et al., RadGraph (2021); Delbrouck et al. (2022, 2024).
    """

    spec = SPEC

    def __init__(
        self, *, convention: Convention, options: RadGraphOptions, files: RadGraphFiles, context: MetricContext
    ) -> None:
        self._rules = convention
        self._options = options
        self._files = files
        self._context = context
        self._name: str | None = None

    @property
    def convention(self) -> str:
        """Rules, model, reward, version of the package, digest of the weights. Raises ConfigError without weights."""
        if self._name is None:
            digest = file_digest(self._files.weights)[:_DIGITS]
            parts = (self._options.model_type, self._options.reward, package_version(), digest)
            self._name = convention_name(SPEC, self._rules, variant="-".join(map(str, parts)))
        return self._name

    def prepare(self) -> None:
        """Loads the network. Raises ConfigError for what is missing or cannot be used."""
        self._network()

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One score a pair, in order."""
        self.prepare()
        return BatchMetric(spec=SPEC, convention=self.convention, measure=self._measure).score(pairs)

    def _network(self) -> Any:
        key = (PACKAGE, self._files, self._options.reward, self._context.device)
        return self._context.resources.get(key, lambda: _load(self._files, self._options.reward, self._context))

    def _measure(self, pairs: Sequence[Pair]) -> list[Measured | Exception]:
        texts = [(_clean(pair.pred_text), _clean(pair.target_text)) for pair in pairs]
        compared = iter(in_batches([text for text in texts if text[0]], self._compare, size=self._context.batch_size))
        return [next(compared) if preds else Measured(value=0.0, notes=("empty candidate",)) for preds, _ in texts]

    def _compare(self, texts: Sequence[tuple[str, str]]) -> list[Measured | Exception]:
        network, torch = self._network(), load_torch(need=_OWNER)
        with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):  # the package prints
            _, rewards, _, references = network(
                hyps=[preds for preds, _ in texts], refs=[target for _, target in texts]
            )
        return [
            Measured(value=float(reward))
            if found["entities"]
            else MetricError("RadGraph finds nothing in the reference")
            for reward, found in zip(rewards, references, strict=True)
        ]


class RadGraphF1Definition:
    """What RadGraph F1 is and needs. Both conventions are the same computation, the package's own."""

    spec = SPEC

    def needs(self, context: MetricContext) -> tuple[Need, ...]:
        """The package, the model and its encoder. Raises ConfigError for wrong settings."""
        files = _files(_options(context), context)
        return (package_need(), *(files.needs() if files else ()))

    def under(self, convention: Convention, context: MetricContext) -> RadGraphF1:
        """The metric. Raises ConfigError for wrong settings, MissingExtraError or ConfigError for unmet needs."""
        options = _options(context)
        files = _files(options, context)
        if package_version() is None or files is None:
            raise MissingExtraError(need=_OWNER, package=PACKAGE, extra=EXTRA)
        for need in (package_need(), *files.needs()):
            if not need.is_met:
                raise ConfigError(f"{_OWNER}: {need}")
        return RadGraphF1(convention=convention, options=options, files=files, context=context)


RADGRAPH_F1 = RadGraphF1Definition()
"""RadGraph F1; needs the extra `clinical` and a model of the radgraph package."""


def _options(context: MetricContext) -> RadGraphOptions:
    return parse_section(RadGraphOptions, context.options_of(SPEC.name), owner=_OWNER)


def _files(options: RadGraphOptions, context: MetricContext) -> RadGraphFiles | None:
    home = default_folder() if options.folder is None else context.root / options.folder.expanduser()
    if home is None:
        return None
    return RadGraphFiles(model_type=options.model_type, home=home, hub_cache=context.hub_cache)


def _clean(text: str | None) -> str:
    """A text that a tokenizer can take: no half characters, no white space at its ends."""
    return (text or "").encode("utf-8", "replace").decode("utf-8").strip()


def _load(files: RadGraphFiles, reward: str, context: MetricContext) -> Any:
    """The package's scorer with the model of these files; nothing can be downloaded.

    Raises ConfigError for weights that are not only tensors, and for whatever the package cannot build.
    """
    torch = load_torch(need=_OWNER)
    set_threads(torch, context)
    device = choose_device(torch, context.device)
    # On a GPU the package would unpickle whatever the file holds, so it is read safely once before.
    read_checkpoint(torch, files.weights)
    with TemporaryDirectory(prefix="medgen-radgraph-") as folder, contextlib.redirect_stdout(io.StringIO()):
        _stage(files, Path(folder) / files.model_type)
        try:
            return import_module(PACKAGE).F1RadGraph(
                reward_level=reward,
                model_type=files.model_type,
                cuda=(device.index or 0) if device.type == "cuda" else -1,
                model_cache_dir=folder,
            )
        except Exception as error:  # the package raises whatever its parts raise
            raise ConfigError(f"{files.folder}: radgraph cannot load this model: {error}") from error


def _stage(files: RadGraphFiles, folder: Path) -> None:
    """A folder like the model's, whose configuration names the encoders by their folders.

    The package passes these names to the hub's functions, which ask the network even for what is cached; a
    folder they only read.
    """
    folder.mkdir(parents=True)
    _link(files.weights, folder / files.weights.name)
    shutil.copytree(files.vocabulary, folder / files.vocabulary.name)  # the package puts a lock into it
    (folder / CONFIG).write_text(json.dumps(files.local_config()), encoding="utf-8")


def _link(path: Path, link: Path) -> None:
    try:
        link.symlink_to(path.resolve())
    except OSError:  # some systems let only administrators link
        shutil.copyfile(path, link)
