r"""Fenchel duality for every f-divergence of the table.

    f(u) = sup_t [t u − f*(t)], attained at t = f'(u);      D_f = sup_T E_p T − E_q f*(T).

A critic T = f'(r̂) that believes in a wrong ratio r̂ loses exactly a Bregman divergence of f,

    D_f − (E_p T − E_q f*(T)) = E_q [f(r) − f(r̂) − f'(r̂)(r − r̂)].

For KL the bound can be tightened by normalising (Donsker and Varadhan 1975): what
E_p T − log E_q e^T lacks is KL(p ‖ q e^T/E_q e^T), while the f-divergence bound
E_p T − E_q e^{T−1} (Nguyen, Wainwright, Jordan 2010) lacks more, since log z ≤ z/e.
"""

from __future__ import annotations

import math
from functools import partial

import torch
from scipy.optimize import brentq

from divkit.distributions.base import Law1D
from divkit.distributions.families.normal import Normal
from divkit.divergences import KL
from divkit.divergences import rows as table
from divkit.divergences.base import FDivergence
from divkit.games import GAMES, Game
from divkit.theory.framework.computations import by_engine
from divkit.theory.framework.densities import density, log_density, log_ratio
from divkit.theory.framework.integration import cuts, panels, trapezoid
from divkit.theory.framework.measured import ROUNDING, Measured, log
from divkit.theory.framework.optimum import supremum
from divkit.theory.framework.pairs import shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, equal, evidence
from divkit.types import Tensor


@check(
    "fenchel-tight",
    statement="For every divergence of the table, sup_t [t u − f*(t)] = f(u), attained at f′(u).",
    formula=r"\sup_t\,[\,t\,u-f^*(t)\,]=f(u),\qquad t^*=f'(u)",
    left="the maximum over a network's output v of t = g_f(v), by golden section",
    right="f(u)",
    because="64 roundings of the terms t u and f*(t)",
)
def fenchel_tight(context: Context) -> Evidence:
    """Maximise with the published conjugate and output map of each divergence."""
    u = torch.tensor([0.1, 0.4, 0.9, 1.5, 4.0, 10.0], dtype=torch.float64)
    low, high = torch.full_like(u, -30.0), torch.full_like(u, 30.0)
    rows: list[Comparison] = []
    for divergence in table():
        best = supremum(partial(_objective, divergence, u), low, high)
        size = (
            (divergence.prime(u) * u).abs() + divergence.conjugate(divergence.prime(u)).abs() + 1
        )
        for at, largest, f, s in zip(u, best, divergence.f(u), size, strict=True):
            error = 64 * ROUNDING * float(s)
            case = f"{divergence.label}, u = {float(at):g}"
            rows.append(equal(case, Measured(float(largest), error), float(f)))
    return evidence(rows)


def _objective(divergence: FDivergence, u: Tensor, v: Tensor) -> Tensor:
    t = divergence.output(v)
    return t * u - divergence.conjugate(t)


REACH = 16.0
"""Half the interval of integration: the laws' mass beyond it, times any ratio here, is nil."""


def believed(x: Tensor) -> Tensor:
    """A logit that is wrong about log p − log q = 0.18 − 0.6x: tilted, with a wave."""
    return 0.1 - 0.5 * x + 0.3 * torch.sin(2 * x)


@check(
    "variational-slack",
    statement="The dual bound of T = f′(r̂) lacks E_q of f's Bregman divergence from r to r̂.",
    formula=r"D_f-\left(E_pT-E_qf^*(T)\right)=E_q\left[f(r)-f(\hat r)-f'(\hat r)(r-\hat r)\right]",
    left="D_f by the engine minus the dual value with the published conjugate (trapezoid rule)",
    right="the Bregman divergence on Gauss–Legendre panels",
)
def variational_slack(context: Context) -> Evidence:
    """Every divergence, N(0, 1) against N(0.6, 1), a critic that is wrong."""
    p, q = shift(0.6)
    rows = []
    for divergence in table():
        slack = by_engine(p, q, divergence) - dual_value(divergence, p, q)
        bregman = _bregman(divergence, p, q)
        rows.append(equal(divergence.label, slack, bregman))
        rows.append(at_most(f"{divergence.label}: not negative", 0.0, bregman))
    return evidence(rows)


def dual_value(divergence: FDivergence, p: Law1D, q: Law1D) -> Measured:
    """E_p T − E_q f*(T), T = f'(e^{believed}); on panels where T jumps, else by trapezoids."""

    def integrand(x: Tensor) -> Tensor:
        t = divergence.prime(believed(x).exp())
        return density(p, x) * t - density(q, x) * divergence.conjugate(t)

    if divergence.curvature == math.inf:
        return panels(integrand, cuts(-REACH, REACH, 0.37, sign_change()))
    return trapezoid(integrand, -REACH, REACH)


