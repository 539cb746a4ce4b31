r"""Critics that are held back by tricks, and what they measure in place of W1.

With a gradient penalty the critic of two points at distance d settles at slope 1 + d/(2λ). With
clipped weights it earns K·W1: for one hidden layer of n ReLU units with |weights| ≤ c and two
points, K ≤ nc², which a fortunate start reaches and others do not.
"""

from __future__ import annotations

import itertools

import numpy as np
import torch

from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, below, equal, evidence
from divkit.training.gan.lipschitz import (
    Clipping,
    GradientPenalty,
    LipschitzCritic,
    ScaledDistance,
    lipschitz_critic,
)
from divkit.types import Tensor


@check(
    "gp-bias",
    statement="A gradient penalty λ lets the critic of two points at distance d rise with slope "
    "1 + d/(2λ): it reads d + d²/(2λ), penalised d + d²/(4λ).",
    formula=r"s^*=1+\frac{d}{2\lambda},\quad E_pT-E_qT=d+\frac{d^2}{2\lambda},\quad"
    r"\max=d+\frac{d^2}{4\lambda}",
    left="a perceptron trained by L-BFGS",
    right="the formulas: 1.05 d at λ = 10, d = 1, and 6 d at λ = .1",
    because="1% of the value for what training leaves",
)
def gp_bias(context: Context) -> Evidence:
    """Three pairs of λ and d."""
    rows: list[Comparison] = []
    for weight, d in context.each(((10.0, 1.0), (0.1, 1.0), (1.0, 2.0))):
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
    return evidence(rows, _penalty_figure)


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
    return Figure(
        "weight λ of the penalty",
        "E_p T − E_q T for two points at distance 1",
        (
            line("1 + 1/(2λ)", weights, 1 + 0.5 / weights),
            line("W1", weights, np.ones_like(weights), "dashes"),
            line("trained", seen, trained, "marks"),
        ),
        log_x=True,
        log_y=True,
        caption="The lighter the penalty, the more the critic overstates the distance.",
    )


@check(
    "clip-scale",
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
        critic = clipped(units, limit, d, fortunate=True)
        rows.append(
            equal(f"{case}: a fortunate start earns nc² W1", critic.value, most * d, 1e-12)
        )
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
    return evidence(rows, _clip_figure)


def clipped(
    units: int, limit: float, d: float, seed: int = 0, fortunate: bool = False
) -> ScaledDistance:
    """The value that a clipped critic of two points at distance d earns after 50 steps.

    A fortunate start has all weights positive, so that every unit is alive and rises with x.
    """
    start = lipschitz_critic(1, units, limit, seed)
    if fortunate:
        start = start.moved(part.abs() for part in start.parts)
    rule, x, y = Clipping(limit, 0.6 * limit), at(d), at(0.0)
    *_, end = itertools.islice(rule.ascend(start, x, y), 50)
    return ScaledDistance(float(end.gap(x, y)), end.slope_bound)


def _clip_figure() -> Figure:
    d = tuple(np.linspace(0.25, 3, 8).tolist())
    lines = [line("W1", d, d, "dashes")]
    for units in (4, 16, 64):
        values = tuple(clipped(units, 0.1, gap).value for gap in d)
        lines.append(line(f"{units} units", d, values))
    return Figure(
        "distance of two points",
        "E_p T − E_q T, |w| ≤ 0.1",
        tuple(lines),
        log_y=True,
        caption="The same distances, measured by three clipped networks.",
    )
