"""B-splines of a log density, the moments of their values under it, and the ascent by these."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg
from scipy.interpolate import BSpline

from divkit.types import FloatArray

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_STEPS, _ENOUGH = 60, 1e-9


@dataclass(frozen=True, eq=False)
class LogSplineBasis:
    """Cubic B-splines between knots, lines beyond ends that are not hard; the last is left out.

    They sum to 1, and a constant in η is none in the density.
    """

    knots: FloatArray
    falls: tuple[bool, bool]

    @cached_property
    def splines(self) -> BSpline:
        """All at once."""
        full = np.r_[[self.knots[0]] * 3, self.knots, [self.knots[-1]] * 3]
        count = len(self.knots) + 2
        return BSpline(full, np.eye(count)[:, :-1], 3)

    @cached_property
    def values(self) -> FloatArray:
        """At the knots (K + 1, J)."""
        return np.asarray(self.splines(self.knots))

    @cached_property
    def slopes(self) -> FloatArray:
        """Derivatives at the knots (K + 1, J)."""
        return np.asarray(self.splines(self.knots, nu=1))

    def at(self, z: FloatArray) -> FloatArray:
        """Values at points (n, J)."""
        inside = np.clip(z, self.knots[0], self.knots[-1])
        beyond = (z - inside)[:, None]
        return np.asarray(
            self.splines(inside) + beyond * np.where(beyond < 0, self.slopes[0], self.slopes[-1])
        )

    @cached_property
    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """Values at nodes of all panels (N, J), and weights."""
        half = 0.5 * np.diff(self.knots)[:, None]
        places = (self.knots[:-1, None] + half * (_NODES + 1)).ravel()
        return np.asarray(self.splines(places)), (half * _WEIGHTS).ravel()

    @cached_property
    def roughness(self) -> FloatArray:
        """∫ B_j‴ B_k‴ (J, J)."""
        thirds = self.splines(0.5 * (self.knots[1:] + self.knots[:-1]), nu=3)
        return np.asarray(thirds.T @ (np.diff(self.knots)[:, None] * thirds))

    @cached_property
    def bends(self) -> FloatArray:
        """Second derivatives at the ends that are not hard (E, J), of length 1."""
        ends = self.knots[[0, -1]][list(self.falls)]
        return _unit_rows(np.asarray(self.splines(ends, nu=2)))

    @cached_property
    def jumps(self) -> FloatArray:
        """Jumps of the third derivative at the inner knots (K − 1, J), of length 1."""
        thirds = self.splines(0.5 * (self.knots[1:] + self.knots[:-1]), nu=3)
        return _unit_rows(np.diff(thirds, axis=0))

    def start(self) -> FloatArray:
        """Coefficients of a logistic law, at Greville's abscissae."""
        t = self.splines.t
        places = (t[1:-3] + t[2:-2] + t[3:-1]) / 3
        full = BSpline(t, np.eye(len(places)), 3)(places)
        theta = linalg.solve(full, -2 * np.logaddexp(places / 2, -places / 2))
        return np.asarray(theta[:-1] - theta[-1])

    def moments(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log mass of e^η, mean and covariance of B under it.

        Raises
        ------
        ValueError
            If a tail does not fall.
        """
        values, weights = self.nodes
        eta = values @ theta
        ends = self._lines(theta)
        top = max(float(eta.max()), *(log for log, _, _, _ in ends)) if ends else float(eta.max())
        mass = weights * np.exp(eta - top)
        rows, shares, extra = [values], [mass], np.zeros((len(theta),) * 2)
        for log, rate, mean, slope in ends:
            share = math.exp(log - top) / rate
            rows.append(mean[None])
            shares.append(np.array([share]))
            extra += share * np.outer(slope, slope) / rate**2
        total = sum(float(s.sum()) for s in shares)
        every, p = np.vstack(rows), np.concatenate(shares) / total
        centre = p @ every
        away = every - centre
        return top + math.log(total), centre, away.T @ (p[:, None] * away) + extra / total

    def _lines(self, theta: FloatArray) -> list[tuple[float, float, FloatArray, FloatArray]]:
        """Of each tail: log height, rate, mean of B over it and slopes of B."""
        found = []
        for side, falls, sign in ((0, self.falls[0], 1.0), (-1, self.falls[1], -1.0)):
            if falls:
                rate = sign * float(self.slopes[side] @ theta)
                if not rate > 0:
                    raise ValueError("the tails of a log-spline must fall.")
                mean = self.values[side] - sign * self.slopes[side] / rate
                found.append((float(self.values[side] @ theta), rate, mean, self.slopes[side]))
        return found


def _unit_rows(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Ascent:
    """Coefficients θ, mean log likelihood there, and curvature along the free directions."""

    theta: FloatArray
    value: float
    curvature: FloatArray


def ascended(
    theta: FloatArray,
    basis: LogSplineBasis,
    mean: FloatArray,
    rough: FloatArray | None = None,
    free: FloatArray | None = None,
) -> Ascent:
    """Return where mean·θ − log ∫e^η − ½ θ·rough·θ is largest, by Newton's steps, halved to rise.

    Parameters
    ----------
    theta : the start.
    mean : of the basis over rows.
    rough : a penalty (J, J); None is none.
    free : directions (J, F) in which θ may move; None is all.

    Raises
    ------
    ValueError
        If a tail does not fall at the start.
    """
    penalty = np.zeros((len(theta),) * 2) if rough is None else rough
    ways = np.eye(len(theta)) if free is None else free

    def objective(at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        mass, centre, spread = basis.moments(at)
        value = float(mean @ at) - mass - 0.5 * float(at @ penalty @ at)
        gradient = mean - centre - penalty @ at
        return value, ways.T @ gradient, ways.T @ (spread + penalty) @ ways

    value, gradient, curvature = objective(theta)
    for _ in range(_STEPS):
        step = linalg.lstsq(curvature, gradient, cond=1e-14)[0]
        rise = float(gradient @ step)
        if rise < _ENOUGH:
            break
        size = 1.0
        while size > 1e-6:
            try:
                after = objective(theta + size * (ways @ step))
            except ValueError:  # a tail would rise
                size /= 2
                continue
            if after[0] >= value + 0.1 * size * rise:
                break
            size /= 2
        else:
            break
        theta = theta + size * (ways @ step)
        value, gradient, curvature = after
    return Ascent(theta, value, curvature)
