r"""The least variance of an estimate of D_f, and two estimates that reach it.

(p, q) ↦ ∫ q f(p/q) is homogeneous of degree 1, so its derivatives at a point, f'(r) and
f(r) − r f'(r), are its influence functions, and no regular estimate from n + m samples has a
variance below

    Var_p f'(r)/n + Var_q [f(r) − r f'(r)]/m.

The dual value of the oracle critic, the mean of T* = f'(r) less that of f*(T*) = r f'(r) − f(r),
has exactly this variance; maximum likelihood in finite laws, D_f of the two empirical laws, has it
as n grows (that of TV where no point has p = q, at which |p − q| has a kink). For unit normals at
distance μ, with A = {p > q} and BC = e^{−μ²/8}:

    KL: μ² and e^{μ²} − 1;   H²: ¼(1 − BC²) and the same;   TV: P(A)(1 − P(A)) and the same.

JSD is half of V, its variance a quarter. With D* = t, dP = 2t dM and dQ = 2(1−t) dM, the sum of
the two variances is concave in M and symmetric, so a symmetric M is worst, and for any number c

    ∫ g dM − 2(∫ s dM)² ≤ 2c² + max_t [g(t) − 4c s(t)],
    g = 2t log² t + 2(1−t) log² (1−t),   s = t log t + (1−t) log (1−t).

With c = s(t₀) at the best single point, t₀ = .0832, both sides agree. So the standard error of JSD
from n + n samples is at most .46863/√n for all laws, and (t₀, 1−t₀) against (1−t₀, t₀) attains it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
from scipy import special
from scipy.optimize import minimize_scalar

from divkit.distributions.base import Law1D
from divkit.divergences import GAN, HELLINGER2, JS, KL, TRIANGULAR, TV, rows
from divkit.divergences.base import FDivergence
from divkit.theory.family.duality import REACH
from divkit.theory.framework.densities import density, log_ratio
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.integration import cuts, panels, trapezoid
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.pairs import normal_tv, shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, equal, evidence
from divkit.theory.framework.stochastic import mean_of
from divkit.types import FloatArray, Tensor

Sampled: TypeAlias = dict[tuple[str, str], tuple[Measured, float, float]]
"""By divergence and estimate: n·variance, the bound, and what the next order may add."""

MU = 0.5
STEEPEST = 0.46863
"""The largest value of √n times the standard error of JSD."""


@check(
    "efficiency-bound",
    statement="No regular estimate beats the variance of D_f's influence functions; the oracle's "
    "dual value and maximum likelihood in finite laws attain it. JSD: at most .46863/√n.",
    formula=r"\mathrm{Var}\geq\frac{\mathrm{Var}_p f'(r)}{n}+"
    r"\frac{\mathrm{Var}_q[f(r)-r f'(r)]}{m}",
    left="variances of the dual payoffs at T* (trapezoid rule); of estimates over many samples",
    right="variances of the derivatives of q f(p/q), by automatic differentiation on panels; "
    "closed forms",
    because="both sides' errors; where sampled, 1e-6 false alarms and a relative 40/n beyond",
)
def efficiency_bound(context: Context) -> Evidence:
    """Every divergence of the table between unit normals; six between laws on six points."""
    p, q = shift(MU)
    comparisons = []
    for divergence in rows():
        dual, influence = dual_variances(divergence, p, q), influence_variances(divergence, p, q)
        for side, a, b in zip("pq", dual, influence, strict=True):
            comparisons.append(equal(f"{divergence.label}: Var_{side}", a, b))
    sampled = _sampled(context)
    comparisons += [*_closed_forms(p, q), *_largest(), *_rows_of(sampled)]
    return evidence(comparisons, lambda: _figure(sampled))


def dual_variances(divergence: FDivergence, p: Law1D, q: Law1D) -> tuple[Measured, Measured]:
    """Var_p T* and Var_q f*(T*), as the table's dual pair has them."""
    kinked = divergence.curvature == math.inf
    return (
        _variance(p, lambda x: divergence.witness(log_ratio(p, q, x)), kinked),
        _variance(q, lambda x: divergence.conjugate_at(log_ratio(p, q, x)), kinked),
    )


def _variance(law: Law1D, f: Callable[[Tensor], Tensor], kinked: bool) -> Measured:
    def moment(k: int) -> Measured:
        def integrand(x: Tensor) -> Tensor:
            return density(law, x) * f(x) ** k

        if kinked:
            return panels(integrand, cuts(-REACH, REACH, 0.4, 0.5 * MU))
        return trapezoid(integrand, -REACH, REACH)

    mean = moment(1)
    return moment(2) - mean * mean


def influence_variances(divergence: FDivergence, p: Law1D, q: Law1D) -> tuple[Measured, Measured]:
    """Var_p and Var_q of the partial derivatives of q f(p/q)."""

    def moment(side: int, k: int) -> Measured:
        def integrand(x: Tensor) -> Tensor:
            a, b = density(p, x), density(q, x)
            return (a, b)[side] * influence(divergence, a, b)[side] ** k

        return panels(integrand, cuts(-REACH, REACH, 0.5, 0.5 * MU))

    means = moment(0, 1), moment(1, 1)
    return moment(0, 2) - means[0] * means[0], moment(1, 2) - means[1] * means[1]


