"""What `medgen doctor` says of judges, of whom nobody is asked to judge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import ImageFont

from medgen_pytest.fake_server import FakeServer, FakeServerSettings
from tests.cli.judges import strict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

KEY = "sk-never-to-be-shown"
ENDPOINT = "adapter: openai_chat, model: gpt-5, base_url: 'http://127.0.0.1:9/v1'"
OWN = f"adapter: python, target: '{strict.__module__}:strict'"


class Confused:
    """A judge whose own check breaks, and that cannot be closed."""

    def check(self) -> list[str]:
        raise RuntimeError("torn")

    def answer(self, request: object) -> str:
        return str(request)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Writes a settings file where the command runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUDGE_KEY", KEY)
    monkeypatch.delenv("NO_JUDGE_KEY", raising=False)
    return (tmp_path / "medgen.yaml").write_text


def test_a_judge_that_can_judge_is_told_with_its_key_by_name_and_nobody_is_asked(
    medgen: Medgen, write: Callable[[str], object]
) -> None:
    with FakeServer(FakeServerSettings(models=("gpt-5",))) as server:
        write(f"judge: {{{ENDPOINT.replace('http://127.0.0.1:9', server.url)}, api_key_env: JUDGE_KEY}}\n")

        told = medgen("doctor", "--quick", "-v")
        data = json.loads(medgen("doctor", "--quick", "--json").out)

        assert server.stats.asked == 0
    assert told.code == 0
    assert "judge_with_reference, judge_without_reference\n" in told.out
    assert "judge\n  ok       judge 'judge': openai_chat, key in JUDGE_KEY\n" in told.out
    assert "  ok       rubric medgen-holistic@1\n           SHA-256 " in told.out
    assert "  ok       captions below images can be drawn\n" in told.out
    assert data["judging"]["judges"] == [
        {
            "name": "judge",
            "adapter": "openai_chat",
            "ready": True,
            "keys": [{"variable": "JUDGE_KEY", "set": True}],
            "problems": [],
        }
    ]
    assert data["judging"]["rubric"]["digest"] in told.out
    assert (data["well"], data["judging"]["well"]) == (True, True)
    assert KEY not in told.out + json.dumps(data)


def test_each_judge_of_a_panel_is_looked_at_however_broken_the_others_are(
    medgen: Medgen, write: Callable[[str], object]
) -> None:
    write(
        "judge:\n  panel:\n"
        f"    keyless: {{{ENDPOINT}, api_key_env: NO_JUDGE_KEY}}\n"
        f"    misspelt: {{{ENDPOINT}, modl: x, headers: {{X-Token: {KEY}}}}}\n"
        "    nowhere: 'no-such-model'\n"
        f"    confused: {{adapter: python, target: '{__name__}:Confused'}}\n"
        "    blind: catalog:dall-e-3\n"
        f"    own: {{{OWN}}}\n"
    )

    done = medgen("doctor", "--quick", "--offline")

    assert done.code == 1
    found = done.out.partition("judge\n")[2]
    assert "  problem  judge 'keyless': the environment variable NO_JUDGE_KEY is not set\n" in found
    assert "           to do: export NO_JUDGE_KEY=... (its key)\n" in found
    assert "  problem  judge 'misspelt': model 'misspelt' (adapter openai_chat): unknown key 'modl'" in found
    assert "  problem  judge 'nowhere': unknown model adapter 'no-such-model'" in found
    assert "  problem  judge 'confused': it cannot be examined: RuntimeError: torn\n" in found
    assert "  problem  judge 'blind': " in found
    assert "  ok       judge 'own': python\n" in found
    assert "needed by judge_with_reference, judge_without_reference\n           to do: see the part `judge`\n" in found
    assert KEY not in done.out


def test_a_rubric_that_cannot_be_used_is_told(medgen: Medgen, write: Callable[[str], object]) -> None:
    write(f"judge: {{{OWN}}}\n")

    done = medgen("doctor", "--quick", "--offline", "--rubric=medgen-holisitc")

    assert done.code == 1
    assert "  problem  unknown rubric 'medgen-holisitc'; did you mean 'medgen-holistic'?" in done.out


def test_a_pillow_without_freetype_is_told_with_what_to_do(
    medgen: Medgen, write: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_default(size: float) -> object:
        raise ImportError(f"The _imagingft C module is not installed ({size})")

    write(f"judge: {{{OWN}}}\n")
    monkeypatch.setattr(ImageFont, "load_default", load_default)

    done = medgen("doctor", "--quick", "--offline")

    assert done.code == 1
    assert (
        "  problem  captions are drawn in Pillow's own font, for which this Pillow lacks FreeType\n"
        "           to do: install one that has it: pip install --force-reinstall --only-binary pillow pillow\n"
    ) in done.out


def test_a_judge_of_the_family_of_a_model_is_warned_of_and_is_no_problem(
    medgen: Medgen, write: Callable[[str], object]
) -> None:
    write(
        f"models:\n  copy: {{adapter: copy-input}}\n  gpt: {{{ENDPOINT}, api_key_env: NO_JUDGE_KEY}}\n"
        "  pair: {adapter: compositional, text: gpt, image: copy}\n  broken: {adapter: compositional, text: nobody}\n"
        f"judge: {{{ENDPOINT}}}\n"
    )

    done = medgen("doctor", "--quick", "--offline")

    assert "  ok       judge 'judge': openai_chat\n" in done.out
    for model in ("gpt", "pair"):
        warning = f"  warning  judge 'judge' and model {model!r} are both of the family openai: judges favour their own"
        assert warning in done.out


def test_a_budget_that_cannot_be_kept_with_a_judge_is_a_problem(medgen: Medgen, write: Callable[[str], object]) -> None:
    write(f"budget: 5\njudge: {{{ENDPOINT}}}\n")

    done = medgen("doctor", "--quick", "--offline")

    assert done.code == 1
    assert "  problem  judge 'judge': its cost is not known, so no budget can be kept: give it a price" in done.out


def test_metrics_that_nobody_judges_ask_for_no_judge(medgen: Medgen, write: Callable[[str], object]) -> None:
    write(f"judge: {{{ENDPOINT}, api_key_env: NO_JUDGE_KEY}}\n")

    done = medgen("doctor", "--quick", "--offline", "--metrics=ssim")

    assert done.code == 0
    assert "judge 'judge'" not in done.out
    assert json.loads(medgen("doctor", "--quick", "--offline", "--metrics=ssim", "--json").out)["judging"] is None


def test_a_judge_that_recorded_answers_stand_for_is_looked_up_in_the_dataset(
    medgen: Medgen, write: Callable[[str], object], tmp_path: Path
) -> None:
    (tmp_path / "answers.jsonl").write_text('{"sample_id": "vqa:multiple-choice:000001"}\n', encoding="utf-8")
    write("dataset: nowhere\njudge: {adapter: replay, path: answers.jsonl}\n")

    done = medgen("doctor", "--quick", "--offline")

    assert done.code == 1
    assert "  problem  judge 'judge': " in done.out
    assert "nowhere" in done.out
