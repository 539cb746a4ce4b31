r"""What a WGAN's critic measures: W1 if it is 1-Lipschitz, something else if it is held by tricks.

    W1 = ∫ |F − G| dx = max over |T'| ≤ 1 of E_p T − E_q T,   T*' = −sign(F − G).

With a gradient penalty the critic of two points at distance d settles at slope 1 + d/(2λ). With
clipped weights it earns K·W1: for one hidden layer of n ReLU units with |weights| ≤ c and two
points, K ≤ nc², which a fortunate start reaches and others do not.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from scipy.optimize import brentq

from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.mlp import MLP
from divkit.critics.training import train
from divkit.distributions.normal import Normal
from divkit.divergences.table import W1
from divkit.games import WGAN
from divkit.gan.lipschitz import (
    Clipping,
    GradientPenalty,
    LipschitzCritic,
    ScaledDistance,
    lipschitz_critic,
)
from divkit.theory.densities import density
from divkit.theory.every_game_slopes import between, slope_board
from divkit.theory.every_game_train import measure
from divkit.theory.integration import panels
from divkit.theory.measured import Measured
from divkit.theory.pairs import SMOOTH, Pair, parsed, shift
from divkit.theory.registry import Context, check
from divkit.theory.result import (
    Comparison,
    Evidence,
    Figure,
    Line,
    at_most,
    below,
    equal,
    evidence,
)
from divkit.theory.roads import by_engine, line_edges
from divkit.types import FloatArray, Tensor

NORMALS = tuple((Normal(0.0, 1.0), Normal(0.0, s)) for s in (0.5, 2.0, 3.0))


@check(
    "wgan-dual",
    group="F",
    statement="On the line W1 = ∫|F − G| is what the best 1-Lipschitz critic earns, with slope "
    "−sign(F − G); a trained one comes close from below.",
    formula=r"W_1=\int|F-G|\,dx=\max_{|T'|\leq 1}E_pT-E_qT,\qquad"
    r"W_1(N(0,1),N(0,s^2))=|s-1|\sqrt{2/\pi}",
    left="the engine; E_p T* − E_q T* over the densities; a trained critic's E_p T − E_q T",
    right="|s − 1|√(2/π) or the shift; ∫|F − G| on panels",
    because="quadrature; 1% for what training leaves",
)
def wgan_dual(context: Context) -> Evidence:
    """Normals of several widths, shifts, two mixtures."""
    rows: list[Comparison] = []
    for p, q in NORMALS:
        case, wanted = f"N(0, 1), N(0, {q.scale:g}²)", abs(q.scale - 1) * math.sqrt(2 / math.pi)
        rows.append(equal(f"{case}: W1", by_engine(p, q, W1), wanted))
        rows += _dual_rows(case, (p, q))
    rows.append(equal("shift 2: W1", by_engine(*shift(2.0), W1), 2.0))
    rows += _dual_rows("shift 2", shift(2.0))
    rows += _dual_rows("mixtures", parsed(*SMOOTH["mixtures"]))
    for case, pair in (("N(0, 1), N(0, 2²)", NORMALS[1]), ("shift 2", shift(2.0))):
        rows += _trained_rows(case, pair)
    return evidence(rows, _dual_figure())


def _dual_rows(case: str, pair: Pair) -> list[Comparison]:
    truth, marks = by_distribution_functions(pair), sign_changes(pair)
    return [
        equal(f"{case}: the engine", by_engine(*pair, W1), truth),
        equal(f"{case}: E_p T* − E_q T*", dual_value(pair, marks), truth),
    ]


def sign_changes(pair: Pair) -> list[float]:
    """Where F − G changes sign, between neighbours of a grid of quantiles."""
    p, q = pair
    tail = np.geomspace(1e-15, 1e-3, 60)
    levels = np.concatenate([tail, np.linspace(1e-3, 1 - 1e-3, 401), 1 - tail])
    grid = np.unique(np.concatenate([law.ppf(levels) for law in pair]))

    def lead(x: float) -> float:
        return float(between(p, q, np.array([x]))[0])

    signs = np.sign(between(p, q, grid))
    at = np.flatnonzero(signs[1:] * signs[:-1] < 0)
    inner = [float(brentq(lead, grid[k], grid[k + 1], xtol=1e-15)) for k in at]
    return [*inner, *grid[signs == 0].tolist()]


def by_distribution_functions(pair: Pair) -> Measured:
    """∫ |F − G| on panels cut where F = G."""
    p, q = pair
    edges = line_edges(p, q, *sign_changes(pair))
    return panels(lambda x: torch.from_numpy(np.abs(between(p, q, x.numpy()))), edges)


def best_critic(pair: Pair, marks: list[float], x: Tensor) -> Tensor:
    """T*(x): slope −sign(F − G), pieces joined at the marks; T* = 0 at the first mark or at 0."""
    cuts = sorted(marks) or [0.0]
    probes = np.array(
        [cuts[0] - 1, *(0.5 * (a + b) for a, b in itertools.pairwise(cuts)), cuts[-1] + 1]
    )
    slopes = np.sign(between(*pair, probes))
    heights = np.concatenate([[0.0], np.cumsum(slopes[1:-1] * np.diff(cuts))])
    at = np.searchsorted(cuts, x.numpy())
    base = np.maximum(at - 1, 0)
    return torch.from_numpy(heights[base] + slopes[at] * (x.numpy() - np.array(cuts)[base]))


def dual_value(pair: Pair, marks: list[float]) -> Measured:
    """E_p T* − E_q T* over the densities."""
    p, q = pair

    def integrand(x: Tensor) -> Tensor:
        return (density(p, x) - density(q, x)) * best_critic(pair, marks, x)

    return panels(integrand, line_edges(p, q, *marks))


def _trained_rows(case: str, pair: Pair) -> list[Comparison]:
    """A perceptron's slopes, tanh of its output, trained on the nodes that carry F − G."""
    truth = by_engine(*pair, W1)
    value = trained_value(pair)
    return [
        at_most(f"{case}: trained critic ≤ W1", value, truth),
        at_most(f"{case}: and within 1% of it", 0.99 * truth, value),
    ]