def influence(divergence: FDivergence, p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    """∂/∂p and ∂/∂q of q f(p/q), elementwise."""
    a, b = p.clone().requires_grad_(), q.clone().requires_grad_()
    on_p, on_q = torch.autograd.grad((b * divergence.f(a / b)).sum(), (a, b))
    return on_p, on_q


def _closed_forms(p: Law1D, q: Law1D) -> list[Comparison]:
    """Unit normals; the V of a GAN has four times the variance of JSD."""
    bc, right = math.exp(-(MU**2) / 8), 0.5 * (1 + normal_tv(MU))
    known = {
        KL: (MU**2, math.expm1(MU**2)),
        HELLINGER2: (-0.25 * math.expm1(2 * math.log(bc)),) * 2,
        TV: (right * (1 - right),) * 2,
    }
    comparisons: list[Comparison] = []
    for divergence, values in known.items():
        for side, dual, value in zip("pq", dual_variances(divergence, p, q), values, strict=True):
            comparisons.append(equal(f"{divergence.name}, closed form: Var_{side}", dual, value))
    js, gan = influence_variances(JS, p, q), influence_variances(GAN, p, q)
    pairs = zip("pq", js, gan, strict=True)
    return comparisons + [
        equal(f"JSD, a quarter of V's: Var_{side}", a, 0.25 * b) for side, a, b in pairs
    ]


def _largest() -> list[Comparison]:
    """The largest variance of JSD: by its dual bound over all laws, and at two points."""
    at = minimize_scalar(lambda t: -_symmetric(t), bounds=(1e-3, 0.5), options={"xatol": 1e-10}).x
    t = np.concatenate([np.geomspace(1e-12, 0.5, 200_001), [at]])
    g, s = _curve(t)
    c = float(_curve(np.array([at]))[1][0])
    bound = float(2 * c * c + (g - 4 * c * s).max())
    p = torch.tensor([at, 1 - at], dtype=torch.float64)
    attained = sum(finite_variances(GAN, p, p.flip(0)))
    largest = Measured(0.5 * math.sqrt(attained), 1e-9)
    return [
        equal("JSD: largest standard error · √n", Measured(0.5 * math.sqrt(bound), 1e-9), largest),
        equal("JSD: as printed", largest, Measured(STEEPEST, 5e-6)),
    ]


def _symmetric(t: float) -> float:
    g, s = _curve(np.array([t]))
    return float(g[0] - 2 * s[0] ** 2)


def _curve(t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """g and s of the module."""
    up, down = special.xlogy(t, t), special.xlog1py(1 - t, -t)
    return 2 * (up * np.log(t) + down * np.log1p(-t)), up + down


def finite_variances(divergence: FDivergence, p: Tensor, q: Tensor) -> tuple[float, float]:
    """Var_p and Var_q of the influence functions of two finite laws (K,)."""
    on_p, on_q = influence(divergence, p, q)
    return (float(p @ on_p**2 - (p @ on_p) ** 2), float(q @ on_q**2 - (q @ on_q) ** 2))


def _sampled(context: Context) -> Sampled:
    """n-fold variances of D_f of the empirical laws, and of the oracle's value, over the bound."""
    rng, n, m = context.rng(), 3000, 6000
    times = 100_000 if context.full else 20_000
    p = np.array([0.3, 0.25, 0.22, 0.1, 0.08, 0.05])
    q = np.array([0.1, 0.2, 0.15, 0.25, 0.15, 0.15])
    a, b = rng.multinomial(n, p, times) / n, rng.multinomial(m, q, times) / m
    sampled: Sampled = {}
    for divergence in (GAN, JS, HELLINGER2, KL, TV, TRIANGULAR):
        on_p, on_q = finite_variances(divergence, torch.from_numpy(p), torch.from_numpy(q))
        bound = on_p + on_q * n / m
        for way, estimates in (
            ("maximum likelihood", plug_in(divergence, a, b)),
            ("oracle", oracle(divergence, p, q, a, b)),
        ):
            errors = n * (estimates - estimates.mean()) ** 2
            sampled[divergence.name, way] = mean_of(errors), bound, 40 / n * bound
    return sampled


def _rows_of(sampled: Sampled) -> list[Comparison]:
    return [
        equal(f"{name}, {way}: n·variance", spread, bound, room)
        for (name, way), (spread, bound, room) in sampled.items()
    ]


def _figure(sampled: Sampled) -> Figure:
    """Variances in units of the bound."""
    names = list(dict.fromkeys(name for name, _ in sampled))
    lines = [line("the bound", (0.5, len(names) + 0.5), (1.0, 1.0))]
    for way, shift_by in (("maximum likelihood", -0.1), ("oracle", 0.1)):
        x = tuple(k + shift_by for k in range(1, len(names) + 1))
        of_way = [sampled[name, way] for name in names]
        y = tuple(spread.value / bound for spread, bound, _ in of_way)
        ends = [
            tuple((spread.value + side * spread.error) / bound for spread, bound, _ in of_way)
            for side in (-1, 1)
        ]
        lines.append(line(way, x, y, "marks", *ends))
    key = ", ".join(f"{k}: {name}" for k, name in enumerate(names, start=1))
    caption = f"Both estimates attain the bound; bars: 1e-6 false alarms. {key}."
    return Figure("divergence", "variance / bound", tuple(lines), caption=caption)


def plug_in(divergence: FDivergence, a: FloatArray, b: FloatArray) -> FloatArray:
    """D_f of the empirical laws a, b (repetitions, K)."""
    lp, lq = torch.from_numpy(a).log(), torch.from_numpy(b).log()
    return divergence.at_one + divergence.integrand(lp, lq).sum(1).numpy()


def oracle(
    divergence: FDivergence, p: FloatArray, q: FloatArray, a: FloatArray, b: FloatArray
) -> FloatArray:
    """Means of T* over a less those of f*(T*) over b, T* known from p and q."""
    l = torch.from_numpy(np.log(p) - np.log(q))
    return np.asarray(a @ divergence.witness(l).numpy() - b @ divergence.conjugate_at(l).numpy())
