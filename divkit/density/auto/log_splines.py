r"""Log densities by penalised likelihood, on the line itself and on other scales.

η = Σ θ_j B_j, cubic B-splines between knots at quantiles, a line beyond the outermost knot of an
end that is not hard. With α for smoothness, θ maximises

    Σ_i η(x_i) − n log ∫ e^η − (α/2) ∫ (η‴)² du,      u in robust spreads,

of which the limit for large α is a normal law, or a truncated one (Silverman 1982). The objective
is concave; rows enter through their mean B alone. Newton's steps go from the smoothest to the
roughest, each from the one before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from divkit.density.auto.log_spline_basis import LogSplineBasis, ascended
from divkit.density.auto.recipes import Recipe
from divkit.density.auto.scales import AxisScale, OnScale, scales
from divkit.density.auto.support import Support
from divkit.density.kde import robust_spread
from divkit.density.log_spline import LogSpline, log_spline
from divkit.types import FloatArray

PENALTIES = 10.0 ** np.array([2, 0.5, -1, -2.5, -4, -5.5, -7])
_PRICE = 3.0
_MOST_PANELS, _ROWS_A_PANEL = 36, 12
_BEYOND = 3


@dataclass(frozen=True)
class LogSplines:
    """Log-splines of every penalty between ends, infinite where there is none."""

    ends: tuple[float, float] = (-math.inf, math.inf)
    scale: AxisScale | None = None

    def __call__(self, rows: FloatArray) -> Sequence[LogSpline | OnScale]:
        """Fit to rows (n, 1)."""
        x = rows[:, 0]
        if self.scale is None:
            return [*log_splines(x, self.ends)]
        frame = self.scale.frame(x)
        return [OnScale(law, frame) for law in log_splines(frame(x).z, self.ends)]


def splines(support: Support) -> Iterable[Recipe]:
    """Every log-spline that a support allows."""
    fits = [("", LogSplines(support.interval), support.price)]
    for name, scale, price in scales(support):
        fits.append((f" on the {name} scale", LogSplines(scale=scale), price))
    for where, fit, of_ends in fits:
        prices = (_PRICE + of_ends,) * len(PENALTIES)
        names = tuple(f"log-spline{where}, penalty {penalty:.2g}" for penalty in PENALTIES)
        yield Recipe(names, fit, prices)


def log_splines(x: FloatArray, ends: tuple[float, float]) -> Iterable[LogSpline]:
    """Yield the fits to points (n,), from the smoothest to the roughest.

    Raises
    ------
    ValueError
        If there are too few points for knots, or a tail does not fall.
    """
    middle, unit = float(np.median(x)), robust_spread(x)
    low, high = ((end - middle) / unit for end in ends)
    panels = min(_MOST_PANELS, len(x) // _ROWS_A_PANEL)
    basis = LogSplineBasis(*knots_of((x - middle) / unit, low, high, panels))
    mean = basis.at((x - middle) / unit).mean(axis=0)
    knots, theta = placed(middle + unit * basis.knots, ends), basis.start()
    for penalty in PENALTIES:
        theta = ascended(theta, basis, mean, penalty / len(x) * basis.roughness).theta
        logs, slopes = basis.values @ theta, basis.slopes @ theta
        yield log_spline(knots, logs, slopes / unit, basis.falls, "log-spline")


def placed(knots: FloatArray, ends: tuple[float, float]) -> FloatArray:
    """Return knots (K,), the outermost at the ends to the last digit.

    Standardised and back, an end is off by a rounding: one of -1e-16 for 0 has mass where a law
    on (0, ∞) has none, and KL to that law is infinite.
    """
    out = knots.copy()
    for at, end in zip((0, -1), ends, strict=True):
        out[at] = end if math.isfinite(end) else out[at]
    return out


def knots_of(
    z: FloatArray, low: float, high: float, panels: int
) -> tuple[FloatArray, tuple[bool, bool]]:
    """Return quantiles, closer where the rows of a tail thin out, with the hard ends.

    Raises
    ------
    ValueError
        If there are fewer than three panels.
    """
    n = len(z)
    if panels < 3:
        raise ValueError(f"a log-spline needs {3 * _ROWS_A_PANEL} rows; got {n}.")
    falls = not math.isfinite(low), not math.isfinite(high)
    levels = _levels(falls, _BEYOND / n, np.linspace(0, 1, panels + 1))
    knots = np.quantile(z, levels)
    if not falls[0]:
        knots[0] = low
    if not falls[1]:
        knots[-1] = high
    knots = np.unique(knots)
    if len(knots) < 4:
        raise ValueError("a log-spline needs more distinct rows.")
    return knots, falls


def _levels(falls: tuple[bool, bool], least: float, t: FloatArray) -> FloatArray:
    """Quantiles of equal steps of a logistic, an exponential or a uniform law."""
    if all(falls):
        return np.asarray(special.expit((1 - 2 * t) * special.logit(least)))
    if falls[0]:
        return np.asarray(least ** (1 - t))
    return np.asarray(1 - least**t) if falls[1] else t
