r"""Where the game's value is least, what the other generator loss means, and reference numbers.

−log D and 1 − D pull the generator along ∇[KL(q‖p) − 2 JSD] and ∇ 2 JSD. For unit normals at a
distance μ and D = D* these have length μ(1 − e) and μe, e = E_q D*: since D* depends on x only,
∇ E_q log(1 − D*) is E_q of the slope of log(1 − D*) = −softplus(l), l' = −μ, that is μ E_q D*.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.base import Law1D
from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.families.normal import Normal
from divkit.distributions.parse import parse_law
from divkit.divergences import KL, TRIANGULAR
from divkit.theory.framework.computations import (
    LOG4,
    by_affinity,
    by_definition,
    by_engine,
    over_line,
)
from divkit.theory.framework.densities import density, log_ratio
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.pairs import SMOOTH, normal_tv, parsed, shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, below, equal, evidence
from divkit.theory.game.identity import value_at_best
from divkit.types import Tensor


@check(
    "global-minimum",
    equation="(8)",
    statement="V* is least, −log 4, where the laws agree, and is convex in the generator's law.",
    formula=r"V^*\geq-\log 4,\;\mathrm{equality\;iff}\;p=q;\quad"
    r"V^*((1-t)q_0+tq_1)\leq(1-t)V^*(q_0)+tV^*(q_1)",
    left="−log 4; V* of a mixture, by quadrature of its definition",
    right="V* of random pairs through the affinity; the mixture of the two V*",
)
def global_minimum(context: Context) -> Evidence:
    """Random normal pairs, equal laws, and paths between laws."""
    rng, rows = context.rng(), []
    for name in ("normal shift 1", "mixtures"):
        law = parsed(*SMOOTH[name])[0]
        rows.append(equal(f"p = q: {name}", by_definition(law, law, value_at_best), -LOG4))
    for k in range(200 if context.full else 30):
        p, q = random_normal(rng), random_normal(rng)
        rows.append(below(f"random normals {k + 1}", -LOG4, 2 * by_affinity(p, q) - LOG4))
    return evidence([*rows, *_convexity(rows_of=11)], _path_figure)


def random_normal(rng: np.random.Generator) -> Normal:
    """A normal law near the standard one."""
    return Normal(float(rng.normal()), float(np.exp(rng.normal(0, 0.7))))


def _path(t: float) -> tuple[Law1D, Law1D]:
    """p, and a mixture that moves from N(3, 1) at t = 0 to p at t = 1."""
    p, q = shift(3.0)
    return p, Mixture1D((1 - t, t), (q, p))


def _convexity(rows_of: int) -> list[Comparison]:
    grid = np.linspace(0, 1, rows_of)
    values = [by_definition(*_path(float(t)), value_at_best) for t in grid]
    rows = [
        at_most(f"convex at t = {t:.1f}", 2 * middle, before + after)
        for t, before, middle, after in zip(
            grid[1:-1], values[:-2], values[1:-1], values[2:], strict=True
        )
    ]
    return [*rows, equal("end of the path", values[-1], -LOG4)]


def _path_figure() -> Figure:
    grid = np.linspace(0, 1, 21).tolist()
    values = [by_definition(*_path(t), value_at_best).value for t in grid]
    chord = [(1 - t) * values[0] + t * values[-1] for t in grid]
    return Figure(
        "t: the generator's law is (1−t) N(3, 1) + t p",
        "V*, nats",
        (line("V*", grid, values), line("chord", grid, chord, "dashes")),
        caption="Along a mixing path V* falls to −log 4 and stays below its chord.",
    )


@check(
    "non-saturating",
    statement="The −log D generator minimises KL(q‖p) − 2 JSD = 2 KL(½(p+q)‖p) ≥ 0.",
    formula=r"\mathrm{KL}(q\,\|\,p)-2\,\mathrm{JSD}(p\,\|\,q)"
    r"=2\,\mathrm{KL}\left(\frac{p+q}{2}\,\|\,p\right)\geq 0",
    left="KL by the engine, JSD through the affinity",
    right="KL of the mixture by quadrature of its definition",
)
def non_saturating(context: Context) -> Evidence:
    """Pairs of normals and of mixtures."""
    rows = []
    for name in ("normal shift 1", "normal scale 2", "mixtures", "Laplace shift 1"):
        q, p = parsed(*SMOOTH[name])
        left = by_engine(q, p, KL) - 2 * by_affinity(p, q)
        right = 2 * by_definition(p, q, _kl_of_mixture)
        rows += [equal(name, left, right), at_most(f"{name}: not negative", 0.0, right)]
    return evidence(rows)


def _kl_of_mixture(lp: Tensor, lq: Tensor) -> Tensor:
    lm = torch.logaddexp(lp, lq) - math.log(2)
    return lm.exp() * (lm - lp)


REFERENCE = """
0.1 .001248440096 -1.383797480928 .039877612 .4987531121
1   .111421482185 -1.163451396750 .382924923 .3979728672
2   .336830820347 -.712632720426  .682689492 .2247997546
4   .632720193737 -.120853973646  .954499736 .0342987044
8   .693053645483 -.000187070154  .999936658 .00004910934
10  .693146317394 -.000001726332  .999999427 .0000004464100
"""
"""μ, JSD, V*, TV and e = E_q D* of N(0, 1) against N(μ, 1), computed in 30 digits elsewhere."""

ALONE = (
    ("JSD, N(0, 1) and N(0, 2)", "normal(0, 1)", "normal(0, 2)", ".092733381666"),
    ("JSD, N(0, 1) and N(0, 3)", "normal(0, 1)", "normal(0, 3)", ".186494019081"),
    ("JSD, Laplace shift 1", "laplace(0, 1)", "laplace(1, 1)", ".088519640201"),
    ("JSD, Ber(.5) and Ber(.1)", "bernoulli(0.5)", "bernoulli(0.1)", ".101749225079"),
)


@check(
    "reference-table",
    statement="JSD, V*, TV, e and both generators' gradients for unit normals at distance μ.",
    formula=r"|\nabla E_q\log(1-D^*)|=\mu e,\quad|\nabla E_q[-\log D^*]|=\mu(1-e),"
    r"\quad e=E_qD^*",
    left="the engine; gradients by autograd through the generator",
    right="published digits; μe and μ(1 − e), e = ½ − ¼Δ through the affinity",
    because="the engine's error and half a unit of the last printed digit",
)
def reference_table(context: Context) -> Evidence:
    """The printed table, and the gradients that belong to it."""
    rows: list[Comparison] = []
    table = [line.split() for line in REFERENCE.split("\n") if line]
    for mu, *digits in table:
        p, q = shift(float(mu))
        half_minus = Measured(0.5) - 0.25 * by_affinity(p, q, TRIANGULAR)
        values = (
            by_engine(p, q, "js"),
            by_definition(p, q, value_at_best),
            by_engine(p, q, "tv"),
            half_minus,
        )
        for name, value, text in zip(("JSD", "V*", "TV", "e"), values, digits, strict=True):
            rows.append(equal(f"μ = {mu}: {name}", value, printed(text)))
        minimax, other = generator_slopes(p, q, float(mu))
        rows.append(equal(f"μ = {mu}: minimax gradient", minimax, float(mu) * half_minus))
        rows.append(equal(f"μ = {mu}: −log D gradient", other, float(mu) * (1 - half_minus)))
        rows.append(equal(f"μ = {mu}: TV = 2Φ(μ/2) − 1", values[2], normal_tv(float(mu))))
    for name, p_words, q_words, text in ALONE:
        rows.append(equal(name, by_engine(parse_law(p_words), parse_law(q_words)), printed(text)))
    return evidence(rows, _gradient_figure)


def printed(text: str) -> Measured:
    """A printed decimal: right to half a unit of its last digit."""
    decimals = len(text.partition(".")[2])
    return Measured(float(text), 0.5 * 10.0**-decimals)


def generator_slopes(p: Law1D, q: Law1D, mu: float) -> tuple[Measured, Measured]:
    """|d/dθ| of E log(1 − D*(z+θ)) and of −E log D*(z+θ) at θ = μ, D* held fixed, by autograd."""

    def slope(loss: Callable[[Tensor], Tensor]) -> Measured:
        def integrand(x: Tensor) -> Tensor:
            moved = x.clone().requires_grad_()
            values = loss(log_ratio(p, q, moved)).sum()
            (gradient,) = torch.autograd.grad(values, moved)
            return density(q, x) * gradient

        return over_line(p, q, integrand)

    down, up = slope(lambda l: logsigmoid(-l)), slope(lambda l: -logsigmoid(l))
    return Measured(abs(down.value), down.error), Measured(abs(up.value), up.error)


def _gradient_figure() -> Figure:
    mu = np.linspace(0.1, 10, 100)
    e = [0.5 - 0.25 * by_affinity(*shift(float(m)), TRIANGULAR).value for m in mu]
    return Figure(
        "distance μ of two unit normals",
        "length of the generator's gradient",
        (line("minimax: μe", mu, mu * e), line("−log D: μ(1 − e)", mu, mu * (1 - np.array(e)))),
        log_y=True,
        caption="Far from the data the minimax generator learns nothing, the other one learns on.",
    )