def trained_value(pair: Pair) -> Measured:
    """E_p T − E_q T of a trained 1-Lipschitz T, on finer nodes than those of the training."""
    nodes = slope_board(pair)
    solver = LevenbergMarquardt(steps=30, seconds=5.0)
    made = train(nodes.training, critic=MLP((4,)), game=WGAN.slopes, maximiser=solver)
    return measure(WGAN.slopes, nodes, made.critic).value


def _dual_figure() -> Figure:
    pair = NORMALS[1]
    x: FloatArray = np.linspace(-6, 6, 241)
    marks = sign_changes(pair)
    gap = between(*pair, x)
    best = best_critic(pair, marks, torch.from_numpy(x))
    at = tuple(x.tolist())
    return Figure(
        "x",
        "T*, and G − F",
        (
            Line("T*, slope sign(G − F)", at, tuple(best.tolist())),
            Line("G − F", at, tuple(gap.tolist()), "dashes"),
        ),
        caption="N(0, 1) against N(0, 2²): the best critic is −|x|.",
    )


@check(
    "gp-bias",
    group="F",
    statement="A gradient penalty λ lets the critic of two points at distance d rise with slope "
    "1 + d/(2λ): it reads d + d²/(2λ), penalised d + d²/(4λ).",
    formula=r"s^*=1+\frac{d}{2\lambda},\quad E_pT-E_qT=d+\frac{d^2}{2\lambda},\quad"
    r"\max=d+\frac{d^2}{4\lambda}",
    left="a perceptron trained by L-BFGS",
    right="the formulas: 1.05 d at λ = 10, d = 1, and 6 d at λ = .1",
    because="1% of the value for what training leaves",
)
def gp_bias(context: Context) -> Evidence:
    """Four pairs of λ and d."""
    rows: list[Comparison] = []
    for weight, d in ((10.0, 1.0), (0.1, 1.0), (1.0, 2.0), (10.0, 0.3)):
        x, y = at(d), at(0.0)
        critic = trained_with_penalty(weight, d)
        penalised = float(GradientPenalty(weight).value(critic, x, y))
        case, best = f"λ = {weight:g}, d = {d:g}", d + d * d / (4 * weight)
        gap, slope = d + d * d / (2 * weight), 1 + d / (2 * weight)
        middle = float(critic.slopes(at(0.5 * d)))
        rows += [
            at_most(f"{case}: penalised value, from below", penalised, best, 1e-12),
            equal(f"{case}: penalised value, 1%", penalised, best, 0.01 * best),
            equal(f"{case}: E_p T − E_q T, 1%", float(critic.gap(x, y)), gap, 0.01 * gap),
            equal(f"{case}: slope half-way, 1%", middle, slope, 0.01 * slope),
        ]
    return evidence(rows, _penalty_figure())


