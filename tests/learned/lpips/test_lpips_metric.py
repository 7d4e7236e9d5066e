"""LPIPS as a metric: its properties, its batches, the references it remembers, and what it never imports."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.metrics.lpips import LPIPS
from tests.learned.lpips.lpips_material import (
    checkpoint_of,
    context,
    noise,
    pair_of,
    torch_home,
    values_of,
    write_random_weights,
)
from tests.learned.packages import require

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.metrics.contract import Pair
    from medgen_pytest.metrics.lpips import LpipsMetric

torch = require("torch")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("torch")
    for network in ("alex", "squeeze"):
        write_random_weights(torch, network, folder)
    return folder


@pytest.fixture(params=["alex", "squeeze"])
def metric(request: pytest.FixtureRequest, home: Path) -> LpipsMetric:
    return LPIPS.under("canonical", context(home, network=request.param, resize=64))


def pairs(count: int = 7) -> list[Pair]:
    return [pair_of(noise(2 * number), noise(2 * number + 1)) for number in range(count)]


def test_the_target_itself_scores_zero(metric: LpipsMetric) -> None:
    assert values_of(metric.score([pair_of(noise(1), noise(1))])) == [0.0]


def test_prediction_and_target_may_be_exchanged(metric: LpipsMetric) -> None:
    first, second = values_of(metric.score([pair_of(noise(1), noise(2)), pair_of(noise(2), noise(1))]))

    assert first == second > 0


def test_more_noise_scores_worse(metric: LpipsMetric) -> None:
    target = np.full((64, 64, 3), 128, np.uint8)
    grains = np.random.default_rng(3).normal(0, 1, target.shape)
    noisy = [np.clip(target + sigma * grains, 0, 255).astype(np.uint8) for sigma in (2, 10, 50)]

    values = values_of(metric.score([pair_of(image, target) for image in noisy]))

    assert values == sorted(values)
    assert len(set(values)) == 3


def test_a_batch_gives_to_the_last_bit_what_the_pairs_give_alone(metric: LpipsMetric, home: Path) -> None:
    given = pairs()

    alone = [LPIPS.under("canonical", context(home, **_settings(metric))).score([pair])[0] for pair in given]

    assert metric.score(given) == alone


def test_the_order_of_the_pairs_is_the_order_of_the_scores(metric: LpipsMetric) -> None:
    given = pairs()

    assert metric.score(given)[::-1] == metric.score(given[::-1])


def test_the_number_of_threads_changes_no_value(metric: LpipsMetric, home: Path) -> None:
    narrow = LPIPS.under("canonical", replace(context(home, **_settings(metric)), threads=1))
    before = torch.get_num_threads()

    expected = metric.score(pairs())

    try:
        assert narrow.score(pairs()) == expected
    finally:
        torch.set_num_threads(before)


def test_torch_keeps_its_number_of_threads(metric: LpipsMetric) -> None:
    before = torch.get_num_threads()

    metric.score(pairs())

    assert torch.get_num_threads() == before


def test_images_of_any_layout_in_memory_are_scored_and_stay_as_they_are(metric: LpipsMetric) -> None:
    (expected,) = metric.score([pair_of(noise(1), noise(2))])
    spread = np.zeros((128, 128, 3), np.uint8)
    spread[::2, ::2] = noise(1)
    locked = noise(2)
    locked.setflags(write=False)

    (score,) = metric.score([pair_of(spread[::2, ::2], locked)])

    assert score == expected
    assert np.array_equal(spread[::2, ::2], noise(1))
    assert np.array_equal(locked, noise(2))


def test_grey_images_score_as_their_three_equal_channels(metric: LpipsMetric) -> None:
    first, second = noise(1)[:, :, 0], noise(2)[:, :, 0]
    colour = pair_of(np.dstack([first] * 3), np.dstack([second] * 3))

    assert metric.score([pair_of(first, second)]) == metric.score([colour])


def test_images_of_one_pixel_are_resized_and_scored(metric: LpipsMetric) -> None:
    black, white = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)

    same, other = values_of(metric.score([pair_of(black, black), pair_of(white, black)]))

    assert same == 0.0
    assert other > 0.0


def test_at_their_own_size_small_images_are_unscored_and_the_sizes_of_a_batch_may_differ(home: Path) -> None:
    metric = LPIPS.under("canonical", context(home, resize="native"))
    sizes = [(40, 50), (1, 1), (64, 64), (40, 50), (30, 200)]
    given = [pair_of(noise(n, *size), noise(n + 9, *size)) for n, size in enumerate(sizes)]

    scores = metric.score(given)

    assert [score.reason for score in scores] == [
        None,
        "images of 1x1 pixels; at least 31x31 are needed",
        None,
        None,
        "images of 200x30 pixels; at least 31x31 are needed",
    ]
    assert scores == [metric.score([pair])[0] for pair in given]


def test_a_broken_pair_leaves_the_others_of_its_batch_alone(metric: LpipsMetric) -> None:
    good = pairs(2)
    shape = pair_of(noise(1, 9, 9), noise(1))
    kind = pair_of(noise(1).astype(np.float32), noise(1))

    scores = metric.score([good[0], shape, pair_of(None, noise(1)), kind, good[1]])

    assert [scores[0], scores[4]] == metric.score(good)
    assert [score.reason for score in scores[1:4]] == [
        "preds (9, 9, 3) and target (64, 64, 3) differ in shape; resize one of them",
        "no image in the output",
        "preds is float32; images are uint8",
    ]


def test_the_conventions_feed_different_ranges(home: Path) -> None:
    canonical, upstream = (LPIPS.under(rules, context(home)).score(pairs(1))[0] for rules in ("canonical", "upstream"))

    assert canonical.value != upstream.value
    assert canonical.convention.replace("canonical", "upstream") == upstream.convention


def test_conventions_of_one_run_do_not_mix_up_the_references_they_remember(home: Path) -> None:
    shared_run = context(home)
    expected = LPIPS.under("upstream", context(home)).score(pairs())
    LPIPS.under("canonical", shared_run).score(pairs())

    assert LPIPS.under("upstream", shared_run).score(pairs()) == expected


def test_the_convention_tells_network_size_and_weights(home: Path, tmp_path: Path) -> None:
    write_random_weights(torch, "alex", tmp_path, seed=2)
    first = LPIPS.under("canonical", context(home)).convention
    others = [
        LPIPS.under("canonical", context(home, network="squeeze")).convention,
        LPIPS.under("canonical", context(home, resize=128)).convention,
        LPIPS.under("canonical", context(tmp_path)).convention,
    ]

    name, _, variant = first.partition("+")

    assert name == "lpips/canonical@1"
    assert variant.startswith("alex-256-")
    assert len(variant) == len("alex-256-4a1f09c2")
    assert len({first, *others}) == 4
    assert others[0].startswith("lpips/canonical@1+squeeze-256-")
    assert others[1] == first.replace("256", "128")


def test_weights_are_loaded_once_and_may_go_away_after_that(tmp_path: Path) -> None:
    path = write_random_weights(torch, "alex", tmp_path)
    run = context(tmp_path)
    metric = LPIPS.under("canonical", run)
    expected = LPIPS.under("canonical", context(tmp_path)).score(pairs())
    _ = metric.convention
    metric.prepare()

    path.unlink()

    assert metric.score(pairs()) == expected


def test_remembered_references_change_no_value(home: Path) -> None:
    metric = LPIPS.under("canonical", context(home))

    first = metric.score(pairs())

    assert metric.score(pairs()) == first
    assert metric.score(pairs()[::-1]) == first[::-1]


def test_nothing_is_remembered_where_the_settings_give_no_memory_and_the_values_are_the_same(home: Path) -> None:
    forgetful = LPIPS.under("canonical", replace(context(home), cache_bytes=0))
    expected = LPIPS.under("canonical", context(home)).score(pairs())

    assert forgetful.score(pairs()) == forgetful.score(pairs()) == expected


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torchvision", "lpips"):
            raise ImportError(f"{name} is imported")
        return None

sys.meta_path.insert(0, Blocked())
from pathlib import Path
import numpy as np
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.lpips import LPIPS

context = MetricContext(torch_home=Path(sys.argv[1]), device="cpu")
metric = LPIPS.under("canonical", context)
needs = LPIPS.needs(context)
convention = metric.convention
assert "torch" not in sys.modules, "torch is imported before it is needed"
black, white = (np.full((64, 64, 3), value, np.uint8) for value in (0, 255))
(score,) = metric.score([Pair(task=Task.ARTIFACT_REMOVAL, pred_image=black, target_image=white)])
print(all(need.is_met for need in needs), score.value > 0, score.convention == convention)
"""


