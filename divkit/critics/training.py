"""Training of one critic, or of many at once, on weighted points."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from divkit.critics.classes import critic_class
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.model import CriticClass, Model, TrainedCritic
from divkit.critics.points import WeightedPoints, stack
from divkit.critics.steps import Maximiser, Step
from divkit.games import GAMES, Game
from divkit.rng import as_generator
from divkit.types import Tensor


@dataclass(frozen=True)
class Trained:
    """A critic after training, with where its training ended."""

    critic: TrainedCritic
    last: Step
    points: WeightedPoints


def train(
    points: WeightedPoints,
    *,
    critic: str | CriticClass | torch.nn.Module = "mlp",
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
        If the class cannot take the points (a spline in two dimensions), the points are stacked,
        or no step was taken.
    """
    if points.stacked:
        raise ValueError("points are stacked: train_ensemble trains a critic for each set.")
    last, made, kind = _run(points, critic, game, maximiser, (seed,))
    return Trained(TrainedCritic(made, last.best, repr(kind)), last, points)


def train_ensemble(
    points: WeightedPoints | Sequence[WeightedPoints],
    *,
    critic: str | CriticClass | torch.nn.Module = "mlp",
    game: str | Game = "gan",
    maximiser: Maximiser | None = None,
    seeds: Sequence[int] | None = None,
) -> tuple[Trained, ...]:
    """Train many critics as one batched computation: one a seed, or one a set of points.

    Parameters
    ----------
    points : one set, on which critics from all seeds train; or a stacked one
        (`divkit.critics.points.stack`): other laws, other samples, other sizes.
    seeds : of the starts; for stacked points one each, 0, 1, … by default.

    Raises
    ------
    DivergedError
        If V of a member stops being finite.
    ValueError
        If there are no seeds, or not one for each set of points.
    """
    points = points if isinstance(points, WeightedPoints) else stack(points)
    chosen = _seeds(points, seeds)
    last, made, kind = _run(points, critic, game, maximiser, chosen)
    label = repr(kind)
    return tuple(
        Trained(
            TrainedCritic(made.member(i), theta, label),
            Step(last.index, last.values[i : i + 1], theta[None], last.seconds, last.how),
            points.member(i),
        )
        for i, theta in enumerate(last.theta)
    )


def _seeds(points: WeightedPoints, seeds: Sequence[int] | None) -> Sequence[int]:
    if not points.stacked and not seeds:
        raise ValueError("seeds must name a start for each critic, as in seeds=range(8).")
    if not points.stacked:
        return tuple(seeds or ())
    count = len(points.x)
    if seeds is not None and len(seeds) != count:
        raise ValueError(f"seeds must be one for each of {count} sets; got {len(seeds)}.")
    return range(count) if seeds is None else seeds


def _run(
    points: WeightedPoints,
    critic: str | CriticClass | torch.nn.Module,
    game: str | Game,
    maximiser: Maximiser | None,
    seeds: Sequence[int],
) -> tuple[Step, Model, CriticClass]:
    played = GAMES[game] if isinstance(game, str) else game
    solver = LevenbergMarquardt() if maximiser is None else maximiser
    kind = critic_class(critic)
    model = kind.bind(points)
    theta = starts(model, seeds).to(points.x)
    steps = deque(solver(model, points, played, theta), maxlen=1)
    if not steps:
        raise ValueError("the maximiser took no step; give it more steps or seconds.")
    return steps[0], model, kind


def starts(model: Model, seeds: Sequence[int]) -> Tensor:
    """A start for each seed, (E, P)."""
    return torch.stack([model.start(as_generator(seed, name="seed")) for seed in seeds])
