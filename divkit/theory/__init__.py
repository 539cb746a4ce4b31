"""The statements that divkit stands on, each a check of two independent calculations.

`verify` runs them; `check` registers one more. A check is a function of a `Context` that returns
`Evidence`: comparisons whose allowance comes from both sides' errors.
"""

from divkit.theory import dynamics, family, game, inequalities, likelihood, samples, tables
from divkit.theory.framework.registry import CHECKS, GROUPS, Check, Context, check
from divkit.theory.framework.result import (
    CheckResult,
    Comparison,
    Evidence,
    Figure,
    Line,
    at_most,
    below,
    equal,
    evidence,
)
from divkit.theory.framework.runner import iterate, select, verify

FAMILIES = (likelihood, game, samples, family, inequalities, dynamics, tables)
"""The packages whose import has put their checks on the list, by group."""

__all__ = [
    "CHECKS",
    "FAMILIES",
    "GROUPS",
    "Check",
    "CheckResult",
    "Comparison",
    "Context",
    "Evidence",
    "Figure",
    "Line",
    "at_most",
    "below",
    "check",
    "equal",
    "evidence",
    "iterate",
    "select",
    "verify",
]
