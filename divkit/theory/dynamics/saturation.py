r"""Far from the data JSD has nothing left to say, while W1 still counts the way.

For unit normals at a distance μ, with D = D*, the minimax loss has slope μe in the generator's
mean, e = E_q D* = ∫ pq/(p + q). Since √(pq) = e^{−μ²/8} φ(y) about the middle, y ~ N(0, 1),

    μe = e^{−μ²/8} E[½ μ sech(μy/2)] = √(π/2) e^{−μ²/8} (1 − δ),   0 ≤ δ ≤ π²/(2μ²),

by 1 − y²/2 ≤ e^{−y²/2} ≤ 1 and ∫ y² sech(μy/2) dy = (π²/μ²) ∫ sech(μy/2) dy. The −log D loss has
slope μ(1 − e), which grows like μ. Two parallel lines at distance θ are the extreme case:
W1 = |θ|, JSD = log 2 unless θ = 0.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from divkit.distributions.base import Law
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.toys.laws import UniformBoxes
from divkit.divergences import JS, KL, TV, W1
from divkit.exact.named import gan_value
from divkit.theory.framework.computations import LOG2, by_engine
from divkit.theory.framework.densities import log_density
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured, measured
from divkit.theory.framework.pairs import shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, below, equal, evidence
from divkit.theory.game.minimum import REFERENCE, generator_slopes, printed
from divkit.training.gan.lipschitz import GradientPenalty, LipschitzCritic, lipschitz_critic
from divkit.types import FloatArray, Tensor

CHI = math.sqrt(math.pi / 2)


@check(
    "saturation",
    statement="Disjoint laws: JSD = log 2, V* = 0, no gradient. For unit normals the minimax "
    "gradient dies like e^{−μ²/8}; that of −log D grows like μ, and W1 keeps slope 1.",
    formula=r"\mu e\;e^{\mu^2/8}\to\sqrt{\pi/2},\qquad\mu(1-e)\sim\mu,\qquad W_1=\mu",
    left="gradients by autograd through the generator; the engine",
    right="μe and μ(1 − e) of the printed table; the bracket √(π/2)(1 − π²/(2μ²)) … √(π/2)",
    because="quadrature, and half a unit of the last printed digit",
)
def saturation(context: Context) -> Evidence:
    """Disjoint uniforms, then normals further and further apart."""
    rows: list[Comparison] = []
    for theta in (1.0, 1.5, 40.0):
        pair = Uniform(0.0, 1.0), Uniform(theta, 1.0 + theta)
        rows.append(equal(f"U[0, 1] and U[θ, 1 + θ], θ = {theta:g}: JSD", by_engine(*pair), LOG2))
        rows.append(equal(f"θ = {theta:g}: V*", measured(gan_value(*pair)), 0.0))
        rows.append(equal(f"θ = {theta:g}: E_q D*", mean_d(*pair), 0.0))
        rows.append(equal(f"θ = {theta:g}: W1", by_engine(*pair, W1), theta))
    for words in filter(None, REFERENCE.split("\n")):
        mu, *_, e = words.split()
        rows += _table_rows(float(mu), printed(e))
    return evidence(rows, _slopes_figure)


def mean_d(p: Uniform, q: Uniform) -> float:
    """E_q D* at 1,000 midpoints of q's interval: D* = 0 where the data never are."""
    x = torch.linspace(q.low, q.high, 2001, dtype=torch.float64)[1::2]
    ratio = log_density(p, x) - log_density(q, x)
    return float(torch.sigmoid(ratio).mean())


def _table_rows(mu: float, e: Measured) -> list[Comparison]:
    p, q = shift(mu)
    minimax, other = generator_slopes(p, q, mu)
    rows = [
        equal(f"μ = {mu:g}: minimax gradient, printed", minimax, mu * e),
        equal(f"μ = {mu:g}: −log D gradient, printed", other, mu * (1 - e)),
        equal(f"μ = {mu:g}: W1", by_engine(p, q, W1), mu),
        at_most(f"μ = {mu:g}: −log D gradient ≤ μ", other, mu),
    ]
    scaled = minimax * math.exp(mu * mu / 8)
    if mu >= 4:
        low = CHI * (1 - math.pi**2 / (2 * mu * mu))
        rows.append(at_most(f"μ = {mu:g}: minimax gradient e^(μ²/8), from below", low, scaled))
    rows.append(at_most(f"μ = {mu:g}: minimax gradient e^(μ²/8), from above", scaled, CHI))
    return rows


def _slopes_figure() -> Figure:
    mu: FloatArray = np.linspace(0.25, 12, 48)
    slopes = [generator_slopes(*shift(float(m)), float(m)) for m in mu]
    tail = CHI * np.exp(-mu * mu / 8)
    return Figure(
        "distance μ of two unit normals",
        "length of the generator's gradient",
        (
            line("minimax", mu, [a.value for a, _ in slopes]),
            line("√(π/2) e^(−μ²/8)", mu, tail, "dashes"),
            line("−log D", mu, [b.value for _, b in slopes]),
            line("W1", mu, np.ones_like(mu)),
        ),
        log_y=True,
        caption="Far away JSD's slope is gone; W1 keeps slope 1, and −log D grows with μ.",
    )


