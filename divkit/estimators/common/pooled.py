r"""Two samples in one list, in coordinates that forget units, order and which is which.

Every divergence of densities is the same after an invertible map of both laws, so an estimate
should be too. The pooled rows are centred and whitened by the location and scatter that maximise
the likelihood of a multivariate Student-t with ν = 3 (Kent, Tyler, Vardi 1994), each sample
weighing one half: with weights w,

    u_i = w_i (ν + d)/(ν + r_i²),  r_i² = (z_i − μ)ᵀ Σ⁻¹ (z_i − μ),
    μ = Σ u_i z_i / Σ u_i,          Σ = Σ u_i (z_i − μ)(z_i − μ)ᵀ.

An affine map of the samples turns whitened rows by a rotation at most, and outliers weigh little.
Rows are then put in the order of their radii r: no later step sees the order in which they came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, stats

from divkit.samples import Pair
from divkit.types import FloatArray

DEGREES = 3.0
_STEPS = 200
_TOLERANCE, _SETTLED = 1e-12, 1e-3
_TAILS = (DEGREES, 12.0, 48.0, 192.0, 768.0)
_ALIKE = 1e-14
"""Relative distance within which values tie: whitening rounds equal rows apart."""


@dataclass(frozen=True, eq=False)
class Pooled:
    """N = n + m rows of both samples by their distance from the pooled centre.

    Attributes
    ----------
    z : whitened rows (N, d).
    weight : (N,), 1/(2n) for a row of x, 1/(2m) for one of y.
    sign : (N,), +1 for a row of x, −1 for one of y.
    place : (N,), where each row stood in x followed by y.
    own : the rows in their own columns (N, d); None where they are z itself.
    frame : centre (d,) and root (d, d) by which rows of their own columns are whitened.
    """

    z: FloatArray
    weight: FloatArray
    sign: FloatArray
    place: NDArray[np.intp]
    own: FloatArray | None = None
    frame: tuple[FloatArray, FloatArray] | None = None

    @property
    def dim(self) -> int:
        """Number of coordinates d."""
        return int(self.z.shape[1])

    @property
    def sizes(self) -> tuple[int, int]:
        """n and m."""
        n = int((self.sign > 0).sum())
        return n, len(self.sign) - n

    @property
    def radius(self) -> FloatArray:
        """Distance of each row from the centre (N,)."""
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", self.z, self.z)))


def pooled(pair: Pair) -> Pooled:
    """Return the whitened, ordered rows of both samples.

    Raises
    ------
    ValueError
        If the rows lie in fewer than d dimensions.
    """
    rows = pair.standardised
    n, m = len(rows.x), len(rows.y)
    own = z = np.concatenate([rows.x, rows.y])
    weight = np.concatenate([np.full(n, 0.5 / n), np.full(m, 0.5 / m)])
    sign = np.concatenate([np.ones(n), -np.ones(m)])
    frame = scatter(z, weight)
    z, order = _ordered(whitened(z, frame))
    return Pooled(z, weight[order], sign[order], order, own[order], frame)


def joined(pool: Pooled, own: FloatArray, sign: FloatArray) -> Pooled:
    """Return a pool with further rows, in the columns of its own, that have the weight 0.

    No centre, scale or rank is moved by them: what is made of the pool is made of them in its
    frame. A row beyond the outermost has the rank of that.

    Raises
    ------
    ValueError
        If the pool has no frame.
    """
    if pool.frame is None or pool.own is None:
        raise ValueError("a pool without a frame takes no further rows.")
    z = np.concatenate([pool.z, whitened(own, pool.frame)])
    weight = np.concatenate([pool.weight, np.zeros(len(own))])
    place = np.arange(len(z))
    both = np.concatenate([pool.own, own])
    return Pooled(z, weight, np.concatenate([pool.sign, sign]), place, both, pool.frame)


def whitened(z: FloatArray, frame: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return rows (N, d) in the coordinates of a centre and a root."""
    centre, root = frame
    return np.asarray(linalg.solve_triangular(root, (z - centre).T, lower=True).T)


