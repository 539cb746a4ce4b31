r"""Many rows: models fitted to a part of them, and read at all by a one-step correction.

A fit costs rows × features², a reading rows × features. So of more than `ALL` rows the models see
a part, s rows of each sample, every (n/s)-th by its distance from the pooled centre, which forgets
order, unit and rotation. The dual value at the rows left out is first-order right whatever the fit
(`divkit.estimators.one_step`), and below the truth by the fit's slack. The part measures that: it
is half the gap of its in-sample and leave-one-out values (`divkit.estimators.common.dual`). With h
that half gap of each side,

    D̂ = mean over x of t + mean over y of u,   t, u = the averaged payoffs at rows of the part,
                                                      T(l̂) + h_x, −f*(T(l̂)) + h_y at the others.

The variance is that of all rows; what the part adds is the fluctuation of the half gap, √(2/k) of
it for k parameters: with h ≈ k/4s against an error σ/√n, σ near ½, that is √(k/2) √n/s, and
s = `SHARE` √n keeps it below a third of the error for 100 parameters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from divkit.divergences.base import FDivergence
from divkit.estimators.common.dual import Readout, payoffs
from divkit.estimators.common.pooled import Pooled, joined
from divkit.estimators.common.ridge_path import Fit
from divkit.estimators.kernel_logistic.fitted import FittedModels
from divkit.samples import Pair, blocks
from divkit.types import FloatArray

ALL = 40_000
"""Rows of both samples that are fitted to without leaving any out."""
LEAST, SHARE = 8_000, 25
_SCRATCH = 2**29


@dataclass(frozen=True, eq=False)
class PartModels(FittedModels):
    """The models of a part of two samples, and the rows that were left out.

    Attributes
    ----------
    left_x, left_y : those rows in the columns of the pool's own.
    """

    left_x: FloatArray
    left_y: FloatArray

    def fitted_to(self, pair: Pair) -> Pair:
        """Return the part."""
        del pair
        return self.rows

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows of x and of y, those left out with them."""
        n, m = self.pool.sizes
        return n + len(self.left_x), m + len(self.left_y)

    def warnings(self) -> list[str]:
        """Return nothing: that a part was fitted to is in the diagnostics and in the error."""
        return []

    def carried(
        self, divergence: FDivergence, fits: Sequence[Fit], shares: FloatArray, part: Readout
    ) -> Readout:
        """Return the reading of the part, carried to all rows.

        Raises
        ------
        ArithmeticError
            If a payoff at a row left out is not finite.
        """
        sides = [
            _Side(divergence, self.pool, fits, shares, 1.0, self.left_x),
            _Side(divergence, self.pool, fits, shares, -1.0, self.left_y),
        ]
        values = sides[0].values + sides[1].values
        value = float(shares @ values)
        parts = {
            **part.parts,
            "samples": math.sqrt(sides[0].variance + sides[1].variance),
            "models": float(np.sqrt(shares @ (values - value) ** 2)),
        }
        return replace(
            part, value=value, error=float(np.hypot.reduce([*parts.values()])), parts=parts
        )


class _Side:
    """The payoffs of one sample under each fit: of the part, and of the rows left out."""

    def __init__(
        self,
        divergence: FDivergence,
        pool: Pooled,
        fits: Sequence[Fit],
        shares: FloatArray,
        sign: float,
        left: FloatArray,
    ) -> None:
        own = pool.sign == sign
        inside = np.array([payoffs(divergence, f.logit, pool.sign)[own] for f in fits])
        outside = np.array([payoffs(divergence, f.left_out, pool.sign)[own] for f in fits])
        half = 0.5 * (inside.mean(axis=1) - outside.mean(axis=1))  # (K,)
        there = _payoffs_left(divergence, pool, fits, sign, left) + half[:, None]
        if not np.isfinite(there).all():
            raise ArithmeticError(
                f"{divergence.name}: a payoff at a row that was not fitted to is beyond floating "
                "point. Draw fewer rows, so that all are fitted to."
            )
        every = np.hstack([0.5 * (inside + outside), there])
        self.values = every.mean(axis=1)
        self.variance = float((shares @ every).var(ddof=1)) / every.shape[1]


def _payoffs_left(
    divergence: FDivergence, pool: Pooled, fits: Sequence[Fit], sign: float, left: FloatArray
) -> FloatArray:
    """The payoffs of each fit at rows that were left out (K, rows)."""
    out = np.empty((len(fits), len(left)))
    for chosen, thetas, logits in _by_design(fits):
        for some in blocks(len(left), 24 * len(thetas), _SCRATCH):
            signs = np.full(some.stop - some.start, sign)
            at = logits(joined(pool, left[some], signs), thetas)[len(pool.z) :]
            for k, column in zip(chosen, at.T, strict=True):
                out[k, some] = payoffs(divergence, np.ascontiguousarray(column), signs)
    return out


def _by_design(fits: Sequence[Fit]) -> Iterator[tuple[list[int], FloatArray, _Logits]]:
    """The places of the fits of each design, their coefficients (P, K), and its logits."""
    places = sorted(range(len(fits)), key=lambda k: fits[k].label)
    for _, group in groupby(places, key=lambda k: fits[k].label):
        chosen = list(group)
        yield (
            chosen,
            np.column_stack([fits[k].coefficients for k in chosen]),
            _Logits(fits[chosen[0]]),
        )


@dataclass(frozen=True, eq=False)
class _Logits:
    """The logits of a fit's design in another pool (N, K)."""

    fit: Fit

    def __call__(self, pool: Pooled, coefficients: FloatArray) -> FloatArray:
        if self.fit.again is None:
            raise ValueError(f"{self.fit.label} cannot be made of other rows.")
        return self.fit.again(pool).logits(coefficients)


def part_size(n: int, m: int) -> int:
    """Return how many rows of each sample the models see."""
    return max(LEAST, math.ceil(SHARE * math.sqrt(min(n, m))))


def part_of(pair: Pair) -> tuple[Pair, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the part of a pair that is fitted to, and which rows of x and y it holds."""
    most = part_size(len(pair.x), len(pair.y))
    rows = pair.standardised
    n, m = len(rows.x), len(rows.y)
    centre = 0.5 * (rows.x.mean(axis=0) + rows.y.mean(axis=0))
    spread = sum((s - centre).T @ (s - centre) / (2 * len(s)) for s in (rows.x, rows.y))
    inverse = linalg.pinvh(spread)
    in_x, in_y = (
        _every(_radius(s - centre, inverse), min(most, k)) for s, k in ((rows.x, n), (rows.y, m))
    )
    return replace(pair, x=pair.x[in_x], y=pair.y[in_y]), in_x, in_y


def _radius(z: FloatArray, inverse: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ij,ij->i", z @ inverse, z))


def _every(radius: FloatArray, count: int) -> NDArray[np.bool_]:
    """So many rows at equal steps in the order of the radius, as a mask (n,)."""
    order = np.argsort(radius, kind="stable")
    steps = ((np.arange(count) + 0.5) * len(order) / count).astype(np.intp)
    mask = np.zeros(len(order), dtype=np.bool_)
    mask[order[steps]] = True
    return mask
