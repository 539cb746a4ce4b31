r"""max_D V by training D, with an account of every nat that is missing.

`maximise_value` trains a critic of a class on the population objective of two known laws, or on
samples, and measures what it reached with the known densities: V(D) itself, the gap V* − V(D) as
the integral of pointwise losses, its agreement with the difference of the exact V* and V(D), how
far D is from D*, and the budget of `divkit.critics.budget`.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

import torch

from divkit.arrays import points as to_points
from divkit.critics.budget import Budget, best_of_class
from divkit.critics.classes import critic_class
from divkit.critics.judge import Verdict, judge
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.model import CriticClass, TrainedCritic
from divkit.critics.points import WeightedPoints, from_samples
from divkit.critics.population import training_points
from divkit.critics.steps import Maximiser, Step
from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.exact.api import divergence
from divkit.games import GAMES, Game
from divkit.results import Result
from divkit.rng import as_generator
from divkit.types import Samples, Tensor


@dataclass(frozen=True)
class Trained:
    """A critic after training, with where its training ended."""

    critic: TrainedCritic
    last: Step
    points: WeightedPoints


def train(
    points: WeightedPoints,
    *,
    critic: str | CriticClass = "mlp",
    game: str | Game = "gan",
    maximiser: Maximiser | None = None,
    seed: int = 0,
) -> Trained:
    """Train one critic to maximise a game's value on weighted points.

    Raises
    ------
    DivergedError
        If V stops being finite; the error keeps the last good step.
    ValueError
        If the class cannot take the points (a spline in two dimensions), or no step was taken.
    """
    played = GAMES[game] if isinstance(game, str) else game
    solver = LevenbergMarquardt() if maximiser is None else maximiser
    model = critic_class(critic).bind(points)
    steps = deque(solver(model, points, played, model.start(as_generator(seed))), maxlen=1)
    if not steps:
        raise ValueError("the maximiser took no step; give it more steps or seconds.")
    last = steps[0]
    return Trained(TrainedCritic(model, last.best), last, points)


def maximise_value(
    p: Any,
    q: Any,
    *,
    critic: str | CriticClass | torch.nn.Module = "mlp",
    on: str | tuple[Samples, Samples] = "population",
    game: str | Game = "gan",
    maximiser: Maximiser | None = None,
    seed: int = 0,
    account: bool = True,
) -> Result:
    """Train D on the population of p and q, or on samples of them, and account for the gap.

    Parameters
    ----------
    p, q : laws, or objects that `divkit.as_law` takes.
    critic : a name ("mlp", "quadratic", "spline", "kernel", …), a class, or a torch module.
    on : "population", or a pair (x, y) of samples, (n, d) and (m, d).
    game : a name or a Game; "gan" is V = E_p log D + E_q log(1 − D).
    maximiser : default `LevenbergMarquardt()`.
    account : whether to find the best critic of the class too, and split the gap.

    Returns
    -------
    Result
        V(D) in nats as judged on the population. Diagnostics: `v_star` and its error, `gap` (by
        the pointwise integral), `gap_error`, `gap_by_difference`, `l2`, `sup`, `budget` (a
        `Budget`), `critic` (a `TrainedCritic`), `steps`, `seconds`.

    Raises
    ------
    ValueError
        If the divergence of the game's theorem is infinite, or dimensions differ.
    """
    began = time.perf_counter()
    a, b = as_law(p), as_law(q)
    played = GAMES[game] if isinstance(game, str) else game
    exact = divergence(a, b, played.divergence)
    if exact.value == float("inf"):
        reason = exact.diagnostics.get("reason", "it diverges")
        raise ValueError(f"the maximum of game {played!r} is infinite here: {reason}.")
    population = training_points(a, b)
    points = population if isinstance(on, str) else _samples(on, a.dim)
    trained = train(
        points, critic=critic_class(critic), game=played, maximiser=maximiser, seed=seed
    )
    found = judge(a, b, trained.critic, played)
    star = played.bound(exact.value)
    notes: dict[str, Any] = {
        "v_star": star,
        "v_star_error": played.scale * exact.error,
        "gap": found.gap,
        "gap_error": found.gap_error,
        "gap_by_difference": star - found.value,
        "l2": found.l2,
        "sup": found.sup,
        "critic": trained.critic,
        "steps": trained.last.index,
    }
    if account:
        notes["budget"] = _account(a, b, trained, population, played, found)
    notes["seconds"] = time.perf_counter() - began
    value, error = _value(star, played.scale * exact.error, found)
    label = f"V of {critic!r} on {points.origin}"
    return Result(
        value, error, "quadrature", (value - error, value + error), 1.0, label, notes, "value"
    )


def _value(star: float, star_error: float, found: Verdict) -> tuple[float, float]:
    """V(D) by whichever road has the smaller error: direct, or V* less the gap."""
    through = star_error + found.gap_error
    if through < found.value_error:
        return star - found.gap, through
    return found.value, found.value_error


def _account(
    p: Law, q: Law, trained: Trained, population: WeightedPoints, game: Game, found: Verdict
) -> Budget:
    model, theta = trained.critic.model, trained.critic.theta
    solver = LevenbergMarquardt(steps=2000, seconds=20.0)
    fresh = model.start(as_generator(12345))

    def judged(points: WeightedPoints, starts: Tensor) -> float:
        best = best_of_class(model, points, game, starts, solver)
        return judge(p, q, TrainedCritic(model, best), game).gap

    best = min(judged(population, torch.stack([theta, fresh])), found.gap)
    if trained.points is population:
        return Budget(best, 0.0, found.gap - best)
    sample = judged(trained.points, theta[None])
    return Budget(best, sample - best, found.gap - sample)


def _samples(on: tuple[Samples, Samples], dim: int) -> WeightedPoints:
    from_x, from_y = on
    return from_samples(points_of(from_x, dim, "x"), points_of(from_y, dim, "y"))


def points_of(x: Samples, dim: int, name: str) -> Tensor:
    """Samples as (n, dim), detached, at least one row."""
    rows = to_points(x, dim, name=name).detach()
    if len(rows) == 0:
        raise ValueError(f"{name} is empty; it needs at least one row.")
    return rows