@check(
    "parallel-lines",
    statement="Two parallel segments at distance θ: W1 = |θ|, JSD = log 2, TV = 1, KL = ∞ unless "
    "θ = 0, where all are 0.",
    formula=r"W_1=|\theta|,\quad\mathrm{JSD}=\log 2\;(\theta\neq 0),\quad\mathrm{TV}=1,"
    r"\quad\mathrm{KL}=\infty",
    left="the engine on the lines' first coordinates, and on strips of width ε; the best matching "
    "of points and a trained critic for W1",
    right="the values",
    because="rounding; 1e-6 for what the optimiser leaves of a critic",
)
def parallel_lines(context: Context) -> Evidence:
    """Lines as they are, strips around them, the primal and the dual of W1."""
    rows: list[Comparison] = []
    for theta in (-1.0, 1e-6, 0.5, 3.0):
        rows += _apart_rows(f"lines, θ = {theta:g}", *lines(theta))
        rows += _apart_rows(f"strips, θ = {theta:g}", *strips(theta, 0.25 * abs(theta)))
        rows.append(equal(f"θ = {theta:g}: W1 of the matching", matched(theta), abs(theta), 1e-15))
    for name, kind in (("JSD", JS), ("TV", TV), ("KL", KL)):
        rows.append(equal(f"lines, θ = 0: {name}", by_engine(*lines(0.0), kind), 0.0))
        rows.append(equal(f"strips, θ = 0: {name}", by_engine(*strips(0.0, 0.1), kind), 0.0))
    for theta in (0.5, 2.0):
        rows += _critic_rows(theta)
    return evidence(rows, _lines_figure)


def _apart_rows(case: str, p: Law, q: Law) -> list[Comparison]:
    return [
        equal(f"{case}: JSD", by_engine(p, q, JS), LOG2),
        equal(f"{case}: TV", by_engine(p, q, TV), 1.0),
        equal(f"{case}: KL", by_engine(p, q, KL), math.inf),
    ]


def lines(theta: float) -> tuple[FiniteLaw, FiniteLaw]:
    """First coordinates of the lines {0} × [0, 1] and {θ} × [0, 1].

    The second coordinate is independent of the first and the same for both, and so plays no part
    in an f-divergence: p(x)u(z)/(q(x)u(z)) = p(x)/q(x).
    """
    return FiniteLaw(((0.0,),), (1.0,)), FiniteLaw(((theta,),), (1.0,))


def strips(theta: float, width: float) -> tuple[UniformBoxes, UniformBoxes]:
    """The lines as strips of a width, laws with a density in the plane."""

    def strip(at: float) -> UniformBoxes:
        return UniformBoxes((((at - width / 2, at + width / 2), (0.0, 1.0)),))

    return strip(0.0), strip(theta)


def points_on(theta: float, n: int = 64) -> Tensor:
    """n even points of the line at θ, (n, 2)."""
    z = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    return torch.stack([torch.full_like(z, theta), z], dim=1)


def matched(theta: float) -> float:
    """The cost of the best matching between even points of both lines."""
    cost = torch.cdist(
        points_on(0.0), points_on(theta), compute_mode="donot_use_mm_for_euclid_dist"
    )
    rows, columns = linear_sum_assignment(cost.numpy())
    return float(cost[rows, columns].mean())


def trained_on_lines(theta: float, weight: float = 1.0) -> LipschitzCritic:
    """A critic of two coordinates, trained with a gradient penalty from the best of two starts.

    The penalised value is no concave function of the weights: a slope of −1 is penalised as
    little as +1, and a start may stay there.
    """
    x, y = points_on(theta), points_on(0.0)
    rule = GradientPenalty(weight)
    ends = []
    for seed in range(2):
        start = lipschitz_critic(2, 4, 1.0, seed, smooth=True)
        *_, end = itertools.islice(rule.ascend(start, x, y), 4)
        ends.append(end)
    return max(ends, key=lambda critic: float(rule.value(critic, x, y)))


def _critic_rows(theta: float) -> list[Comparison]:
    critic = trained_on_lines(theta)
    x, y = points_on(theta), points_on(0.0)
    gap = float(critic.gap(x, y))
    share = torch.linspace(0, 1, 41, dtype=torch.float64)[:, None, None]
    steepest = float(critic.slopes(share * x + (1 - share) * y).max())
    return [
        at_most(f"θ = {theta:g}: critic's gap over its slope ≤ W1", gap / steepest, theta, 1e-4),
        below(f"θ = {theta:g}: and above .99 of W1", 0.99 * theta, gap / steepest),
        equal(
            f"θ = {theta:g}: penalised gap, 1%",
            gap,
            theta + theta**2 / 2,
            0.01 * (theta + theta**2 / 2),
        ),
    ]


def _lines_figure() -> Figure:
    theta = np.linspace(-2, 2, 41)
    js = [by_engine(*lines(float(t)), JS).value for t in theta]
    w1 = [matched(float(t)) for t in theta]
    return Figure(
        "distance θ of the lines",
        "nats; units of length",
        (line("JSD", theta, js, "marks"), line("W1", theta, w1)),
        caption="JSD jumps from log 2 to 0 at one point; W1 leads there from both sides.",
    )
