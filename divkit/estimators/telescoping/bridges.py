r"""Waymarks between two samples, and one logistic regression from each to the next.

Rows of both samples, in common coordinates with their centre at 0, are paired at random, and the
waymark at angle a is

    z_i(a) = cos a · x_i + sin a · y_i,     0 ≤ a ≤ π/2

(Rhodes, Xu, Gutmann 2020, equation 5, with α = sin a): the x at a = 0, the y at π/2. A bridge is
the logit of one waymark against a later one, quadratic in z, by logistic regression with a ridge
on the squares. An interval of angles is halved until each half's Jensen–Shannon divergence, the
fitted log 2 − loss, is small.

The bias of a fit with P features from N pairs is of order P/N and is taken off by the jackknife:
pairs are dealt to G groups, and with H and s the Hessian and slope of the loss without one group,

    θ₁ = θ − H(θ)⁻¹ s(θ),     θ₂ = θ₁ − H(θ)⁻¹ s(θ₁)

is the minimum without that group up to third order in the change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from divkit.density.kernel_space import Whitening, whitening
from divkit.estimators.common.design import Design, quadratic
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import curvature_of, newton, slope_of
from divkit.estimators.cross_fit import apart
from divkit.types import FloatArray

GROUPS = 8
_LEAST = 1e-2
"""Penalty of every feature but the first, in units of one row's weight: it keeps separable rows
finite."""


@dataclass(frozen=True, eq=False)
class RowPairs:
    """Rows of x and y side by side, the shorter list over again.

    Attributes
    ----------
    x, y : rows (n, d) and (m, d).
    of_x, of_y : which row of each stands in each of the N = max(n, m) pairs.
    group : of each pair, in 0, …, G − 1; a row that is used again stays in its group.
    """

    x: FloatArray
    y: FloatArray
    of_x: NDArray[np.intp]
    of_y: NDArray[np.intp]
    group: NDArray[np.intp]

    def waymark(self, angle: float) -> FloatArray:
        """cos a · x + sin a · y of each pair (N, d)."""
        return np.asarray(
            math.cos(angle) * self.x[self.of_x] + math.sin(angle) * self.y[self.of_y]
        )


def paired(pool: Pooled, rng: np.random.Generator) -> RowPairs:
    """Pair the rows of a pool at random; rows of one pool in any order give the same pairs."""
    x, y = apart(pool)
    size, fewer = max(len(x), len(y)), min(len(x), len(y))
    of_x, of_y = (np.resize(rng.permutation(len(rows)), size) for rows in (x, y))
    return RowPairs(x, y, of_x, of_y, (np.arange(size) % fewer) % GROUPS)


@dataclass(frozen=True, eq=False)
class Bridge:
    """The logit of the waymark at `start` against that at `end`.

    Attributes
    ----------
    start, end : angles.
    ridge : of the squares.
    frame : the coordinates that the squares are of.
    pool : rows of `start`, then of `end` (2N, d), with weights and signs.
    penalty : of each feature (P,).
    theta : coefficients (P,).
    factor : lower Cholesky factor of the Hessian.
    pull : −dloss/dlogit at the rows of the pool (2N,).
    js : log 2 − loss, the fitted Jensen–Shannon divergence of the two waymarks.
    """

    start: float
    end: float
    ridge: float
    frame: Whitening
    pool: Pooled
    penalty: FloatArray
    theta: FloatArray
    factor: FloatArray
    pull: FloatArray
    js: float

    def features(self, rows: FloatArray) -> FloatArray:
        """Features of any rows (K, P)."""
        return quadratic(self.frame.of(rows))

    def solve(self, vector: FloatArray) -> FloatArray:
        """H⁻¹ times a vector (P,)."""
        return np.asarray(linalg.cho_solve((self.factor, True), vector))


def bridges(pairs: RowPairs, limit: float, most: int, ridge: float = 0.0) -> list[Bridge]:
    """Bridges from x to y, each of a divergence up to `limit`, or as short as they may be.

    Parameters
    ----------
    limit : of the Jensen–Shannon divergence of a bridge, in nats.
    most : how many there may be, a power of 2: no bridge is shorter than π/2 over it.
    ridge : of the squares, see `bridge`.
    """
    halved = _halved(pairs, 0.0, 0.5 * math.pi, limit, 0.5 * math.pi / most)
    return list(halved) if ridge == 0 else [bridge(pairs, b.start, b.end, ridge) for b in halved]


def _halved(
    pairs: RowPairs, start: float, end: float, limit: float, least: float
) -> Iterator[Bridge]:
    whole = bridge(pairs, start, end)
    if whole.js <= limit or end - start < 1.5 * least:
        yield whole
        return
    middle = 0.5 * (start + end)
    yield from _halved(pairs, start, middle, limit, least)
    yield from _halved(pairs, middle, end, limit, least)


def bridge(pairs: RowPairs, start: float, end: float, ridge: float = 0.0) -> Bridge:
    """Fit one bridge, ½ ridge |θ|² over the squares added to the loss."""
    z = np.concatenate([pairs.waymark(start), pairs.waymark(end)])
    size = len(pairs.group)
    weight, sign = np.full(2 * size, 0.5 / size), np.repeat([1.0, -1.0], size)
    pool = Pooled(z, weight, sign, np.arange(2 * size))
    frame = whitening(z)
    features = quadratic(frame.of(z))
    penalty = np.full(features.shape[1], _LEAST * weight[0])
    penalty[0] = 0.0
    penalty[1 + z.shape[1] :] += ridge
    design = Design(features, penalty, f"waymarks at {start:.4g} and {end:.4g}")
    theta, factor = newton(design, pool, 1.0, np.zeros(len(penalty)))
    logit = features @ theta
    js = math.log(2) - float(weight @ np.logaddexp(0.0, -sign * logit))
    pull = -slope_of(pool, logit)
    return Bridge(start, end, ridge, frame, pool, penalty, theta, factor, pull, js)


def without_groups(bridge: Bridge, group: NDArray[np.intp]) -> FloatArray:
    """Minima of the loss, and those without each group of pairs (1 + G, P), as in the module."""
    pool, both = bridge.pool, np.tile(group, 2)
    features = bridge.features(pool.z)
    rows = features * np.sqrt(curvature_of(pool, features @ bridge.theta))[:, None]
    parts = [rows[both == g].T @ rows[both == g] for g in range(GROUPS)]
    whole, prior = np.sum(parts, axis=0), bridge.penalty
    minima = []
    for g in range(-1, GROUPS):
        kept = (both != g) * (len(both) / (both != g).sum())
        part = whole if g < 0 else (whole - parts[g]) * kept.max()
        factor = linalg.cho_factor(part + np.diag(prior), lower=True)
        theta = bridge.theta
        for _ in range(2):
            slope = kept * slope_of(pool, features @ theta)
            theta = theta - linalg.cho_solve(factor, features.T @ slope + prior * theta)
        minima.append(theta)
    return np.array(minima)


def left_out_loss(bridge: Bridge, theta: FloatArray, group: NDArray[np.intp]) -> float:
    """Cross-entropy of each group of pairs at the coefficients without it, theta (1 + G, P)."""
    place = np.arange(len(bridge.pool.sign))
    logit = (bridge.features(bridge.pool.z) @ theta.T)[place, 1 + np.tile(group, 2)]
    return float(bridge.pool.weight @ np.logaddexp(0.0, -bridge.pool.sign * logit))
