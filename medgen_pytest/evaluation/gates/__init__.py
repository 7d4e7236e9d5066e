"""Gates: what a release must reach, as text, and whether a run reaches it."""

from medgen_pytest.evaluation.gates.checking import (
    check_baseline_samples,
    check_baselines,
    check_gate_metrics,
    check_gates,
)
from medgen_pytest.evaluation.gates.deciding import decide_gates
from medgen_pytest.evaluation.gates.gate import Gate
from medgen_pytest.evaluation.gates.parsing import parse_gate, parse_slice
from medgen_pytest.evaluation.gates.statement import SYNTAX
from medgen_pytest.evaluation.gates.verdict import GateStatus, GateVerdict

__all__ = [
    "SYNTAX",
    "Gate",
    "GateStatus",
    "GateVerdict",
    "check_baseline_samples",
    "check_baselines",
    "check_gate_metrics",
    "check_gates",
    "decide_gates",
    "parse_gate",
    "parse_slice",
]
