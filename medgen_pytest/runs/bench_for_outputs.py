"""The bench of a judging that comes after the run: the judges of the settings, for the outputs of a stored run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.errors import ConfigError
from medgen_pytest.models import ModelContext, embedded_adapters, secrets_of
from medgen_pytest.runs.building import ModelBuilder
from medgen_pytest.runs.costs import budget_problems
from medgen_pytest.runs.judging import make_bench

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.models.meter import Meter


def bench_for_outputs(
    manifest: Mapping[str, object], run: RunSettings, dataset: BenchmarkDataset, *, meter: Meter
) -> tuple[Bench, Secrets]:
    """The bench that the settings describe, and what they and the judges keep secret.

    `manifest` is that of the run whose outputs are judged; `meter` hears of what its judges spend. Raises
    ConfigError where nobody is to judge, or cannot.
    """
    settings = run.settings
    if settings.judge is None:
        raise ConfigError("no judge: name one with --judge, or under `judge:` in medgen.yaml")
    ids = [sample.sample_id for sample in dataset]
    context = ModelContext(dataset=dataset, root=run.root, sample_ids=ids, meter=meter)
    judges = ModelBuilder(run, context, embedded_adapters()).build_judges()
    models = read_mapping(manifest.get("models", {}))
    identities = {str(model): read_mapping(facts) for model, facts in models.items()}
    bench = make_bench(settings.judge, judges, identities=identities, root=run.root)
    if bench is None:
        raise ConfigError("no judge: name one with --judge, or under `judge:` in medgen.yaml")
    known = [{"secret": secret} for model in judges.values() for secret in secrets_of(model)]
    secrets = Secrets([*known, settings.judge.model_extra, settings.judge.model_dump()["panel"]])
    for judge in bench.judges.values():
        problems = [secrets.mask(problem) for problem in judge.check()]
        problems = problems or budget_problems(judge.model, dataset, budget=settings.budget)
        if problems:
            raise ConfigError(f"judge {judge.name!r}: {problems[0]}")
    return bench, secrets
