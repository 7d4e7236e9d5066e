"""Statistics of rates, means and differences; pure functions of numbers and of what belongs together."""

from medgen_pytest.evaluation.statistics.holm import holm
from medgen_pytest.evaluation.statistics.interval import Interval
from medgen_pytest.evaluation.statistics.mean_bounds import lower_mean_bound, samples_to_bound, upper_mean_bound
from medgen_pytest.evaluation.statistics.means import mean_interval, mean_intervals, standard_error
from medgen_pytest.evaluation.statistics.paired import (
    Comparison,
    compare_many_means,
    compare_means,
    compare_rates,
    drop_bound,
)
from medgen_pytest.evaluation.statistics.power import (
    detectable_difference,
    detectable_mean_difference,
    samples_for_rate,
    samples_for_rates,
    samples_to_decide,
    samples_to_detect,
)
from medgen_pytest.evaluation.statistics.rates import (
    design_effect,
    exact_interval,
    lower_bound,
    rate_interval,
    upper_bound,
    wilson_interval,
)
from medgen_pytest.evaluation.statistics.sequential import SequentialTest, Side

__all__ = [
    "Comparison",
    "Interval",
    "SequentialTest",
    "Side",
    "compare_many_means",
    "compare_means",
    "compare_rates",
    "design_effect",
    "detectable_difference",
    "detectable_mean_difference",
    "drop_bound",
    "exact_interval",
    "holm",
    "lower_bound",
    "lower_mean_bound",
    "mean_interval",
    "mean_intervals",
    "rate_interval",
    "samples_for_rate",
    "samples_for_rates",
    "samples_to_bound",
    "samples_to_decide",
    "samples_to_detect",
    "standard_error",
    "upper_bound",
    "upper_mean_bound",
    "wilson_interval",
]
