r"""Divergences under maps, products, mixing and small changes.

Data processing: D_f(T#p ‖ T#q) ≤ D_f(p‖q), with equality for invertible T. Products: H²_m =
1 − (1 − H²)^m, KL_m = m KL; a unit Gaussian shift packed m times is, after a rotation, one shift
by √m. Near p every f-divergence is f''(1) χ²/2 to leading order (Csiszár). Mutual information is
KL(p_xy ‖ p_x p_y), for two normals −½ log(1 − ρ²).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.product import product
from divkit.distributions.families.log import LogNormal
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import FiniteLaw, categorical
from divkit.divergences import HELLINGER2, JEFFREYS, JS, KL, TV
from divkit.divergences import rows as table
from divkit.divergences.base import FDivergence
from divkit.exact.tensor.method import TensorQuadrature
from divkit.theory.framework.computations import (
    LOG2,
    by_affinity,
    by_definition,
    by_engine,
    by_quadrature,
)
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured, measured, root
from divkit.theory.framework.pairs import SMOOTH, parsed, shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, below, equal, evidence
from divkit.theory.inequalities.bounds import random_law
from divkit.types import Tensor


@check(
    "packing",
    group="D",
    statement="m-fold products: H² = 1 − (1 − H²)^m, KL = m KL, and JSD in m dimensions.",
    formula=r"H^2_m=1-(1-H^2)^m,\quad\mathrm{KL}_m=m\,\mathrm{KL},\quad"
    r"\mathrm{JSD}_m(\mathrm{shift}\;1)=\mathrm{JSD}(\mathrm{shift}\;\sqrt{m})",
    left="the engine on products in m dimensions",
    right="the 1-D value, by quadrature of its definition; printed digits",
)
def packing(context: Context) -> Evidence:
    """Unit normal shift and a pair of Laplace laws, packed 1 to 4 times."""
    rows: list[Comparison] = []
    printed = ("0.111421", "0.201345", "0.275306", "0.336831")
    for m, text in enumerate(printed, start=1):
        p, q = (product([law] * m) if m > 1 else law for law in shift(1.0))
        js = by_affinity(p, q)
        one = by_definition(*shift(math.sqrt(m)), _js)
        rows.append(equal(f"normal shift packed {m}: shift √{m}", js, one))
        rows.append(equal(f"normal shift packed {m}: printed", js, Measured(float(text), 5e-7)))
    u, v = parsed(*SMOOTH["Laplace shift 1"])
    overlap, kl = by_definition(u, v, _overlap), by_definition(u, v, _kl)
    for m in (2, 3):
        p, q = product([u] * m), product([v] * m)
        power = overlap * overlap if m == 2 else overlap * overlap * overlap
        rows.append(equal(f"Laplace packed {m}: H²", by_engine(p, q, HELLINGER2), 1 - power))
        rows.append(equal(f"Laplace packed {m}: KL", by_engine(p, q, KL), float(m) * kl))
    return evidence(rows)


def _js(lp: Tensor, lq: Tensor) -> Tensor:
    """½ p log(p/m) + ½ q log(q/m), as its definition has it."""
    lm = torch.logaddexp(lp, lq) - LOG2
    return 0.5 * (lp.exp() * (lp - lm) + lq.exp() * (lq - lm))


def _overlap(lp: Tensor, lq: Tensor) -> Tensor:
    return (0.5 * (lp + lq)).exp()


def _kl(lp: Tensor, lq: Tensor) -> Tensor:
    return lp.exp() * (lp - lq)


@check(
    "sqrt-js-metric",
    statement="√JSD obeys the triangle inequality; JSD does not.",
    formula=r"\sqrt{\mathrm{JSD}(p,r)}\leq\sqrt{\mathrm{JSD}(p,q)}+\sqrt{\mathrm{JSD}(q,r)}",
    left=r"√JSD of the ends, by the engine; JSD by way of the middle",
    right="√JSD by way of a third law; JSD of the ends",
)
def sqrt_js_metric(context: Context) -> Evidence:
    """Random finite laws, random mixtures, and a triple where JSD itself fails."""
    rng, rows = context.rng(), []
    for k in range(200 if context.full else 20):
        laws = [categorical(_weights(rng)) for _ in range(3)]
        rows.append(_triangle(f"finite laws {k + 1}", [by_engine(*ab, JS) for ab in _sides(laws)]))
    for k in range(30 if context.full else 6):
        lines = [random_law(rng) for _ in range(3)]
        rows.append(_triangle(f"mixtures {k + 1}", [by_engine(*ab, JS) for ab in _sides(lines)]))
    low, middle, high = categorical([1.0, 0.0]), categorical([0.5, 0.5]), categorical([0.0, 1.0])
    detour = by_engine(low, middle, JS) + by_engine(middle, high, JS)
    ends = by_engine(low, high, JS)
    rows.append(below("JSD: by way of a coin is shorter", detour, ends))
    half = 0.75 * math.log(4 / 3)  # ½[log 4/3] + ¼[log 2/3 + log 2]
    rows.append(equal("and by how much", ends - detour, LOG2 - 2 * half, 4e-16))
    return evidence(rows)


def _weights(rng: np.random.Generator) -> list[float]:
    w = rng.dirichlet(np.full(4, 0.5))
    return [*w[:-1].tolist(), max(0.0, 1 - float(w[:-1].sum()))]


def _sides(laws: Sequence[Law]) -> list[tuple[Law, Law]]:
    a, b, c = laws
    return [(a, c), (a, b), (b, c)]


def _triangle(case: str, sides: list[Measured]) -> Comparison:
    direct, first, second = (root(side) for side in sides)
    return at_most(case, direct, first + second)


@check(
    "local-chi2",
    statement="As q tends to p, every smooth f-divergence is f″(1)χ²/2: JSD ≈ χ²/8, KL ≈ χ²/2.",
    formula=r"\frac{D_f(p\,\|\,q)}{\frac{1}{2}f''(1)\,\chi^2(p\,\|\,q)}\to 1",
    left="the engine's D_f over f″(1)χ²/2, χ² = e^{μ²} − 1, at shifts μ and ½μ, extrapolated",
    right="1; .994 for JSD at μ = .1",
    because="the engine's errors, and μ⁴ for the next order of the extrapolation",
)
def local_chi2(context: Context) -> Evidence:
    """Unit normals at .1 and .05; the ratio is 1 + O(μ²), so extrapolation leaves O(μ⁴)."""
    rows = []
    for divergence in table():
        if math.isinf(divergence.curvature):
            continue
        wide, near = (_ratio(divergence, mu) for mu in (0.1, 0.05))
        extrapolated = (4 * near - wide) * (1 / 3)
        rows.append(equal(divergence.label, extrapolated, 1.0, 10 * 0.1**4))
        rows.append(
            at_most(
                f"{divergence.label}: nearer at half the shift",
                abs(near.value - 1),
                abs(wide.value - 1),
            )
        )
    js = _ratio(JS, 0.1)
    rows.append(equal("JSD/(χ²/8) at .1, printed", js, Measured(0.994, 5e-4)))
    return evidence(rows, _local_figure)


def _ratio(divergence: FDivergence, mu: float) -> Measured:
    """D_f over ½ f''(1) χ², χ² = e^{μ²} − 1."""
    excess = by_engine(*shift(mu), divergence) - divergence.at_one
    return excess * (2 / (divergence.curvature * math.expm1(mu * mu)))


def _local_figure() -> Figure:
    mu = np.geomspace(0.02, 2, 30)
    lines = tuple(
        line(divergence.label, mu, [_ratio(divergence, float(m)).value for m in mu])
        for divergence in (JS, KL, HELLINGER2, JEFFREYS)
    )
    return Figure(
        "shift μ", "D_f / (½ f″(1) χ²)", lines, log_x=True, caption="All curves meet at 1."
    )


@check(
    "data-processing",
    statement="Maps and added noise cannot raise an f-divergence; invertible maps leave it.",
    formula=r"D_f(T p\,\|\,T q)\leq D_f(p\,\|\,q)",
    left="the divergence after binning, adding noise, projecting, or an invertible map",
    right="the divergence before",
)
def data_processing(context: Context) -> Evidence:
    """Bins, Gaussian noise, a projection, exp."""
    p, q = Normal(0.0, 1.0), Normal(0.8, 1.4)
    rows: list[Comparison] = []
    for divergence in (JS, KL, TV, HELLINGER2):
        before = by_engine(p, q, divergence)
        for edges in (1, 4, 16):
            after = by_engine(binned(p, edges), binned(q, edges), divergence)
            rows.append(at_most(f"{divergence.label}: {edges + 1} bins", after, before))
        for noise in (0.5, 2.0):
            after = by_engine(_noisy(p, noise), _noisy(q, noise), divergence)
            rows.append(below(f"{divergence.label}: noise {noise:g}", after, before))
        image = by_quadrature(LogNormal(p.loc, p.scale), LogNormal(q.loc, q.scale), divergence)
        rows.append(equal(f"{divergence.label}: exp", image, before))
    plane = MultivariateNormal((0.0, 0.0), ((1.0, 0.5), (0.5, 1.0)))
    other = MultivariateNormal((0.8, -0.3), ((1.96, 0.2), (0.2, 0.8)))
    for divergence in (JS, KL, HELLINGER2):
        rows.append(
            below(
                f"{divergence.label}: projection",
                by_engine(p, q, divergence),
                by_engine(plane, other, divergence),
            )
        )
    return evidence(rows)


def binned(law: Law1D, edges: int) -> FiniteLaw:
    """The finite law of the bin, edges evenly from −3 to 4."""
    at = np.linspace(-3, 4, edges) if edges > 1 else np.array([0.4])
    upper = law.sf(at)
    masses = -np.diff(np.concatenate([[1.0], upper, [0.0]]))
    return categorical([*masses[:-1].tolist(), float(1 - masses[:-1].sum())])


def _noisy(law: Normal, noise: float) -> Normal:
    return Normal(law.loc, math.hypot(law.scale, noise))


@check(
    "chain-and-mi",
    statement="Mutual information is KL(p_xy ‖ p_x p_y), and KL adds along a chain.",
    formula=r"I(X;Y)=\mathrm{KL}(p_{xy}\,\|\,p_xp_y)=-\frac{1}{2}\log(1-\rho^2),\quad"
    r"\mathrm{KL}(p_{xy}\|q_{xy})=\mathrm{KL}(p_x\|q_x)+E_{p_x}\mathrm{KL}(p_{y|x}\|q_{y|x})",
    left="2-D quadrature; the engine on joint laws",
    right="−½ log(1 − ρ²); log 2 − h(ε); the chain's two terms from 1-D laws",
)
def chain_and_mi(context: Context) -> Evidence:
    """Normal pairs by quadrature, a binary channel by counting, a normal chain."""
    rows: list[Comparison] = []
    for rho in (0.3, 0.8):
        joint = MultivariateNormal((0.0, 0.0), ((1.0, rho), (rho, 1.0)))
        alone = product([Normal(0.0, 1.0), Normal(0.0, 1.0)])
        information = measured(TensorQuadrature()(joint, alone, KL))
        rows.append(equal(f"normal, ρ = {rho:g}", information, -0.5 * math.log1p(-rho * rho)))
    for flip in (0.1, 0.4):
        joint_pmf = categorical([0.5 * (1 - flip), 0.5 * flip, 0.5 * flip, 0.5 * (1 - flip)])
        information = by_engine(joint_pmf, categorical([0.25] * 4), KL)
        noise = -flip * math.log(flip) - (1 - flip) * math.log1p(-flip)
        rows.append(
            equal(f"binary channel, flips {flip:g}", information, LOG2 - measured(noise), 4e-16)
        )
    return evidence([*rows, *_chain_rows()])


def _chain_rows() -> list[Comparison]:
    """x ~ N(0, 1), y|x ~ N(ax, 1) against x ~ N(½, 1), y|x ~ N(bx, 2²)."""
    rows = []
    for a, b in ((0.7, -0.2), (1.5, 1.0)):
        p = MultivariateNormal((0.0, 0.0), ((1.0, a), (a, a * a + 1)))
        q = MultivariateNormal((0.5, 0.5 * b), ((1.0, b), (b, b * b + 4)))
        conditional = math.log(2) + (1 + (a - b) ** 2) / 8 - 0.5  # E over x, E x² = 1
        total = by_engine(Normal(0, 1), Normal(0.5, 1), KL) + conditional
        rows.append(equal(f"chain, slopes {a:g} and {b:g}", by_engine(p, q, KL), total))
    return rows
