r"""The other losses: least squares, hinge, relativistic pairs.

Least squares with targets b (data), a (fakes) for D and c for G: D* = (bp + aq)/(p+q), and

    2C = E_p(D* − c)² + E_q(D* − c)² = ∫ [(b−c)(p+q) − (b−a)q]²/(p+q),

which is Δ for (a, b, c) = (−1, 1, 0) (Mao et al. 2017, theorem 1). Hinge: at each point
p max(0, 1 − D) + q max(0, 1 + D) is least, 2 min(p, q), at D = sign(p − q).

Relativistic pairs weigh one point of each law: E log σ(c(x) − c(y)). On {0, 1} with P(1) = a and
Q(1) = b only δ = c(1) − c(0) matters; with u = a(1−b), v = (1−a)b, s = u + v the value is
u log σ(δ) + v log σ(−δ) − (1−s) log 2, greatest at δ = log(u/v), where its excess over −log 2 is
s(log 2 − h(u/s)).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.optimize import minimize_scalar

from divkit.divergences import TRIANGULAR
from divkit.theory.framework.computations import LOG2, by_affinity, by_definition
from divkit.theory.framework.densities import log_density
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.optimum import argmax
from divkit.theory.framework.pairs import SMOOTH, normal_tv, parsed, shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Evidence, equal, evidence
from divkit.types import Tensor


@check(
    "lsgan",
    statement="Least squares: at the best D the generator's loss is a squared distance, Δ for "
    "targets (−1, 1, 0).",
    formula=r"2C(G)=\int\frac{[(b-c)(p+q)-(b-a)\,q]^2}{p+q}=\Delta(p,q)\;\mathrm{if}\;"
    r"(a,b,c)=(-1,1,0)",
    left="E_p(D* − c)² + E_q(D* − c)², D* by search at each point, on panels",
    right="Δ through the affinity; for other targets what the square of them makes of it",
    because="both sides' errors and 1e-14 for the search",
)
def lsgan(context: Context) -> Evidence:
    """Three settings of the targets; for (0, 1, 1), 2C = ∫q²/(p+q) = ½ + ¼Δ."""
    rows = []
    for name in ("normal shift 1", "normal scale 2", "mixtures"):
        p, q = parsed(*SMOOTH[name])
        delta = by_affinity(p, q, TRIANGULAR)
        centred = by_definition(p, q, lambda lp, lq: generator_loss(lp, lq, -1.0, 1.0, 0.0))
        zero_one = by_definition(p, q, lambda lp, lq: generator_loss(lp, lq, 0.0, 1.0, 1.0))
        rows.append(equal(f"{name}: (−1, 1, 0)", centred, delta, 1e-14))
        rows.append(equal(f"{name}: (0, 1, 1)", zero_one, 0.25 * delta + 0.5, 1e-14))
        any_three = by_definition(p, q, lambda lp, lq: generator_loss(lp, lq, 0.2, 1.3, 0.7))
        rows.append(equal(f"{name}: (.2, 1.3, .7)", any_three, expanded(delta), 1e-14))
    return evidence(rows)


def expanded(delta: Measured, a: float = 0.2, b: float = 1.3, c: float = 0.7) -> Measured:
    """The square of the statement, term by term: ∫(p+q) = 2, ∫q = 1, ∫q²/(p+q) = ½ + ¼Δ."""
    near, width = b - c, b - a
    return width**2 * (0.25 * delta + 0.5) + (2 * near**2 - 2 * near * width)


def generator_loss(lp: Tensor, lq: Tensor, a: float, b: float, c: float) -> Tensor:
    """(p + q)(D* − c)² with D* by search."""
    top = torch.maximum(lp, lq)
    u, v = (lp - top).exp(), (lq - top).exp()
    limit = torch.full_like(lp, 2.0)
    best = argmax(lambda d: -u * (d - b) ** 2 - v * (d - a) ** 2, -limit, limit)
    return top.exp() * (u + v) * (best - c) ** 2


@check(
    "hinge",
    statement="Hinge: the best D is sign(p − q), its loss 2(1 − TV).",
    formula=r"\min_D\;E_p\max(0,1-D)+E_q\max(0,1+D)=2(1-\mathrm{TV})",
    left="the least loss by search at each point, on panels",
    right="2(1 − TV), TV = 2Φ(μ/2) − 1",
    because="both sides' errors and 1e-14 for the search",
)
def hinge(context: Context) -> Evidence:
    """Unit normals at several distances; D* changes sign half-way."""
    rows = []
    for mu in (0.5, 1.0, 3.0):
        p, q = shift(mu)
        loss = by_definition(p, q, _least_hinge, 0.5 * mu)
        rows.append(equal(f"distance {mu:g}: loss", loss, 2 * (1 - normal_tv(mu)), 1e-14))
        x = torch.tensor([-1.0, 0.5 * mu - 0.01, 0.5 * mu + 0.01, mu + 1], dtype=torch.float64)
        best = _best_hinge(log_density(p, x), log_density(q, x))
        for at, d, side in zip(x, best, (1.0, 1.0, -1.0, -1.0), strict=True):
            case = f"distance {mu:g}: D* at {float(at):g}"
            rows.append(equal(case, Measured(float(d), 1e-14), side))
    return evidence(rows)


def _best_hinge(lp: Tensor, lq: Tensor) -> Tensor:
    u, v = lp.exp(), lq.exp()
    limit = torch.full_like(lp, 2.0)
    return argmax(lambda d: -u * torch.relu(1 - d) - v * torch.relu(1 + d), -limit, limit)


def _least_hinge(lp: Tensor, lq: Tensor) -> Tensor:
    d = _best_hinge(lp, lq)
    return lp.exp() * torch.relu(1 - d) + lq.exp() * torch.relu(1 + d)


@check(
    "relativistic",
    statement="Relativistic pairs on Bernoulli laws: the best margin and its excess over −log 2.",
    formula=r"\delta^*=\log\frac{a(1-b)}{(1-a)b},\quad\mathrm{excess}="
    r"s\left(\log 2-h\left(\frac{a(1-b)}{s}\right)\right)",
    left="numerical maximisation of E log σ(c(x) − c(y))",
    right="the formulas; .0882581 at (.7, .4)",
    because="the minimiser's tolerance; half a unit of the last printed digit",
)
def relativistic(context: Context) -> Evidence:
    """Three pairs of Bernoulli laws."""
    rows = []
    for a, b in ((0.7, 0.4), (0.5, 0.1), (0.9, 0.85)):
        u, v = a * (1 - b), (1 - a) * b
        solution = minimize_scalar(
            lambda t, a=a, b=b: -pair_value(t, a, b), bounds=(-8, 8), method="bounded",
            options={"xatol": 1e-9},
        )  # fmt: skip
        excess = Measured(-float(solution.fun) + LOG2, 1e-15)
        s, share = u + v, u / (u + v)
        entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)
        rows.append(equal(f"({a:g}, {b:g}): excess", excess, s * (LOG2 - entropy), 1e-15))
        rows.append(
            equal(f"({a:g}, {b:g}): δ*", Measured(float(solution.x), 1e-6), math.log(u / v))
        )
        if (a, b) == (0.7, 0.4):
            rows.append(equal("(.7, .4): printed", excess, Measured(0.0882581, 5e-8)))
    return evidence(rows)


def pair_value(delta: float, a: float, b: float) -> float:
    """E log σ(c(x) − c(y)) over the four pairs of outcomes, c(1) − c(0) = δ."""
    chances = np.array([[(1 - a) * (1 - b), (1 - a) * b], [a * (1 - b), a * b]])
    margins = np.array([[0.0, -delta], [delta, 0.0]])
    return float(-(chances * np.logaddexp(0, -margins)).sum())
