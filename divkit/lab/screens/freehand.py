r"""A curve that is drawn by hand, as a normal mixture: its density fits the heights best.

    min Σ_i (Σ_k a_k N(x_i; c_k, s_k²) − y_i)²,   a_k ≥ 0,

first over a table of normals (non-negative least squares, from which the least go until twelve are
left), then over all that these are made of. Between the points that were drawn the curve is a
monotone cubic (Fritsch and Carlson, 1980, SIAM J. Numer. Anal. 17:238), and y_i are its heights
there too: no normal can be narrow enough to stand between two x_i. The weights a_k are divided by
their sum: the law is of mass one, whatever was drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import least_squares, nnls

from divkit.distributions.families.normal import Normal
from divkit.types import FloatArray

MOST = 12
"""Normals of a fitted law."""
FEWEST, LIMIT = 8, 240
_CENTRES, _WIDTHS = 48, (0.012, 0.025, 0.05, 0.1)
_BETWEEN = 121
_SMALL = 1e-3


def fitted(places: Sequence[float], heights: Sequence[float]) -> list[tuple[float, float, float]]:
    """Return weight, centre and scale of each normal, the weights of six decimals and sum 1.

    Raises
    ------
    ValueError
        If the curve has too few points, is nowhere positive, or goes back.
    """
    x, y = np.asarray(places, dtype=float), np.asarray(heights, dtype=float)
    if len(x) != len(y) or not FEWEST <= len(x) <= LIMIT:
        raise ValueError(f"a drawn curve has {FEWEST} to {LIMIT} points; got {len(x)}.")
    if not (np.isfinite(x).all() and np.isfinite(y).all() and (np.diff(x) > 0).all()):
        raise ValueError("a drawn curve goes from left to right, in finite numbers.")
    if not (y > 0).any():
        raise ValueError("a drawn curve must be positive somewhere.")
    drawn = np.union1d(x, np.linspace(x[0], x[-1], _BETWEEN))
    curve = PchipInterpolator(x, np.maximum(y, 0.0))(drawn)
    return _rounded(_refined(drawn, curve, *_begun(drawn, curve)))


def _begun(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The best sum over a table of normals, from which the least go until few are left."""
    span = x[-1] - x[0]
    centres, widths = np.meshgrid(np.linspace(x[0], x[-1], _CENTRES), span * np.array(_WIDTHS))
    centre, width = centres.ravel(), widths.ravel()
    table = _normals(x, centre, width)
    at, amounts = np.arange(len(centre)), nnls(table, y)[0]
    while np.count_nonzero(amounts) > MOST:
        at, amounts = at[amounts > 0], amounts[amounts > 0]
        least = np.argsort(amounts)[: max(1, (len(at) - MOST) // 2)]
        at = np.delete(at, least)
        amounts, _ = nnls(table[:, at], y)
    at, amounts = at[amounts > 0], amounts[amounts > 0]
    return amounts, centre[at], width[at]


def _refined(
    x: FloatArray, y: FloatArray, amount: FloatArray, centre: FloatArray, width: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The least squares over amounts, centres and widths, within the drawn stretch."""
    count, span = len(amount), x[-1] - x[0]
    low = np.r_[np.full(count, -30.0), np.full(count, x[0]), np.full(count, np.log(span / 400))]
    high = np.r_[np.full(count, 30.0), np.full(count, x[-1]), np.full(count, np.log(span))]

    def off(theta: FloatArray) -> FloatArray:
        a, c, s = theta.reshape(3, -1)
        made: FloatArray = _normals(x, c, np.exp(s)) @ np.exp(a) - y
        return made

    start = np.clip(np.r_[np.log(amount), centre, np.log(width)], low + 1e-9, high - 1e-9)
    found = least_squares(off, start, bounds=(low, high), max_nfev=200).x.reshape(3, -1)
    return np.exp(found[0]), found[1], np.exp(found[2])


def _normals(x: FloatArray, centre: FloatArray, width: FloatArray) -> FloatArray:
    u = (x[:, None] - centre) / width
    made: FloatArray = np.exp(-0.5 * u**2) / (width * np.sqrt(2 * np.pi))
    return made


def _rounded(
    parts: tuple[FloatArray, FloatArray, FloatArray],
) -> list[tuple[float, float, float]]:
    """Weights of six decimals, the largest taking what rounding leaves; the least parts go."""
    amount, centre, width = parts
    share = amount / amount.sum()
    kept = np.argsort(share)[::-1][: max(1, int((share > _SMALL).sum()))]
    weights = [round(float(w), 6) for w in share[kept] / share[kept].sum()]
    weights[0] = round(1 - sum(weights[1:]), 6)
    numbers = zip(weights, centre[kept], width[kept], strict=True)
    return [(w, float(f"{c:.6g}"), float(f"{s:.6g}")) for w, c, s in numbers]


def text_of(parts: Sequence[tuple[float, float, float]]) -> str:
    """Return the mixture in words that `parse_law` reads.

    >>> text_of([(0.25, 0.0, 1.0), (0.75, 2.0, 0.5)])
    'mixture(0.25: normal(0.0, 1.0), 0.75: normal(2.0, 0.5))'
    """
    named = [(w, f"normal({Normal(c, s).loc!r}, {s!r})") for w, c, s in parts]
    if len(named) == 1:
        return named[0][1]
    return f"mixture({', '.join(f'{w!r}: {law}' for w, law in named)})"
