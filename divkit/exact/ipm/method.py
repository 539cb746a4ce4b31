r"""Metrics that are no f-divergences: Wasserstein-1 and -2, energy distance, squared MMD.

On the line, with distribution functions F, G and quantile functions,

    W1 = ∫ |F − G| dx,      W2² = ∫₀¹ (F⁻¹ − G⁻¹)² du,      energy = 2 ∫ (F − G)² dx

(Villani 2003; Székely, Rizzo 2013). Laws of one shape, X = a + bZ and Y = c + dZ, are transported
by the affine map between them, so that W2² = (mean gap)² + (scale gap)²·var Z, and W1 = |a − c|
for b = d; in R^d, W1 of a law and its translate is the length of the shift. Mixtures of Gaussians
have closed forms for the energy distance and MMD in any dimension, two Gaussians for W2. A
distance is infinite where, at one end, one law's tail alone is so heavy that the integral
diverges, or the heavier of two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from divkit.distributions.base import Law
from divkit.divergences.base import Divergence, is_metric
from divkit.exact.method import NotApplicableError
from divkit.results import Result

METRICS = ("w1", "w2", "energy", "mmd2")
"""The families of metrics that are known; what computes them is imported when one is asked for."""


@dataclass(frozen=True)
class Metric:
    """W1, W2, energy distance, MMD² on the line; of Gaussians, and W1 of translates, in space.

    Raises
    ------
    NotApplicableError
        If the divergence is no metric of the table, or no route leads to it for this pair.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import W1
    >>> round(Metric()(Normal(0, 1), Normal(1, 1), W1).value, 12)
    1.0
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the metric; its unit is that of the coordinates."""
        if not is_metric(divergence, *METRICS):
            raise NotApplicableError(
                f"Metric() knows the metrics {', '.join(METRICS)}; got {divergence!r}."
            )
        from divkit.exact.ipm.blurred import with_blur
        from divkit.exact.ipm.routes import ROUTES
        from divkit.exact.unseen import with_unseen

        refusals = []
        for route in ROUTES[divergence.family]:
            try:
                with np.errstate(over="ignore"):  # an integrand beyond the floats is inf, and told
                    found = with_blur(route(p, q, divergence), p, q, divergence)
                    return with_unseen(found, p, q, divergence)
            except NotApplicableError as refusal:
                refusals.append(str(refusal))
        raise NotApplicableError("; ".join(refusals))
