r"""Metrics that are no f-divergences: Wasserstein-1 and -2, energy distance, squared MMD.

On the line, with distribution functions F, G and quantile functions,

    W1 = ∫ |F − G| dx,      W2² = ∫₀¹ (F⁻¹ − G⁻¹)² du,      energy = 2 ∫ (F − G)² dx

(Villani 2003; Székely, Rizzo 2013). Laws of one shape, X = a + bZ and Y = c + dZ, are transported
by the affine map between them, so that W2² = (mean gap)² + (scale gap)²·var Z, and W1 = |a − c|
for b = d. Mixtures of Gaussians have closed forms for the energy distance and MMD in any
dimension, two Gaussians for W2. A distance is infinite where, at one end, one law's tail alone is
so heavy that the integral diverges, or the heavier of two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from divkit.distributions.base import Law
from divkit.divergences.base import IPM, Divergence, is_metric
from divkit.exact.ipm.blurred import with_blur
from divkit.exact.ipm.gaussian import bures, gaussian_energy, gaussian_mmd2
from divkit.exact.ipm.kernel import line_mmd2
from divkit.exact.ipm.line import energy, missing_moment, square_of_tails, w1, w2
from divkit.exact.ipm.norm import correlated_energy
from divkit.exact.ipm.shapes import shape_w1, shape_w2
from divkit.exact.ipm.steps import step_energy, step_w1
from divkit.exact.method import NotApplicableError
from divkit.results import Result

Route: TypeAlias = Callable[[Law, Law, IPM], Result]

ROUTES: Mapping[str, tuple[Route, ...]] = MappingProxyType(
    {
        "w1": (shape_w1, missing_moment, w1, step_w1),
        "w2": (shape_w2, bures, missing_moment, w2),
        "energy": (gaussian_energy, correlated_energy, square_of_tails, energy, step_energy),
        "mmd2": (gaussian_mmd2, line_mmd2),
    }
)
"""For each metric its routes, the most exact first; each raises NotApplicableError or answers."""


@dataclass(frozen=True)
class Metric:
    """W1, W2, energy distance and MMD² on the line; W2, energy and MMD² of Gaussians in space.

    Raises
    ------
    NotApplicableError
        If the divergence is no metric of the table, or no route leads to it for this pair.
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the metric; its unit is that of the coordinates."""
        if not is_metric(divergence, *ROUTES):
            raise NotApplicableError(
                f"Metric() knows the metrics {', '.join(ROUTES)}; got {divergence!r}."
            )
        refusals = []
        for route in ROUTES[divergence.family]:
            try:
                with np.errstate(over="ignore"):  # an integrand beyond the floats is inf, and told
                    return with_blur(route(p, q, divergence), p, q, divergence)
            except NotApplicableError as refusal:
                refusals.append(str(refusal))
        raise NotApplicableError("; ".join(refusals))
