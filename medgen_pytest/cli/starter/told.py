"""What somebody told: the texts of flags and replies, which become answers once nothing more is to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.cli.starter.answers import (
    NONE,
    SERVICES,
    USUAL_GATE,
    USUAL_SHARDS,
    Answers,
    dataset_of,
    gate_of,
    requirement_of,
    services_of,
    shards_of,
    usual_requirement,
)
from medgen_pytest.cli.starter.model_answer import NOWHERE, Access, judge_of, model_of
from medgen_pytest.config.settings import EMBEDDED_DATASET
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.cli.starter.model_answer import ModelAnswer

USUAL_MODEL = "copy-input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Texts as they were typed; None where nothing was said, which stands for what is usual.

    `here` is the folder in which they were typed, `directory` the one that is written into.
    """

    here: Path
    directory: Path
    dataset: str | None = None
    model: str | None = None
    access: Access = NOWHERE
    judge: str | None = None
    judge_access: Access = NOWHERE
    gates: tuple[str, ...] | None = None
    services: str | None = None
    shards: str | None = None
    requirement: str | None = None

    def answers(self) -> Answers:
        """The answers that these are. Raises ConfigError for the first text that cannot be used."""
        dataset = dataset_of(self.dataset or EMBEDDED_DATASET, here=self.here, directory=self.directory)
        model = self.model_answer()
        requirement = self.requirement or usual_requirement(model, dataset=dataset, directory=self.directory)
        return Answers(
            dataset=dataset,
            model=model,
            judge=self._judge(),
            gates=gates_of(self.gates if self.gates is not None else (USUAL_GATE,)),
            services=services_of(self.services if self.services is not None else ",".join(SERVICES)),
            shards=shards_of(self.shards if self.shards is not None else str(USUAL_SHARDS)),
            requirement=requirement_of(requirement),
        )

    def model_answer(self) -> ModelAnswer:
        """The model. Raises ConfigError."""
        if self.model is None and self.access.base_url is not None:
            raise ConfigError("--base-url: what does the endpoint call the model? Say it with --model")
        return model_of(self.model if self.model is not None else USUAL_MODEL, self.access)

    def _judge(self) -> Mapping[str, str] | None:
        if self.judge is None and self.judge_access != NOWHERE:
            raise ConfigError("--judge-base-url, --judge-key-env: who judges? Name the model with --judge")
        return judge_of(self.judge, self.judge_access) if self.judge not in (None, NONE) else None


def gates_of(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Gates as they were written, each once; `none` alone stands for none. Raises ConfigError."""
    if NONE in texts:
        if len(texts) > 1:
            raise ConfigError(f"--gate: {NONE} stands alone, not beside another gate")
        return ()
    return tuple(dict.fromkeys(gate_of(text) for text in texts))
