r"""A lower limit from held-out samples, and how often it holds.

V(D) ≤ −2 log 2 + 2 JSD for every D that was fixed before the samples were drawn. So a lower
confidence limit L on V(D) gives one on JSD, (L + 2 log 2)/2. With bounded payoffs such limits
exist for every n and all laws (`divkit.betting`). Here D is chosen in haste from a few samples,
and the limit is asked to lie below V(D) itself, which is stricter than below the JSD's bound.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import special

from divkit.critics.held_out import Bounded
from divkit.critics.lower_limit import held_out_lower_bound
from divkit.distributions.base import Law1D
from divkit.games import GAN
from divkit.theory.framework.computations import by_affinity
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.pairs import shift
from divkit.theory.framework.registry import FALSE_ALARM, Context, check
from divkit.theory.framework.result import Evidence, at_most, below, evidence
from divkit.theory.game.identity import value_of
from divkit.theory.samples.fits import with_one
from divkit.types import FloatArray


@check(
    "held-out-bound",
    equation="(10)",
    statement="A lower limit on V(D), D fixed before, is one on JSD: at any n, for all laws.",
    formula=r"V(D)\leq-2\log 2+2\,\mathrm{JSD}(p\,\|\,q)\;\;\forall D\quad\Rightarrow\quad"
    r"P\left(\mathrm{JSD}\geq\frac{L_{1-\alpha}+2\log 2}{2}\right)\geq 1-\alpha",
    left="how often the limit is above V(D); the limit at n = 5,000",
    right="what a nominal level allows; JSD through the affinity",
    because="binomial counts, 1e-6 false alarms; a limit of level 1 − 1e-6",
)
def held_out_bound(context: Context) -> Evidence:
    """A D from 25 samples of each law, met by 60; and one from 2,000, met by 5,000."""
    rng, rows = context.rng(), []
    repetitions = 2000 if context.full else 100
    for distance in context.each((0.0, 1.0, 3.0)):
        p, q = shift(distance)
        missed = misses(p, q, repetitions, rng)
        for level, count in zip(LEVELS, missed.sum(axis=0), strict=True):
            allowed = most_misses(repetitions, 1 - level)
            case = f"distance {distance:g}, level {level:g}: misses in {repetitions}"
            rows.append(at_most(case, float(count), allowed))
    for distance in (1.0, 3.0):
        p, q = shift(distance)
        limit, jsd = limit_of(p, q, 2000, 5000, rng), by_affinity(p, q)
        rows.append(at_most(f"distance {distance:g}: limit at n = 5,000", limit, jsd))
        rows.append(below(f"distance {distance:g}: more than a quarter of JSD", 0.25 * jsd, limit))
    return evidence(rows, lambda: _limit_figure(rng))


def _limit_figure(rng: np.random.Generator) -> Figure:
    """Limits of level 95 % on the JSD by the number of fresh rows."""
    p, q = shift(1.5)
    critic, sizes = hasty(p, q, 2000, 3.0, rng), (50, 150, 500, 1500, 5000, 15_000)
    x, y = p.sample(sizes[-1], rng), q.sample(sizes[-1], rng)
    limits = [held_out_lower_bound(critic, x[:n], y[:n], level=0.95) for n in sizes]
    best = GAN.implied(value_of(p, q, critic).value)
    return Figure(
        "fresh rows of each law",
        "JSD (nats)",
        (
            line("JSD of the laws", sizes, (by_affinity(p, q).value,) * len(sizes)),
            line("what this D can show", sizes, (best,) * len(sizes), "dashes"),
            line(
                "lower limit, 95 %",
                sizes,
                [float(limit.diagnostics["limit"]) for limit in limits],
                "marks",
            ),
        ),
        log_x=True,
        caption="Unit normals 1.5 apart; D was fixed before, and is not the best one.",
    )


LEVELS = (0.8, 0.95)


def most_misses(of: int, chance: float) -> float:
    """The least count that independent misses exceed with probability ≤ 1e-6."""
    exceeded = special.bdtrc(np.arange(of + 1), of, chance)
    return float(np.argmax(exceeded <= FALSE_ALARM))


def misses(p: Law1D, q: Law1D, repetitions: int, rng: np.random.Generator) -> FloatArray:
    """Whether limits from 60 samples of each law lie above V(D) itself, (repetitions, levels)."""
    missed = np.zeros((repetitions, len(LEVELS)))
    for k in range(repetitions):
        critic = hasty(p, q, 25, 1.5, rng)
        truth, x, y = value_of(p, q, critic), p.sample(60, rng), q.sample(60, rng)
        for j, level in enumerate(LEVELS):
            limit = held_out_lower_bound(critic, x, y, level=level).diagnostics["value_limit"]
            missed[k, j] = limit > truth.value + truth.error
    return missed


def limit_of(p: Law1D, q: Law1D, seen: int, n: int, rng: np.random.Generator) -> Measured:
    """A limit of level 1 − 1e-6 on the JSD."""
    critic, fresh = hasty(p, q, seen, 3.0, rng), (p.sample(n, rng), q.sample(n, rng))
    bound = held_out_lower_bound(critic, *fresh, level=1 - FALSE_ALARM)
    return Measured(float(bound.diagnostics["limit"]))


def hasty(p: Law1D, q: Law1D, n: int, bound: float, rng: np.random.Generator) -> Bounded:
    """Four times the least-squares fit to labels ±1: no maximum of V, but any D will do."""
    z = torch.cat([p.sample(n, rng), q.sample(n, rng)])
    label = torch.ones(2 * n, 1, dtype=z.dtype)
    label[n:] = -1.0
    theta = torch.linalg.lstsq(with_one(z), label).solution
    return Bounded(lambda x: 4 * (with_one(x) @ theta)[:, 0], bound)
