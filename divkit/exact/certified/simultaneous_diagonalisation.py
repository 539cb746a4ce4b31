r"""Two symmetric positive matrices brought to diagonal form by one congruence, to any digits.

LAPACK's V makes A = VᵀΣV ≈ I and B = VᵀTV ≈ diag(b) to float64. Each pass multiplies V by
(I − ½E)R with E = A − I and an orthogonal R ≈ I + K,

    K_ij = −G_ij/(b_i − b_j),   G_ij = B_ij − ½(b_i + b_j) E_ij  (i ≠ j),

which removes E and G to first order. E and G are computed from enclosures and are small, so that
float64 holds K well enough: a pass gains some 15 digits. Where |G_ij| is not small against
|b_i − b_j|, i and j belong to one cluster; its block of diag(b) + G is rotated to diagonal form,
by LAPACK on the block's scaled deviation from a multiple of I, and the pass leaves out the
quotient. R is made orthogonal to the working precision by Newton and Schulz's iteration. Nothing
here needs a proof: V is used as the exact matrix that it is, and the coupling η that is left is
computed in balls.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx
from scipy import linalg
from scipy.sparse import csgraph

from divkit.exact.method import NotApplicableError
from divkit.types import Ball, FloatArray

Matrix = Any

_CLOSE = 1e-3


def diagonalise(
    sigma: Matrix, tau: Matrix, tolerance: Ball
) -> tuple[Matrix, Matrix, Matrix, Ball]:
    """Return VᵀΣV, VᵀTV, V and the bound η of their off-diagonal coupling, η < tolerance.

    Raises
    ------
    NotApplicableError
        If a matrix is not shown to be positive definite, or the passes stall.
    """
    v = _start(sigma, tau)
    for _ in range(12 + ctx.prec // 30):
        a, b = v.transpose() * sigma * v, v.transpose() * tau * v
        eta = _coupling(a, b)
        if eta < tolerance:
            return a, b, v, eta
        v = (v * _correction(a, b, tolerance)).mid()
    raise NotApplicableError("the covariances could not be diagonalised to the wanted digits.")


def _start(sigma: Matrix, tau: Matrix) -> Matrix:
    try:
        _, v = linalg.eigh(_floats(tau), _floats(sigma))
    except np.linalg.LinAlgError:
        raise NotApplicableError(
            "a covariance is too close to singular to be diagonalised in float64."
        ) from None
    return arb_mat(v.tolist())


def _coupling(a: Matrix, b: Matrix) -> Ball:
    """η = [Σ_{i≠j} (|A_ij| + |B_ij|)² / (r_i r_j)]^½, r_i = min(A_ii, B_ii); inf if not shown."""
    n = a.nrows()
    if not all(m[i, i] > 0 for m in (a, b) for i in range(n)):
        return arb.pos_inf()
    inverse = [1 / a[i, i].min(b[i, i]) for i in range(n)]
    left, right = a.tolist(), b.tolist()
    total = arb(0)
    for i in range(n):
        row = arb(0)
        for j in range(i):
            row += (left[i][j].abs_upper() + right[i][j].abs_upper()) ** 2 * inverse[j]
        total += 2 * inverse[i] * row
    return total.sqrt().upper()


def _correction(a: Matrix, b: Matrix, tolerance: Ball) -> Matrix:
    n = a.nrows()
    values = [b[i, i].mid() for i in range(n)]
    error = (a - _eye(n)).mid()
    half = arb_mat([[x / 2 if i == j else 0 for j in range(n)] for i, x in enumerate(values)])
    rest = (b - half * error - error * half).mid()
    relative = [rest[i, j] / values[i] for i in range(n) for j in range(n) if i != j]
    exponent = _exponent([*error.entries(), *relative])
    g = _floats(rest, exponent)
    np.fill_diagonal(g, 0.0)
    gap = np.array([[float(x - y) for y in values] for x in values])
    size = np.abs(np.array([float(x) for x in values]))
    wide = np.ldexp(np.abs(gap), exponent) * _CLOSE >= np.abs(g)
    noise = np.ldexp(float(tolerance) / n, exponent) * np.sqrt(np.outer(size, size))
    close = ~wide & (np.abs(g) > 0.01 * noise)
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(wide & (g != 0), -g / gap, 0.0)
    rotation = arb_mat(turn.tolist()) * arb(2) ** -exponent + _eye(n)
    defect = n * math.ldexp(float(np.abs(turn).max()), -exponent) ** 2
    if close.any():
        rotation, defect = rotation * _rotation(close, values, rest), max(defect, 1e-14)
    return (_eye(n) - error / 2) * _orthogonal(rotation, defect)


def _orthogonal(r: Matrix, defect: float) -> Matrix:
    """Newton and Schulz's R ← R(3I − RᵀR)/2, which squares the defect |RᵀR − I| of R."""
    while defect > 2.0 ** -min(ctx.prec, 1000):
        r = (r * (3 * _eye(r.nrows()) - r.transpose() * r) / 2).mid()
        defect *= defect
    return r


def _exponent(entries: list[Ball]) -> int:
    """s such that 2^s times the largest entry is of order one."""
    top = arb(0)
    for entry in entries:
        top = top.max(abs(entry).mid()).mid()
    mantissa, exponent = top.man_exp()
    return -int(exponent) - int(mantissa).bit_length()


def _rotation(close: np.ndarray[Any, Any], values: list[Ball], rest: Matrix) -> Matrix:
    """An orthogonal matrix that diagonalises the block of each cluster."""
    n = len(values)
    rotation = np.eye(n)
    count, label = csgraph.connected_components(close, directed=False)
    for k in range(count):
        members = np.flatnonzero(label == k).tolist()
        if len(members) > 1:
            _, rotation[np.ix_(members, members)] = linalg.eigh(_block(values, rest, members))
    return arb_mat(rotation.tolist())


def _block(values: list[Ball], rest: Matrix, members: list[int]) -> FloatArray:
    """A cluster's deviation from a multiple of I, scaled to order one."""
    block = arb_mat(
        [
            [rest[i, j].mid() if i != j else values[i] - values[members[0]] for j in members]
            for i in members
        ]
    )
    return _floats(block, _exponent(block.entries()))


def _eye(n: int) -> Matrix:
    return arb_mat([[int(i == j) for j in range(n)] for i in range(n)])


def _floats(m: Matrix, exponent: int = 0) -> FloatArray:
    """Midpoints times 2^exponent as floats."""
    factor = arb(2) ** exponent
    return np.array([[float((x * factor).mid()) for x in row] for row in m.tolist()])
