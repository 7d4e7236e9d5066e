"""Building the models of a run, and those that are parts of others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.models import ModelSpec, build_model, formats_of, kind_of, parse_model_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.system_kind import SystemKind
    from medgen_pytest.models import ModelContext, ModelFactory


JUDGE = "judge"
"""The name of a judge that is the only one."""


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
            try:
                models[spec.name] = self._build(spec, replace(self._context, build_part=self._build_part))
            except ConfigError as error:
                # Without the cause: its own message may quote a key as well.
                raise ConfigError(Secrets([spec.settings]).mask(str(error))) from None
        return models

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
        judge = self._run.settings.judge
        if judge is None:
            return {}
        described: dict[str, ModelSpec | str] = {
            name: one if isinstance(one, str) else ModelSpec(name, one.adapter, dict(one.model_extra or {}))
            for name, one in judge.panel.items()
        }
        if judge.use is not None:
            described[JUDGE] = judge.use
        elif judge.adapter is not None:
            described[JUDGE] = ModelSpec(JUDGE, judge.adapter, dict(judge.model_extra or {}))
        return {name: self._build_judge(name, one) for name, one in sorted(described.items())}

    def _specs(self) -> list[ModelSpec]:
        settings = self._run.settings
        specs = [self._spec(text) for text in self._run.models] or [self._named(name) for name in settings.models]
        if not specs:
            raise ConfigError(
                "no model: name one with --model=NAME (oracle, copy-input, classical, replay:PATH, python:module:attr,"
                " catalog:ENTRY), or under `models:` in medgen.yaml"
            )
        return specs

    def _build_judge(self, name: str, described: ModelSpec | str) -> Model:
        try:
            spec = self._spec(described) if isinstance(described, str) else described
            return self._build(spec._replace(name=name), replace(self._context, build_part=self._build_part))
        except ConfigError as error:
            settings = {} if isinstance(described, str) else described.settings
            raise ConfigError(f"judge: {Secrets([settings]).mask(str(error))}") from None

    def _build_part(self, name: str, described: str | Mapping[str, object]) -> Model:
        """See `models.contract.PartBuilder`; a part has no parts of its own."""
        if isinstance(described, str):
            spec = self._spec(described)
        else:
            settings = dict(described)
            spec = ModelSpec(name, str(settings.pop("adapter")), settings)
        return self._build(spec._replace(name=name), self._context)

    def _build(self, spec: ModelSpec, context: ModelContext) -> Model:
        return build_model(
            spec.name, adapter=spec.adapter, settings=spec.settings, context=context, adapters=self._adapters
        )

    def _named(self, name: str) -> ModelSpec:
        model = self._run.settings.models[name]
        return ModelSpec(name, model.adapter, dict(model.model_extra or {}))

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
