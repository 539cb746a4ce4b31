"""The statements that divkit stands on, each a check that sets two independent roads side by side.

`verify` runs them; `check` registers one more. A check is a function of a `Context` that returns
`Evidence`: comparisons whose allowance comes from both sides' errors.
"""

from divkit.theory import (
    dirac,
    discriminator,
    duality,
    efficiency,
    efficiency_kl,
    every_game,
    evolution,
    fgan_table,
    finite_samples,
    finite_samples_held_out,
    finite_samples_null,
    gap,
    identity,
    inequalities,
    likelihood,
    losses,
    minimum,
    pixels,
    pushforward,
    relatives,
    saturation,
    scores,
    structure,
    trained,
    wasserstein,
)
from divkit.theory.registry import CHECKS, GROUPS, Check, Context, check
from divkit.theory.result import (
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
from divkit.theory.runner import iterate, select, verify

FAMILIES = (
    likelihood,
    pushforward,
    discriminator,
    identity,
    gap,
    minimum,
    evolution,
    trained,
    finite_samples,
    finite_samples_null,
    finite_samples_held_out,
    efficiency,
    efficiency_kl,
    duality,
    every_game,
    losses,
    inequalities,
    structure,
    dirac,
    saturation,
    wasserstein,
    relatives,
    pixels,
    scores,
    fgan_table,
)
"""The modules whose import has put their checks on the list."""

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
