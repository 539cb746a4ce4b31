r"""Log-splines of few knots: maximum likelihood, and one knot after the other deleted.

η = Σ θ_j B_j as in `log_splines`, with no penalty, and of second derivative 0 at ends that are not
hard. A knot is gone when η‴ does not jump there, j·θ = 0, which is a linear constraint. From the
fit with all knots, the knot of the least Wald statistic (j·θ)²/(j·Σ·j), Σ the inverse of the
information, goes; the constrained optimum of the quadratic at θ,

    θ − Σj (j·θ)/(j·Σ·j),

is where Newton's steps go on from. Of all these fits those that minimise −2 log L + c·(free
parameters) are given, c = log n and c = 3 (Kooperberg and Stone 1991; Stone, Hansen, Kooperberg
and Truong 1997).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from divkit.density.auto.log_spline_basis import Ascent, LogSplineBasis, ascended
from divkit.density.auto.log_splines import knots_of, placed
from divkit.density.auto.recipes import FREE, Recipe
from divkit.density.auto.scales import AxisScale, OnScale, Tamed
from divkit.density.auto.support import Support
from divkit.density.kde import robust_spread
from divkit.density.log_spline import LogSpline, log_spline
from divkit.types import FloatArray

_MOST_KNOTS, _ROWS_A_KNOT = 30, 4
_PENALTIES = (None, 3.0)
"""Of a parameter, in units of −2 log L; None is log n."""


@dataclass(frozen=True)
class FewKnots:
    """Log-splines of few knots between ends, infinite where there is none."""

    ends: tuple[float, float] = (-math.inf, math.inf)
    scale: AxisScale | None = None

    def __call__(self, rows: FloatArray) -> Sequence[LogSpline | OnScale]:
        """Fit to rows (n, 1)."""
        x = rows[:, 0]
        if self.scale is None:
            return _log_splines(x, self.ends)
        frame = self.scale.frame(x)
        return [OnScale(law, frame) for law in _log_splines(frame(x).z, self.ends)]


def few_knots(support: Support) -> Iterable[Recipe]:
    """Yield the recipes that a support allows."""
    for where, fit, of_ends in (
        ("", FewKnots(support.interval), support.price),
        (" on the arsinh scale", FewKnots(scale=Tamed()), 0.0),
    ):
        names = tuple(f"log-spline of few knots by {c}{where}" for c in ("BIC", "3 a parameter"))
        yield Recipe(names, fit, (FREE + of_ends,) * len(names))


def _log_splines(x: FloatArray, ends: tuple[float, float]) -> list[LogSpline]:
    """The best fit of each penalty to points (n,)."""
    n = len(x)
    middle, unit = float(np.median(x)), robust_spread(x)
    low, high = ((end - middle) / unit for end in ends)
    panels = min(round(4 * n**0.2), n // _ROWS_A_KNOT, _MOST_KNOTS)
    basis = LogSplineBasis(*knots_of((x - middle) / unit, low, high, panels))
    mean = basis.at((x - middle) / unit).mean(axis=0)
    path = list(deleted(basis, mean))
    best = []
    for penalty in _PENALTIES:
        each = math.log(n) if penalty is None else penalty
        theta = min(path, key=lambda fit: each * len(fit.curvature) - 2 * n * fit.value).theta
        logs, slopes = basis.values @ theta, basis.slopes @ theta
        knots = placed(middle + unit * basis.knots, ends)
        best.append(log_spline(knots, logs, slopes / unit, basis.falls, "log-spline"))
    return best


def deleted(basis: LogSplineBasis, mean: FloatArray) -> Iterable[Ascent]:
    """Yield the fits to rows of this mean of B, each with a knot less, as long as tails fall."""
    held, jumps = basis.bends, basis.jumps
    free = linalg.null_space(held) if len(held) else np.eye(len(mean))
    theta = free @ (free.T @ basis.start())
    while True:
        try:
            fit = ascended(theta, basis, mean, free=free)
        except ValueError:  # a tail does not fall without the knot
            return
        yield fit
        if not len(jumps):
            return
        spread = free @ linalg.pinvh(fit.curvature) @ free.T
        along = spread @ jumps.T
        size = np.einsum("kj,jk->k", jumps, along)
        least = int(np.argmin((jumps @ fit.theta) ** 2 / size))
        theta = fit.theta - along[:, least] * float(jumps[least] @ fit.theta) / size[least]
        held, jumps = np.vstack([held, jumps[least]]), np.delete(jumps, least, axis=0)
        free = linalg.null_space(held)
        theta = free @ (free.T @ theta)
