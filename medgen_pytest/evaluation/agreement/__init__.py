"""How far judges and experts agree, and what that makes of a judge's rates; pure functions of ratings."""

from medgen_pytest.evaluation.agreement.coefficient import Coefficient
from medgen_pytest.evaluation.agreement.cohen import kappa
from medgen_pytest.evaluation.agreement.confusion import Confusion
from medgen_pytest.evaluation.agreement.fleiss import fleiss_kappa
from medgen_pytest.evaluation.agreement.intraclass import icc
from medgen_pytest.evaluation.agreement.krippendorff import krippendorff_alpha
from medgen_pytest.evaluation.agreement.labelled import Labelled
from medgen_pytest.evaluation.agreement.rank import spearman
from medgen_pytest.evaluation.agreement.raters import compare_raters, pairwise_agreement

__all__ = [
    "Coefficient",
    "Confusion",
    "Labelled",
    "compare_raters",
    "fleiss_kappa",
    "icc",
    "kappa",
    "krippendorff_alpha",
    "pairwise_agreement",
    "spearman",
]
