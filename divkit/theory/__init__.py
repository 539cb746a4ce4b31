"""The statements that divkit stands on, each a check of two independent calculations.

`verify` runs them; `check` registers one more. A check is a function of a `Context` that returns
`Evidence`: comparisons whose allowance comes from both sides' errors.
"""

import importlib
import pkgutil

from divkit.theory.framework.figure import Figure, Line
from divkit.theory.framework.registry import CHECKS, FOLDERS, GROUPS, Check, Context, check
from divkit.theory.framework.result import (
    CheckResult,
    Comparison,
    Evidence,
    at_most,
    below,
    equal,
    evidence,
    undecided,
)
from divkit.theory.framework.runner import iterate, select, verify
from divkit.theory.framework.verdict import Decision
from divkit.theory.own_pair import verify_pair

for _folder in FOLDERS:  # importing a module puts its checks on the list
    for _module in pkgutil.iter_modules(importlib.import_module(_folder).__path__, f"{_folder}."):
        importlib.import_module(_module.name)

__all__ = [
    "CHECKS",
    "GROUPS",
    "Check",
    "CheckResult",
    "Comparison",
    "Context",
    "Decision",
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
    "undecided",
    "verify",
    "verify_pair",
]
