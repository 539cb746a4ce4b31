"""Laws of the line as the page shows them: texts, handles of normal mixtures, densities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from divkit.distributions.base import Law1D
from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.families.normal import Normal
from divkit.distributions.parse import parse_law
from divkit.distributions.support import is_discrete
from divkit.types import FloatArray

_EDGE = 0.002

Handles: TypeAlias = "list[list[float]]"
"""Weight, centre and scale of each component of a normal mixture."""


def script_of(p: str, q: str, kinds: Sequence[str]) -> str:
    """Return Python that prints divergences of two laws in words, as the page shows them."""
    names = ", ".join(f'"{kind}"' for kind in kinds)
    return (
        "import divkit\n\n"
        f"p = divkit.parse_law({p!r})\n"
        f"q = divkit.parse_law({q!r})\n"
        f"for kind in [{names}]:\n"
        "    try:\n"
        "        print(divkit.divergence(p, q, kind))\n"
        "    except (ValueError, ArithmeticError) as why:\n"
        '        print(f"{kind} is not known: {why}")\n'
    )


def line_law(name: str, text: str) -> Law1D:
    """Return the law of a text, if it has a density on the line.

    Raises
    ------
    ValueError
        If it is no law, or one without a density on the line.
    """
    law = parse_law(text)
    if not isinstance(law, Law1D) or is_discrete(law.support):
        raise ValueError(f"{name} must have a density on the line; {text!r} has none.")
    return law


def handles(law: Law1D) -> Handles | None:
    """Return the components of a normal mixture; None of any other law."""
    parts = list(_parts(law))
    if not all(isinstance(part, Normal) for _, part in parts):
        return None
    return [[weight, part.loc, part.scale] for weight, part in parts]


def _parts(law: Law1D) -> Any:
    if isinstance(law, Mixture1D):
        return zip(law.weights, law.components, strict=True)
    return [(1.0, law)]


def view_of(*laws: Law1D) -> tuple[float, float]:
    """Return the stretch of the line that holds all but 0.2 % of each law at each end.

    Raises
    ------
    ValueError
        If floats do not reach so far.
    """
    with np.errstate(all="ignore"):
        ends: FloatArray = np.array([law.ppf([_EDGE, 1 - _EDGE]) for law in laws])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    margin = 0.06 * (high - low)
    if not math.isfinite(high - low + 2 * margin):
        raise ValueError(
            f"the laws reach too far to be drawn, from {low:.3g} to {high:.3g}; "
            "take smaller scales."
        )
    return low - margin, high + margin
