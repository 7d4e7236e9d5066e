"""Building the models of a run, and those that are parts of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.models import ModelSpec, build_model, formats_of, kind_of, parse_model_spec

if TYPE_CHECKING:
    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.config.settings import ModelSettings, Settings
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.system_kind import SystemKind
    from medgen_pytest.models import ModelContext, ModelFactory


JUDGE = "judge"
"""The name of a judge that is the only one."""

Described = str | Mapping[str, object]
"""A model as settings have it: a name or what the command line takes, or an adapter with its settings."""


def described_judges(settings: Settings) -> dict[str, Described]:
    """Who judges, by the names in the settings; empty where nobody is to judge."""
    judge = settings.judge
    if judge is None:
        return {}
    described: dict[str, Described] = {
        name: one if isinstance(one, str) else _settings_of(one) for name, one in judge.panel.items()
    }
    if judge.use is not None:
        described[JUDGE] = judge.use
    elif judge.adapter is not None:
        described[JUDGE] = {"adapter": judge.adapter, **(judge.model_extra or {})}
    return described


def _settings_of(model: ModelSettings) -> Mapping[str, object]:
    return {"adapter": model.adapter, **(model.model_extra or {})}


class ModelBuilder:
    """Builds models as settings and command line describe them."""

    def __init__(self, run: RunSettings, context: ModelContext, adapters: Mapping[str, ModelFactory]) -> None:
        self._run = run
        self._context = context
        self._adapters = adapters

    def build_all(self) -> dict[str, Model]:
        """The models of the run by name. Raises ConfigError."""
        models: dict[str, Model] = {}
        for spec in self._specs():
            if spec.name in models:
                raise ConfigError(f"two models are called {spec.name!r}: name one with --model=OTHER_NAME=...")
            models[spec.name] = self.build(spec)
        return models

    def build(self, spec: ModelSpec) -> Model:
        """One model. Raises ConfigError, which shows no secret of its settings."""
        try:
            return self._build(spec, replace(self._context, build_part=self._build_part))
        except ConfigError as error:
            # Without the cause: its own message may quote a key as well.
            raise ConfigError(Secrets([spec.settings]).mask(str(error))) from None

    def spec(self, text: str) -> ModelSpec:
        """The model that a name of the settings, or what the command line takes, stands for. Raises ConfigError."""
        return self._spec(text)

    def kinds(self, models: Mapping[str, Model]) -> dict[str, SystemKind]:
        """What tables call each of the models: as the settings say, else what it is."""
        named = self._run.models or tuple(self._run.settings.models)
        stated = {name: model.kind for name, model in self._run.settings.models.items() if name in named}
        return {
            spec.name: stated.get(spec.name) or kind_of(spec, formats_of(models[spec.name])) for spec in self._specs()
        }

    def build_judges(self) -> dict[str, Model]:
        """The models that judge, by the names they have in the settings; none where nobody is to judge.

        Raises ConfigError.
        """
        return {name: self.build_judge(name, one) for name, one in sorted(described_judges(self._run.settings).items())}

    def build_judge(self, name: str, described: Described) -> Model:
        """One of the models that judge. Raises ConfigError."""
        try:
            return self._build(self._spec_of(name, described), replace(self._context, build_part=self._build_part))
        except ConfigError as error:
            settings = {} if isinstance(described, str) else described
            raise ConfigError(f"judge: {Secrets([settings]).mask(str(error))}") from None

    def describe(self, name: str, described: Described) -> dict[str, object]:
        """The adapter and the settings of a model, without building it; parts and entries of the catalogue in full.

        Raises ConfigError.
        """
        whole = self._describe(name, described)
        if whole["adapter"] != "compositional":
            return whole
        named = {role: part for role in ("text", "image") if isinstance(part := whole.get(role), str)}
        return {**whole, **{role: self._describe(role, part) for role, part in named.items()}}

    def _describe(self, name: str, described: Described) -> dict[str, object]:
        spec = self._spec_of(name, described)
        if spec.adapter != "catalog":
            return {"adapter": spec.adapter, **spec.settings}
        from medgen_pytest.models.catalogue.entry import describe

        return describe(name, spec.settings)

    def _specs(self) -> list[ModelSpec]:
        settings = self._run.settings
        specs = [self._spec(text) for text in self._run.models] or [self._named(name) for name in settings.models]
        if not specs:
            raise ConfigError(
                "no model: name one with --model=NAME (oracle, copy-input, classical, replay:PATH, python:module:attr,"
                " catalog:ENTRY), or under `models:` in medgen.yaml"
            )
        return specs

    def _build_part(self, name: str, described: Described) -> Model:
        """See `models.contract.PartBuilder`; a part has no parts of its own."""
        return self._build(self._spec_of(name, described), self._context)

    def _spec_of(self, name: str, described: Described) -> ModelSpec:
        if isinstance(described, str):
            return self._spec(described)._replace(name=name)
        settings = dict(described)
        return ModelSpec(name, str(settings.pop("adapter")), settings)

    def _build(self, spec: ModelSpec, context: ModelContext) -> Model:
        return build_model(
            spec.name, adapter=spec.adapter, settings=spec.settings, context=context, adapters=self._adapters
        )

    def _named(self, name: str) -> ModelSpec:
        return self._spec_of(name, _settings_of(self._run.settings.models[name]))

    def _spec(self, text: str) -> ModelSpec:
        models = self._run.settings.models
        if text in models:
            return self._named(text)
        if models and not set(text) & {":", "="} and text not in self._adapters:
            raise ConfigError(unknown_name("model", text, [*models, *self._adapters]))
        spec = parse_model_spec(text, known=self._adapters)
        settings = dict(spec.settings)
        if "path" in settings:  # paths of the command line start from where it was typed
            settings["path"] = str(self._run.invocation_dir / str(settings["path"]))
        return spec._replace(settings=settings)