def test_neither_torchvision_nor_lpips_is_imported_and_torch_only_to_score(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKED, str(home)], capture_output=True, text=True, check=False
    )

    assert (done.stdout.split(), done.stderr) == (["True", "True", "True"], "")


def test_weights_and_heads_of_the_settings_are_taken(home: Path, tmp_path: Path) -> None:
    torch.save(
        {
            f"lin{layer}.model.1.weight": torch.ones(1, channels, 1, 1)
            for layer, channels in enumerate((64, 192, 384, 256, 256))
        },
        tmp_path / "heads.pth",
    )
    (tmp_path / "mine.pth").write_bytes(checkpoint_of("alex", home).read_bytes())
    metric = LPIPS.under("canonical", context(tmp_path, weights="mine.pth", heads="heads.pth"))

    (value,) = values_of(metric.score(pairs(1)))

    # Heads of ones make the sum of five squared distances of unit vectors, each 2 at most.
    assert values_of(LPIPS.under("canonical", context(home)).score(pairs(1)))[0] < value < 10


def test_real_weights_give_the_convention_that_stored_runs_name(shared: Path) -> None:
    assert LPIPS.under("upstream", context(torch_home(shared))).convention == "lpips/upstream@1+alex-256-54ee95e0"


def _settings(metric: LpipsMetric) -> dict[str, object]:
    return {"network": metric.options.network, "resize": metric.options.resize}
