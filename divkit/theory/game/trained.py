r"""A discriminator trained on samples, weighed on samples that it has not seen.

For every D fixed before the held-out points are drawn, V(D) ≤ −2 log 2 + 2 JSD. So the lower end
of an interval for V(D) may lie above the bound only by the interval's own chance of error, and a
well trained D comes close to it from below. The interval is the empirical Bernstein one, which
supposes nothing of p, q or the training (see `divkit.critics.held_out`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from divkit.critics.held_out import Bounded, held_out_value
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.maximise import train
from divkit.critics.mlp import MLP
from divkit.critics.points import from_samples
from divkit.distributions.base import Law
from divkit.distributions.parse import parse_law
from divkit.results import Result
from divkit.theory.framework.computations import LOG4, by_affinity
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.registry import FALSE_ALARM, Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, evidence
from divkit.theory.framework.stochastic import normal_quantile

GAP = 0.01
"""The most that V(D) may lie below the bound, nats: 25 weights cost about 25/(2m) = .003."""


@dataclass(frozen=True)
class Setting:
    """A pair of laws and the sizes of the samples."""

    name: str
    p: str
    q: str
    train: int = 4000
    held_out: int = 200_000


SETTINGS = (
    Setting("normal shift 1", "normal(0, 1)", "normal(1, 1)"),
    Setting("normal scale 2", "normal(0, 1)", "normal(0, 2)"),
    Setting("normal shift 4", "normal(0, 1)", "normal(4, 1)"),
    Setting("Laplace shift 1", "laplace(0, 1)", "laplace(1, 1)"),
    Setting(
        "mixtures",
        "mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))",
        "mixture(0.5: normal(-1, 1), 0.5: normal(2, 0.7))",
    ),
)
"""Five pairs on the line."""


@check(
    "trained-d",
    equation="(7)",
    statement="A trained D never beats −2 log 2 + 2 JSD on fresh samples, and comes close.",
    formula=r"V(\hat D)\leq-2\log 2+2\,\mathrm{JSD}(p\,\|\,q)",
    left="held-out value of a trained perceptron: lower end of its interval; the bound",
    right="−2 log 2 + 2 JSD through the affinity; the held-out value",
    because="interval of level 1 − 1e-6 (empirical Bernstein); a stated gap of 0.01 nats",
)
def trained_d(context: Context) -> Evidence:
    """Five pairs: 4,000 points of each law to train on, 200,000 to weigh."""
    rng = context.rng()
    rows: list[Comparison] = []
    seen: list[tuple[Result, float]] = []
    for setting in context.each(SETTINGS):
        p, q = parse_law(setting.p), parse_law(setting.q)
        bound, held = 2 * by_affinity(p, q) - LOG4, run(setting, p, q, rng)
        rows.append(at_most(f"{setting.name}: lower bound", Measured(held.interval[0]), bound))
        seen_value = Measured(held.value, normal_quantile(FALSE_ALARM) * held.error)
        rows.append(at_most(f"{setting.name}: close", bound, seen_value, GAP))
        seen.append((held, bound.value))
    return evidence(rows, lambda: _figure(seen), "Intervals of level 1 − 1e-6.")


def run(setting: Setting, p: Law, q: Law, rng: np.random.Generator) -> Result:
    """Train on one pair of samples, weigh on another."""
    x, y = p.sample(setting.train, rng), q.sample(setting.train, rng)
    trained = train(from_samples(x, y), critic=MLP((8,)), maximiser=LevenbergMarquardt(steps=20))
    fresh = p.sample(setting.held_out, rng), q.sample(setting.held_out, rng)
    return held_out_value(Bounded(trained.critic), *fresh, level=1 - FALSE_ALARM)


def _figure(seen: list[tuple[Result, float]]) -> Figure:
    """Value less bound, with the interval's ends and a level at 0."""
    x = range(1, len(seen) + 1)

    def less(pick: Callable[[Result], float]) -> tuple[float, ...]:
        return tuple(pick(held) - bound for held, bound in seen)

    marks = line(
        "held-out V(D) less the bound",
        x,
        less(lambda held: held.value),
        "marks",
        less(lambda held: held.interval[0]),
        less(lambda held: held.interval[1]),
    )
    level = line("−2 log 2 + 2 JSD", (0.5, len(seen) + 0.5), (0.0, 0.0))
    names = ", ".join(f"{k}: {setting.name}" for k, setting in enumerate(SETTINGS, start=1))
    caption = f"No interval may lie above the line. {names}."
    return Figure("pair", "nats", (level, marks), caption=caption)
