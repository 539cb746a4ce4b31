r"""Metrics between Gaussians and their mixtures in closed form.

With S_ij = Σ_i + Σ_j and δ_ij = μ_i − μ_j over the signed components of p − q (weights c_i),

    MMD² = Σ_ij c_i c_j h^d det(h²I + S_ij)^{−½} exp(−½ δᵀ(h²I + S_ij)⁻¹δ),
    energy = −Σ_ij c_i c_j E|N(δ_ij, S_ij)|,
    E|N(δ, s²I)| = s√2 Γ((d+1)/2)/Γ(d/2) ₁F₁(−½; d/2; −|δ|²/(2s²)),
    W2² = |μ_p − μ_q|² + tr[Σ_p + Σ_q − 2(Σ_p^{½} Σ_q Σ_p^{½})^{½}]

(Gretton et al. 2012; Székely, Rizzo 2013; Dowson, Landau 1982). Sums of balls keep what cancels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat

from divkit.distributions.base import Law
from divkit.divergences.base import IPM
from divkit.exact.capabilities import Component, gaussian_components
from divkit.exact.closed_form.numbers import exact, settle
from divkit.exact.ipm.result import metric_result, too_large
from divkit.exact.method import NotApplicableError
from divkit.results import Result
from divkit.types import FloatArray

_MOST_PAIRS = 40_000
_ROUNDOFF = 2.0**-53


def signed(p: Law, q: Law) -> list[Component]:
    """The components of p − q, those of one Gaussian added; raise if p or q is none of these."""
    total: dict[tuple[Any, Any], Fraction] = {}
    for law, sign in ((p, 1), (q, -1)):
        for part in gaussian_components(law):
            key = (part.loc, part.cov)
            total[key] = total.get(key, Fraction(0)) + sign * part.weight
    components = [Component(weight, *key) for key, weight in total.items() if weight != 0]
    if len(components) ** 2 > 2 * _MOST_PAIRS:
        raise NotApplicableError(f"{len(components)} components make too many pairs")
    return components


def _quadratic(parts: list[Component], kernel: Callable[[Component, Component], Any]) -> Any:
    """Σ_ij c_i c_j kernel(i, j) of a symmetric kernel."""
    total = arb(0)
    for i, a in enumerate(parts):
        total += exact(a.weight**2) * kernel(a, a)
        for b in parts[:i]:
            total += 2 * exact(a.weight * b.weight) * kernel(a, b)
    return total


def gaussian_mmd2(p: Law, q: Law, divergence: IPM) -> Result:
    """MMD² between mixtures of Gaussians; see the module."""
    parts = signed(p, q)
    h = Fraction(dict(divergence.parameters)["bandwidth"])

    def kernel(a: Component, b: Component) -> Any:
        spread, gap = _sum(a, b, h**2), _gap(a, b)
        quadratic = (gap.transpose() * spread.solve(gap))[0, 0]
        return exact(h) ** len(a.loc) / spread.det().sqrt() * (-quadratic / 2).exp()

    return _settled(lambda: _quadratic(parts, kernel), divergence, "mixtures of Gaussians")


def gaussian_energy(p: Law, q: Law, divergence: IPM) -> Result:
    """Energy distance between mixtures of Gaussians whose pairwise sums are isotropic."""
    parts = signed(p, q)
    if not all(_is_isotropic(part.cov) for part in parts):
        raise NotApplicableError("E|N(δ, S)| has a closed form for isotropic S only")

    def kernel(a: Component, b: Component) -> Any:
        d = len(a.loc)
        variance = exact(a.cov[0][0] + b.cov[0][0])
        square = sum((exact((x - y) ** 2) for x, y in zip(a.loc, b.loc, strict=True)), arb(0))
        half = arb(d) / 2
        factor = (2 * variance).sqrt() * (half + arb(1) / 2).gamma() / half.gamma()
        return -factor * (-square / (2 * variance)).hypgeom_1f1(arb(-1) / 2, half)

    return _settled(lambda: _quadratic(parts, kernel), divergence, "mixtures of Gaussians")


def _is_isotropic(cov: tuple[tuple[Fraction, ...], ...]) -> bool:
    return all(
        x == (cov[0][0] if i == j else 0) for i, r in enumerate(cov) for j, x in enumerate(r)
    )


def _sum(a: Component, b: Component, diagonal: Fraction) -> arb_mat:
    size = len(a.loc)
    return arb_mat(
        [
            [exact(a.cov[i][j] + b.cov[i][j] + (diagonal if i == j else 0)) for j in range(size)]
            for i in range(size)
        ]
    )


def _gap(a: Component, b: Component) -> arb_mat:
    return arb_mat([[exact(x - y)] for x, y in zip(a.loc, b.loc, strict=True)])


def bures(p: Law, q: Law, divergence: IPM) -> Result:
    """W2 between two Gaussians: exact where covariances are equal or diagonal."""
    mine, theirs = gaussian_components(p), gaussian_components(q)
    if len(mine) > 1 or len(theirs) > 1:
        raise NotApplicableError("W2 between mixtures has no closed form")
    a, b = mine[0], theirs[0]
    shift = sum(((x - y) ** 2 for x, y in zip(a.loc, b.loc, strict=True)), Fraction(0))
    if a.cov == b.cov or (_is_diagonal(a.cov) and _is_diagonal(b.cov)):
        pairs = [(a.cov[i][i], b.cov[i][i]) for i in range(len(a.cov)) if a.cov != b.cov]

        def root() -> Any:
            spread = sum(((exact(u).sqrt() - exact(v).sqrt()) ** 2 for u, v in pairs), arb(0))
            return (exact(shift) + spread).sqrt()

        return _settled(root, divergence, "two Gaussians")
    spread, error = _bures_spread(np.array(a.cov, dtype=float), np.array(b.cov, dtype=float))
    square = float(shift) + spread
    value = math.sqrt(max(square, 0.0))
    bound = error + 4 * _ROUNDOFF * float(shift)
    low, high = math.sqrt(max(square - bound, 0.0)), math.sqrt(max(square, 0.0) + bound)
    error = max(high - value, value - low)
    return metric_result(value, error, "closed form", divergence, route="two Gaussians")


def _is_diagonal(cov: tuple[tuple[Fraction, ...], ...]) -> bool:
    return all(x == 0 for i, row in enumerate(cov) for j, x in enumerate(row) if i != j)


def _bures_spread(a: FloatArray, b: FloatArray) -> tuple[float, float]:
    """tr[A + B − 2(A^½BA^½)^½]: the last trace is the sum of the singular values of KᵀL.

    Here A = KKᵀ and B = LLᵀ are any factorisations, such as Cholesky's.
    """
    total = float(np.trace(a) + np.trace(b))
    product = np.linalg.cholesky(a).T @ np.linalg.cholesky(b)
    overlap = float(np.linalg.svd(product, compute_uv=False).sum())
    return total - 2 * overlap, 64 * len(a) * _ROUNDOFF * total


def _settled(formula: Callable[[], Any], divergence: IPM, route: str) -> Result:
    value, error = settle(formula)
    if math.isinf(error):
        log, _ = settle(lambda: formula().log())
        return too_large(log, divergence, route=route)
    return metric_result(value, error, "closed form", divergence, route=route)
