"""The plugins that the benchmark is run beside, and what each is made to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["light", "deepeval"]
Effect = Literal["unchanged", "part", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A session beside a plugin: `loads` are the names by which pytest finds it, `packages` where they come from.

    With None pytest loads every plugin that is installed. `effect` is what it may do to the report. Of `group` depends
    which environment of tox has the packages.
    """

    title: str
    packages: tuple[str, ...]
    loads: tuple[str, ...] | None
    options: tuple[str, ...] = ()
    effect: Effect = "unchanged"
    group: Group = "light"

    @property
    def id(self) -> str:
        """The case as test ids show it."""
        return " ".join((self.title, *self.options))


def _beside(package: str, *options: str, loads: tuple[str, ...], effect: Effect = "unchanged") -> Case:
    return Case(title=package, packages=(package,), loads=loads, options=options, effect=effect)


def _xdist(dist: str, *, effect: Effect = "unchanged") -> Case:
    return _beside("pytest-xdist", "-n2", f"--dist={dist}", loads=(), effect=effect)


_HTML = ("html", "html_fixtures", "metadata")
_EVERYTHING = Case(
    title="all of the above at once",
    packages=(
        "allure-pytest",
        "hypothesis",
        "pytest-asyncio",
        "pytest-benchmark",
        "pytest-cov",
        "pytest-html",
        "pytest-random-order",
        "pytest-randomly",
        "pytest-repeat",
        "pytest-rerunfailures",
        "pytest-rich",
        "pytest-split",
        "pytest-sugar",
        "pytest-timeout",
    ),
    loads=None,
    options=(
        "-n2",
        "--alluredir=allure",
        "--asyncio-mode=auto",
        "--cov=own",
        "--html=page.html",
        "--randomly-seed=3",
        "--reruns=1",
        "--timeout=60",
    ),
)

CASES = (
    _beside("pytest-asyncio", "--asyncio-mode=auto", loads=("asyncio",)),
    _beside("anyio", loads=("anyio",)),
    _beside("hypothesis", loads=("hypothesispytest",)),
    _beside("pytest-cov", "--cov=own", loads=("pytest_cov",)),
    _beside("pytest-cov", "--cov=own", "-n2", loads=("pytest_cov",)),
    _beside("pytest-randomly", "--randomly-seed=1", loads=("randomly",)),
    _beside("pytest-randomly", "--randomly-seed=2", loads=("randomly",)),
    _beside("pytest-random-order", "--random-order", "--random-order-seed=1", loads=("random_order",)),
    _beside("pytest-rerunfailures", "--reruns=2", loads=("rerunfailures",)),
    _beside("pytest-repeat", "--count=2", loads=("repeat",)),
    _beside("pytest-timeout", "--timeout=60", loads=("timeout",)),
    _beside("pytest-timeout", "--timeout=60", "--timeout-method=thread", loads=("timeout",)),
    _beside("pytest-html", "--html=page.html", "--self-contained-html", loads=_HTML),
    _beside("allure-pytest", "--alluredir=allure", loads=("allure_pytest",)),
    _beside("pytest-sugar", loads=("sugar",)),
    _beside("pytest-rich", "--rich", loads=("rich",)),
    _beside("pytest-benchmark", loads=("benchmark",)),
    _beside("pytest-benchmark", "--benchmark-only", loads=("benchmark",), effect="part"),
    _beside("pytest-split", "--splits=2", "--group=1", loads=("pytest-split",), effect="part"),
    _beside("pytest-split", "--splits=2", "--group=2", loads=("pytest-split",), effect="part"),
    _xdist("load"),
    _xdist("worksteal"),
    _xdist("loadscope"),
    _xdist("loadfile"),
    _xdist("loadgroup"),
    _xdist("each", effect="refused"),
    _EVERYTHING,
    Case(title="deepeval", packages=("deepeval",), loads=("deepeval",), group="deepeval"),
    Case(
        title="deepeval and what it brings",
        packages=("deepeval", "pytest-asyncio", "pytest-repeat", "pytest-rerunfailures"),
        loads=("deepeval", "asyncio", "repeat", "rerunfailures"),
        options=("-n2", "--reruns=1", "--count=2"),
        group="deepeval",
    ),
)