def at(*places: float) -> Tensor:
    """Points of the line, (n, 1)."""
    return torch.tensor(places, dtype=torch.float64)[:, None]


def trained_with_penalty(weight: float, d: float, starts: int = 2) -> LipschitzCritic:
    """The best of a few starts: slopes of −1 are penalised as little as +1, and hold some back."""
    x, y, rule = at(d), at(0.0), GradientPenalty(weight)
    ends = []
    for seed in range(starts):
        start = lipschitz_critic(1, 4, 1.0, seed, smooth=True)
        *_, end = itertools.islice(rule.ascend(start, x, y), 4)
        ends.append(end)
    return max(ends, key=lambda critic: float(rule.value(critic, x, y)))


def _penalty_figure() -> Figure:
    weights = np.geomspace(0.05, 100, 40)
    seen = (0.1, 1.0, 10.0)
    trained = [float(trained_with_penalty(w, 1.0).gap(at(1.0), at(0.0))) for w in seen]
    x = tuple(weights.tolist())
    return Figure(
        "weight λ of the penalty",
        "E_p T − E_q T for two points at distance 1",
        (
            Line("1 + 1/(2λ)", x, tuple((1 + 0.5 / weights).tolist())),
            Line("W1", x, (1.0,) * len(x), "dashes"),
            Line("trained", seen, tuple(trained), "marks"),
        ),
        log_x=True,
        log_y=True,
        caption="The lighter the penalty, the more the critic overstates the distance.",
    )


@check(
    "clip-scale",
    group="F",
    statement="Weight clipping measures K·W1, K unknown: it changes with width, limit and start.",
    formula=r"\max_{|w|\leq c}E_pT-E_qT=K\,W_1,\qquad K\leq nc^2",
    left="clipped critics trained on two points",
    right="nc²·W1, and W1 after division by a bound on the slope",
    because="rounding",
)
def clip_scale(context: Context) -> Evidence:
    """Widths, limits, distances, starts."""
    rows: list[Comparison] = []
    scales = []
    for units, limit, d in ((4, 0.1, 1.0), (16, 0.1, 1.0), (16, 0.1, 2.0), (16, 0.3, 1.0)):
        most = units * limit**2
        case = f"{units} units, |w| ≤ {limit:g}, W1 = {d:g}"
        found = clipped(units, limit, d, fortunate=True)
        rows.append(equal(f"{case}: a fortunate start earns nc² W1", found.value, most * d, 1e-12))
        for seed in range(3):
            other = clipped(units, limit, d, seed=seed)
            rows.append(
                at_most(f"{case}, start {seed}: at most that", other.value, most * d, 1e-12)
            )
            rows.append(
                at_most(f"{case}, start {seed}: over its slope ≤ W1", other.lower_bound, d, 1e-12)
            )
            scales.append(other.value / d)
    spread = max(scales) / min(scales)
    rows.append(below("the K of twelve critics spans a factor of 10", 10.0, spread))
    return evidence(rows, _clip_figure())


def clipped(
    units: int, limit: float, d: float, seed: int = 0, fortunate: bool = False
) -> ScaledDistance:
    """What a clipped critic of two points at distance d earns after 100 steps.

    A fortunate start has all weights positive, so that every unit is alive and rises with x.
    """
    start = lipschitz_critic(1, units, limit, seed)
    if fortunate:
        start = start.moved(part.abs() for part in start.parts)
    rule, x, y = Clipping(limit, 0.3 * limit), at(d), at(0.0)
    *_, end = itertools.islice(rule.ascend(start, x, y), 100)
    return ScaledDistance(float(end.gap(x, y)), end.slope_bound)


def _clip_figure() -> Figure:
    d = tuple(np.linspace(0.25, 3, 8).tolist())
    lines = [Line("W1", d, d, "dashes")]
    for units in (4, 16, 64):
        values = tuple(clipped(units, 0.1, gap).value for gap in d)
        lines.append(Line(f"{units} units", d, values))
    return Figure(
        "distance of two points",
        "E_p T − E_q T, |w| ≤ 0.1",
        tuple(lines),
        log_y=True,
        caption="The same distances, measured by three clipped networks.",
    )
