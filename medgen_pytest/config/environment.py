"""The environment: the only module that reads it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from medgen_pytest.errors import ConfigError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def expand(text: str) -> str:
    """A text with each `${NAME}` replaced by that variable of the environment.

    Raises ConfigError for a variable that is not set.
    """
    return _VARIABLE.sub(_value, text)


def variable(name: str) -> str | None:
    """A variable that the settings name, like the one that holds a key; None if it is not set."""
    return os.environ.get(name)  # noqa: TID251 - this is the module that may


def with_variables(**variables: str) -> dict[str, str]:
    """The environment of this process with some variables set, for a process that it starts."""
    return {**os.environ, **variables}  # noqa: TID251 - this is the module that may


def is_github_job() -> bool:
    """Whether this process is part of a job of GitHub Actions, which takes lines of its output for commands."""
    return _get("GITHUB_ACTIONS", "") == "true"


def is_ci() -> bool:
    """Whether this process is part of a CI job, whose output is kept as a log."""
    return _get("CI", "").strip().lower() not in {"", "0", "false", "no"}


def loads_no_plugins() -> bool:
    """Whether pytest is told to load no plugin by itself."""
    return bool(_get("PYTEST_DISABLE_PLUGIN_AUTOLOAD", ""))


def wants_no_colour() -> bool:
    """Whether programs are asked for output without colours, see https://no-color.org."""
    return bool(_get("NO_COLOR", ""))


def github_step_summary() -> Path | None:
    """The file whose Markdown GitHub Actions shows as the summary of the step; None outside of a job."""
    path = _get("GITHUB_STEP_SUMMARY", "")
    return Path(path) if path else None


def forbid_telemetry() -> None:
    """Tells libraries that report on themselves to their makers not to; for this process and those that it starts."""
    for name, value in (
        ("DO_NOT_TRACK", "true"),
        ("MLFLOW_DISABLE_TELEMETRY", "true"),
        ("WANDB_ERROR_REPORTING", "false"),
    ):
        os.environ[name] = value  # noqa: TID251 - this is the module that may


def torch_home() -> Path:
    """The folder below which torch hub keeps weights, decided as torch.hub does.

    `TORCH_HOME`, else `torch` in `XDG_CACHE_HOME`, else `~/.cache/torch`, on every system.
    """
    cache = _get("XDG_CACHE_HOME", str(Path("~", ".cache")))
    return _expand_user(_get("TORCH_HOME", str(Path(cache, "torch"))))


def hub_cache() -> Path:
    """The folder in which the Hugging Face hub keeps repositories, decided as huggingface_hub does.

    `HF_HUB_CACHE`, else its older name `HUGGINGFACE_HUB_CACHE`, else `hub` in `HF_HOME`, else
    `huggingface/hub` in `XDG_CACHE_HOME`, else `~/.cache/huggingface/hub`, on every system. Unlike torch,
    the library also expands variables of the environment in these values.
    """
    cache = _get("XDG_CACHE_HOME", str(Path("~", ".cache")))
    home = _expand_all(_get("HF_HOME", str(Path(cache, "huggingface"))))
    older = _get("HUGGINGFACE_HUB_CACHE", str(home / "hub"))
    return _expand_all(_get("HF_HUB_CACHE", older))


def _get(name: str, default: str) -> str:
    # A variable that is set and empty counts, as it does for both libraries.
    return os.environ.get(name, default)  # noqa: TID251 - this is the module that may


def _expand_user(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # a user without a home: the libraries leave the path as it is
        return Path(path)


def _expand_all(path: str) -> Path:
    return Path(os.path.expandvars(_expand_user(path)))


def _value(match: re.Match[str]) -> str:
    name = match[1]
    value = os.environ.get(name)  # noqa: TID251 - this is the module that may
    if value is None:
        raise ConfigError(f"the environment variable {name} is not set")
    return value