def _bregman(divergence: FDivergence, p: Law1D, q: Law1D) -> Measured:
    """With kinks where r = 1 and where r̂ = 1."""

    def integrand(x: Tensor) -> Tensor:
        r, s = log_ratio(p, q, x).exp(), believed(x).exp()
        return density(q, x) * (divergence.f(r) - divergence.f(s) - divergence.prime(s) * (r - s))

    return panels(integrand, cuts(-REACH, REACH, 0.5, 0.3, sign_change()))


def sign_change() -> float:
    """The one x where `believed` is zero."""
    return float(brentq(lambda x: float(believed(torch.tensor(x))), 0.0, 2.0, xtol=1e-15))


@check(
    "dv-tighter-than-nwj",
    statement="Donsker–Varadhan lacks KL(p ‖ q e^T/E_q e^T), which is less than NWJ lacks.",
    formula=r"\mathrm{KL}(p\|q)-\left[E_pT-\log E_qe^T\right]"
    r"=\mathrm{KL}\left(p\,\|\,\frac{q\,e^T}{E_qe^T}\right)"
    r"\leq\mathrm{KL}(p\|q)-\left[E_pT-E_qe^{T-1}\right]",
    left="KL by the engine minus the bound, expectations by the trapezoid rule",
    right="KL to the tilted normal by the engine; NWJ's slack",
)
def dv_tighter_than_nwj(context: Context) -> Evidence:
    """Quadratic T, for which q e^T is a normal law again."""
    rows = []
    p, q = shift(1.5)
    for slope, bend in ((0.5, 0.0), (-1.5, 0.0), (-1.0, 0.3), (0.2, -0.2), (-1.2, 0.2)):
        case = f"T = {slope:g}x + {-bend:g}x² + ½"

        def t(x: Tensor, slope: float = slope, bend: float = bend) -> Tensor:
            return slope * x - bend * x * x + 0.5

        on_p = trapezoid(lambda x: density(p, x) * t(x), -REACH, REACH)
        mass = trapezoid(lambda x: (log_density(q, x) + t(x)).exp(), -REACH, REACH)
        dv_slack = by_engine(p, q, KL) - (on_p - log(mass))
        nwj_slack = by_engine(p, q, KL) - (on_p - math.exp(-1) * mass)
        rows.append(equal(case, dv_slack, by_engine(p, tilted_normal(1.5, slope, bend), KL)))
        rows.append(at_most(f"{case}: DV's slack ≤ NWJ's", dv_slack, nwj_slack))
    return evidence(rows)


def tilted_normal(loc: float, slope: float, bend: float) -> Normal:
    """q e^T/E_q e^T for q = N(loc, 1), T = slope·x − bend·x² + constant: precision 1 + 2 bend."""
    precision = 1 + 2 * bend
    return Normal((loc + slope) / precision, 1 / math.sqrt(precision))


@check(
    "game-theorems",
    statement="Every game of divkit: the best critic earns shift + scale · D_f.",
    formula=r"\max_c\;E_p\,a(c)+E_q\,b(c)=\mathrm{shift}+\mathrm{scale}\cdot D_f(P\,\|\,Q)",
    left="the critic that a search at each point finds, its payoffs on panels",
    right="the game's theorem with D_f by the engine",
    because="both sides' errors, and 1e-12 of the payoffs' size for the search",
)
def game_theorems(context: Context) -> Evidence:
    """N(0, 1) against N(0.6, 1), every registered game."""
    p, q = shift(0.6)
    rows = []
    for game in GAMES.values():
        bound = by_engine(p, q, game.divergence) * game.scale + game.shift
        rows.append(equal(game.name, *_earned(game, p, q, bound)))
    return evidence(rows)


def _earned(game: Game, p: Law1D, q: Law1D, bound: Measured) -> tuple[Measured, Measured, float]:
    def integrand(x: Tensor) -> Tensor:
        lp, lq = log_density(p, x), log_density(q, x)
        top = torch.maximum(lp, lq)
        a, b = (lp - top).exp(), (lq - top).exp()
        limit = torch.full_like(x, 30.0)
        best = supremum(lambda c: a * game.on_p(c) + b * game.on_q(c), -limit, limit)
        return top.exp() * best

    value = panels(integrand, cuts(-REACH, REACH, 0.5, 0.3))
    return value, bound, 1e-12 * (1 + abs(bound.value))
