"""Looking at the models of a run: settings, keys, targets, programs, weights, endpoints; none is to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from medgen_pytest.config.environment import variable
from medgen_pytest.config.secrets import Secrets
from medgen_pytest.errors import ConfigError, MedgenError
from medgen_pytest.evaluation.checkup import Finding, problem, warning, well
from medgen_pytest.judge.diagnosis import KeyState
from medgen_pytest.models import ModelContext, ModelSpec, close_model, embedded_adapters, problems_of, secrets_of
from medgen_pytest.models.contract import ProbedModel
from medgen_pytest.models.reason import reason_of
from medgen_pytest.models.target_look import target_problem
from medgen_pytest.runs.building import ModelBuilder
from medgen_pytest.runs.checkup.check import Check, carry_out
from medgen_pytest.runs.checkup.conftests import IN_PYTEST, MODELS_HOOK, names_hook
from medgen_pytest.runs.costs import budget_problems
from medgen_pytest.runs.judge_doctor import SAMPLES, keys_of
from medgen_pytest.runs.later_dataset import LaterDataset
from medgen_pytest.runs.probing import probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.domain.contracts import Model

SECONDS = 60.0
"""How long a model may take: a module that it imports may be a large one."""
_PARTS = ("text", "image")
_IN_SETTINGS = "correct it under `models:` in medgen.yaml; docs/models.md shows every adapter"
_ENDPOINT = "start the endpoint, or correct base_url, key or model; --offline leaves endpoints alone"
_TARGET = "correct `target`, and install what its module imports where pytest runs"


def look_at_models(run: RunSettings, *, patience: float | None) -> Iterator[Finding]:
    """Every model that a run would ask, all at once. Nothing is spent, and no key is shown.

    Endpoints have `patience`, in seconds; None leaves them alone.
    """
    names = run.models or tuple(run.settings.models)
    if not names:
        yield warning(
            "no model is named",
            todo="`models:` in medgen.yaml, or --model=NAME: oracle, copy-input, python:module:attr, ...",
        )
    examiner = _Examiner(run, patience=patience)
    checks = [Check(part=str(number), look=_of(examiner, name), seconds=SECONDS) for number, name in enumerate(names)]
    for section in carry_out(checks).sections:
        yield from section.findings


def _of(examiner: _Examiner, text: str) -> _Look:
    return _Look(examiner=examiner, text=text)


@dataclass(frozen=True, slots=True)
class _Look:
    """Looking at one model, as a check calls it; what it says begins with the model."""

    examiner: _Examiner
    text: str

    def __call__(self) -> Iterator[Finding]:
        try:
            yield from self.examiner.findings(self.text)
        except Exception as error:  # noqa: BLE001 - a model of anybody's
            yield problem(f"model {self.text!r} cannot be examined: {reason_of(error)}", todo=_IN_SETTINGS)


class _Examiner:
    """Looks at the models of a run."""

    def __init__(self, run: RunSettings, *, patience: float | None) -> None:
        self._run = run
        self._patience = patience
        context = ModelContext(dataset=LaterDataset(run), root=run.root, sample_ids=())
        self._builder = ModelBuilder(run, context, embedded_adapters())

    def findings(self, text: str) -> Iterator[Finding]:
        """Everything that is wrong with a model, or that it will do."""
        try:
            spec = self._builder.spec(text)
            whole = self._builder.describe(spec.name, {"adapter": spec.adapter, **spec.settings})
        except ConfigError as error:
            yield problem(self._without_secrets(str(error), text), todo=_IN_SETTINGS)
            return
        who = f"model {spec.name!r}"
        if spec.adapter not in embedded_adapters() and names_hook(self._run.invocation_dir, MODELS_HOOK):
            yield warning(
                f"{who}: the adapter {spec.adapter!r} is not one of the package; a conftest here adds some",
                todo=IN_PYTEST,
            )
            return
        keys = [KeyState(variable=key, is_set=bool(variable(key))) for key in dict.fromkeys(keys_of(whole))]
        missing = [key.variable for key in keys if not key.is_set]
        for key in missing:
            yield problem(f"{who}: the environment variable {key} is not set", todo=f"export {key}=... (its key)")
        if missing:
            return
        wrong = [problem(f"{who}: {fault}", todo=todo) for fault, todo in self._faults(spec, whole)]
        yield from wrong
        if not wrong:
            yield well(f"{who}: {', '.join([*_known(whole), *(f'key in {key.variable}' for key in keys)])}")

    def _faults(self, spec: ModelSpec, whole: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """What is wrong with a model and what to do; modules of the user are imported, and nothing of them called."""
        targets = [str(part.get("target")) for part in _leaves(whole) if part["adapter"] == "python"]
        for target in dict.fromkeys(targets):
            fault = target_problem(target, root=self._run.root, seconds=SECONDS - 5)
            if fault is not None:
                yield fault, _TARGET
        if not targets:
            yield from self._faults_of_built(spec)
            return
        for part in _leaves(whole):
            if part["adapter"] != "python":  # a pair is not built: that would build what the user's part is
                settings = {key: value for key, value in part.items() if key != "adapter"}
                yield from self._faults_of_built(ModelSpec(spec.name, str(part["adapter"]), settings))

    def _faults_of_built(self, spec: ModelSpec) -> Iterator[tuple[str, str]]:
        try:
            model = self._builder.build(spec)
        except MedgenError as error:
            text, install, package = str(error).removeprefix(f"model {spec.name!r}: ").partition(": pip install ")
            yield text, f"pip install {package}" if install else _IN_SETTINGS
            return
        secrets = Secrets([spec.settings, {"secret": list(secrets_of(model))}])
        with closing(_Closing(model)):
            for fault in [*problems_of(model), *budget_problems(model, SAMPLES, budget=self._run.settings.budget)]:
                yield secrets.mask(fault), _IN_SETTINGS
            if isinstance(model, ProbedModel) and self._patience is not None:
                fault_of_endpoint = asyncio.run(probe(model, seconds=self._patience))
                if fault_of_endpoint is not None:
                    yield secrets.mask(fault_of_endpoint), _ENDPOINT

    def _without_secrets(self, message: str, name: str) -> str:
        settings = self._run.settings.models.get(name)
        return Secrets([settings.model_extra if settings is not None else {}]).mask(message)


@dataclass(frozen=True, slots=True)
class _Closing:
    """Lets go of a model, whatever that meets."""

    model: Model

    def close(self) -> None:
        with suppress(Exception):  # it is not kept, and nothing of it was used
            close_model(self.model)


def _leaves(whole: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The parts of a pair, else the model itself; each with its adapter."""
    parts = [part for role in _PARTS if isinstance(part := whole.get(role), Mapping)]
    if whole["adapter"] != "compositional" or len(parts) < len(_PARTS):
        yield whole
        return
    yield from (part for part in parts if "adapter" in part)


def _known(whole: Mapping[str, object]) -> Iterator[str]:
    """What it is, in words without secrets."""
    yield str(whole["adapter"])
    for part in _leaves(whole):
        if part is not whole:
            yield str(part["adapter"])
        address = part.get("base_url")
        if isinstance(address, str):
            yield f"at {urlsplit(address).netloc.rpartition('@')[2]}"