def by_radius(z: FloatArray, weight: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
    """Rows (N, d) whitened by their scatter in the order of their radii, and that order."""
    return _ordered(whitened(z, scatter(z, weight)))


def _ordered(z: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
    order = np.argsort(np.einsum("ij,ij->i", z, z), kind="stable")
    return np.ascontiguousarray(z[order]), order


def of_each(sign: FloatArray, step: int) -> NDArray[np.intp]:
    """Every step-th row of each sample; of both together it could be one alone, as of copies."""
    sides = (np.flatnonzero(sign > 0), np.flatnonzero(sign < 0))
    return np.sort(np.concatenate([side[::step] for side in sides]))


def thinned(pool: Pooled, step: int) -> Pooled:
    """Every step-th row of each sample by radius, each sample weighing one half again."""
    kept = of_each(pool.sign, step)
    sign = pool.sign[kept]
    weight = np.where(sign > 0, 0.5 / (sign > 0).sum(), 0.5 / (sign < 0).sum())
    return taken(pool, kept, weight)


def taken(pool: Pooled, rows: NDArray[np.intp], weight: FloatArray) -> Pooled:
    """Some rows of a pool, with weights of their own (K,)."""
    own = None if pool.own is None else pool.own[rows]
    return Pooled(pool.z[rows], weight, pool.sign[rows], pool.place[rows], own, pool.frame)


def scatter(z: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Location μ (d,) and the Cholesky root of Σ (d, d), by the fixed point of the module.

    There is none where a hyperplane holds a share of the rows of (ν + d − 1)/(ν + d) or more, as
    it does where a column is mostly 0: then ν is the first of 12, 48, … for which there is one,
    and where none has one, μ and Σ are mean and covariance.

    Raises
    ------
    ValueError
        If the rows lie in fewer than d dimensions.
    """
    centre = weight @ z
    plain = centre, _root((z - centre) * np.sqrt(weight)[:, None])
    return next((found for nu in _TAILS if (found := _fixed_point(z, weight, plain, nu))), plain)


def _fixed_point(
    z: FloatArray, weight: FloatArray, start: tuple[FloatArray, FloatArray], degrees: float
) -> tuple[FloatArray, FloatArray] | None:
    """Location and root of the module for ν degrees of freedom; None where they run away."""
    d, (centre, root) = z.shape[1], start
    for _ in range(_STEPS):
        radius = (linalg.solve_triangular(root, (z - centre).T, lower=True) ** 2).sum(0)
        u = weight * (degrees + d) / (degrees + radius)
        moved = u @ z / u.sum()
        try:
            fresh = _root((z - moved) * np.sqrt(u)[:, None])
        except ValueError:
            return None
        change = linalg.solve_triangular(root, fresh, lower=True) - np.eye(d)
        shift = linalg.solve_triangular(root, moved - centre, lower=True)
        centre, root = moved, fresh
        last = max(np.abs(change).max(), np.abs(shift).max())
        if last < _TOLERANCE:
            break
    return (centre, root) if last < _SETTLED else None


def _root(rows: FloatArray) -> FloatArray:
    """The lower Cholesky factor of rowsᵀrows, by QR: the digits of rows, not of squares."""
    upper = linalg.qr(rows, mode="r")[0][: rows.shape[1]]
    diagonal = np.abs(np.diag(upper))
    if diagonal.min() <= rows.shape[1] * np.finfo(float).eps * diagonal.max():
        raise ValueError(
            "the rows of x and y lie in fewer dimensions than they have columns: column "
            f"{int(diagonal.argmin())} is a linear function of others. Drop it."
        )
    return np.asarray((upper * np.sign(np.diag(upper))[:, None]).T)


def rank_gaussian(pool: Pooled) -> FloatArray:
    """The rows with radii moved to those of a Gaussian by rank (N, d); on the line, each value.

    The weighted share F of rows within r_i becomes the radius χ_d⁻¹(F): tails of any weight
    become light, and directions stay as they are. Rows that tie share one rank: if ties were
    broken by order, x before y, that would be a feature that knows the answer.
    """
    if pool.dim == 1:
        return np.asarray(stats.norm.ppf(shares(pool.z[:, 0], pool.weight)))[:, None]
    radius = pool.radius
    share = shares(radius, pool.weight)
    factor = stats.chi.ppf(share, pool.dim) / np.where(radius > 0, radius, 1.0)
    return np.asarray(pool.z * factor[:, None])


def normal_columns(pool: Pooled) -> FloatArray:
    """Each of the rows' own columns made normal by rank (N, d): increasing maps are forgotten."""
    own = pool.z if pool.own is None else pool.own
    return np.column_stack([stats.norm.ppf(shares(each, pool.weight)) for each in own.T])


def shares(value: FloatArray, weight: FloatArray) -> FloatArray:
    """Weight of the rows of lesser value, with half of that of those alike, each row's (N,)."""
    order = np.argsort(value, kind="stable")
    ordered = value[order]
    first = np.r_[True, np.diff(ordered) > _ALIKE * np.abs(ordered[1:])]
    group = np.cumsum(first) - 1
    held = np.bincount(group, weight[order])
    middle, some = np.cumsum(held) - 0.5 * held, held[held > 0]
    share = np.empty_like(weight)
    share[order] = np.clip(middle, 0.5 * some[0], middle[held > 0][-1])[group]
    return share
