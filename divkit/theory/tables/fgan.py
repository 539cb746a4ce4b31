r"""The univariate table of f-GAN (Nowozin, Cseke, Tomioka 2016, section 4.1 and table 2), exactly.

A normal law x = μ + σz is fitted to 0.33 N(−1, 0.0625) + 0.67 N(2, 2) under five divergences. Each
best fit is where the ideal game stands still, ∇_θ V(D*, G_θ) = 0, which by the envelope theorem is
where ∇_θ D_f = 0; the table is every divergence at every best fit, by the exact engine.
"""

from __future__ import annotations

from functools import cache

import torch
from scipy.optimize import root

from divkit.distributions.families.normal import Normal
from divkit.divergences import JEFFREYS, JS_FGAN, KL, PEARSON, REVERSE_KL
from divkit.divergences.base import FDivergence
from divkit.games.standard import f_gan
from divkit.generators.affine import AffineGenerator
from divkit.generators.targets import target
from divkit.theory.framework.computations import by_engine
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, below, equal, evidence
from divkit.training.systems.ideal import IdealGame, best_critic
from divkit.types import FloatArray

KINDS: tuple[FDivergence, ...] = (KL, REVERSE_KL, JS_FGAN, JEFFREYS, PEARSON)
"""In the order of the table; the third is 2 JSD, the last Pearson's ∫ (p − q)²/q."""

DATA = target("fgan")
GENERATOR = AffineGenerator()

FITS = (
    ("1.0100", "1.8304"),
    ("1.5841", "1.6294"),
    ("1.3125", "1.7525"),
    ("1.3249", "1.7023"),
    ("0.5663", "1.9268"),
)
"""μ*, σ* for each divergence, computed elsewhere."""

TABLE = (
    (".2881", ".3545", ".1366", ".6426", ".7576"),
    (".3648", ".2507", ".1377", ".6155", "1.4801"),
    (".3049", ".2769", ".1298", ".5819", ".9840"),
    (".3107", ".2684", ".1303", ".5791", "1.0298"),
    (".3171", ".5671", ".1677", ".8843", ".6616"),
)
"""Rows: what is minimised; columns: what is measured; computed elsewhere."""

_SOLVED = 1e-10


def slope(kind: FDivergence, theta: FloatArray) -> FloatArray:
    """∇ in (μ, σ) of D_f(p ‖ N(μ, σ²)), through the generator at the best critic."""
    game, at = f_gan(kind), torch.from_numpy(theta)
    critic = best_critic(game, DATA, GENERATOR, at)
    gradient: FloatArray = IdealGame(game=game).slope(critic, GENERATOR, at).gradient.numpy()
    return gradient


@cache
def best_fit(kind: FDivergence) -> tuple[float, float]:
    """(μ*, σ*), by Powell's hybrid method on the exact gradient.

    Raises
    ------
    ArithmeticError
        If the gradient is not 0 to 1e-10 where the method ends.
    """
    solved = root(lambda theta: slope(kind, theta), (1.2, 1.75), tol=1e-13)
    if not max(abs(solved.fun)) < _SOLVED:
        raise ArithmeticError(f"no best fit found for {kind!r}: the gradient is {solved.fun}.")
    return float(solved.x[0]), abs(float(solved.x[1]))


def measured_at(theta: tuple[float, float], kind: FDivergence) -> Measured:
    """D_f(p ‖ N(μ, σ²)) by the engine."""
    return by_engine(DATA, Normal(*theta), kind)


@check(
    "fgan-table",
    statement="The best normal fits to f-GAN's mixture under five divergences, and each of those "
    "at each fit: a column is least on the diagonal.",
    formula=r"\theta_f=\arg\min_\theta D_f(p\,\|\,N(\mu,\sigma^2)),\qquad "
    r"D_g(p\,\|\,\theta_g)\leq D_g(p\,\|\,\theta_f)",
    left="roots of the ideal game's gradient, and the engine there",
    right="the table, computed elsewhere to the digits shown; other entries of the column",
    because="half a unit of the last digit shown, and the engine's error",
)
def fgan_table(context: Context) -> Evidence:
    """Five fits, twenty-five entries, and twenty comparisons with the diagonal."""
    rows: list[Comparison] = []
    fits = [best_fit(kind) for kind in KINDS]
    for kind, fit, printed in zip(KINDS, fits, FITS, strict=True):
        for name, number, digits in zip("μσ", fit, printed, strict=True):
            rows.append(equal(f"{kind.label}: {name}*", Measured(number, 1e-9), shown(digits)))
    table = [[measured_at(fit, kind) for kind in KINDS] for fit in fits]
    for trained, values, wanted in zip(KINDS, table, TABLE, strict=True):
        for tested, value, digits in zip(KINDS, values, wanted, strict=True):
            case = f"fitted by {trained.label}: {tested.label}"
            rows.append(equal(case, value, shown(digits)))
    for j, tested in enumerate(KINDS):
        for i, trained in enumerate(KINDS):
            if i != j:
                case = f"{tested.label} is less at its own fit than at that of {trained.label}"
                rows.append(below(case, table[j][j], table[i][j]))
    return evidence(rows, lambda: _figure(fits))


def shown(digits: str) -> Measured:
    """A printed number, right to half a unit of its last digit."""
    return Measured(float(digits), 0.5 * 10.0 ** -len(digits.split(".")[1]))


def _figure(fits: list[tuple[float, float]]) -> Figure:
    x = torch.linspace(-5, 7, 481, dtype=torch.float64)
    laws = [("data", DATA), *((k.label, Normal(*f)) for k, f in zip(KINDS, fits, strict=True))]
    lines = tuple(line(name, x, law.log_prob(x[:, None]).exp()) for name, law in laws)
    return Figure("x", "density", lines, caption="Best normal fits under five divergences.")
