"""Routes to each metric, the most exact first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from divkit.distributions.base import Law
from divkit.divergences.base import IPM
from divkit.exact.ipm.ends import missing_moment, square_of_tails
from divkit.exact.ipm.gaussian import bures, gaussian_energy, gaussian_mmd2
from divkit.exact.ipm.kernel import line_mmd2
from divkit.exact.ipm.line import energy, w1, w2
from divkit.exact.ipm.mixed import mixed_energy, mixed_w1
from divkit.exact.ipm.mixed_w2 import mixed_w2
from divkit.exact.ipm.norm import correlated_energy
from divkit.exact.ipm.shapes import shape_w1, shape_w2
from divkit.exact.ipm.steps import step_energy, step_w1
from divkit.exact.ipm.translates import translate_w1
from divkit.results import Result

Route: TypeAlias = Callable[[Law, Law, IPM], Result]

ROUTES: Mapping[str, tuple[Route, ...]] = MappingProxyType(
    {
        "w1": (shape_w1, missing_moment, w1, step_w1, mixed_w1, translate_w1),
        "w2": (shape_w2, bures, missing_moment, w2, mixed_w2),
        "energy": (
            gaussian_energy,
            correlated_energy,
            square_of_tails,
            energy,
            step_energy,
            mixed_energy,
        ),
        "mmd2": (gaussian_mmd2, line_mmd2),
    }
)
"""Each route raises NotApplicableError or answers."""
