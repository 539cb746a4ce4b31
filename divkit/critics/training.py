"""Training of one critic, or of many at once, on weighted points.

`training_steps` yields every state, so that what others do in callbacks is a loop; `train` and
`train_ensemble` run to the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from divkit.critics.classes import critic_class
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.model import CriticClass, Model, TrainedCritic
from divkit.critics.points import WeightedPoints, stack
from divkit.critics.steps import Maximiser, Step
from divkit.floats import own_rules
from divkit.games import Game, game_of
from divkit.rng import as_generator
from divkit.threads import on_one_thread
from divkit.types import Tensor


@dataclass(frozen=True)
class Trained:
    """A critic after training, with where its training ended.

    >>> from divkit import critics
    >>> points = critics.training_points("normal(0, 1)", "normal(1, 1)")
    >>> trained = critics.train(points, critic="linear")
    >>> trained.last.index > 0
    True
    """

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

    Returns
    -------
    Trained
        The critic, its last step, and the points that it was trained on.

    Raises
    ------
    DivergedError
        If V stops being finite; the error keeps the last good step.
    ValueError
        If the class cannot take the points (a spline in two dimensions), the points are stacked,
        or no step was taken.

    Examples
    --------
    >>> from divkit.critics import training_points
    >>> points = training_points("normal(0, 1)", "normal(1, 1)")
    >>> trained = train(points, critic="linear")
    >>> round(float(trained.last.values), 9)
    -1.163451397
    """
    if points.stacked:
        raise ValueError("points are stacked: train_ensemble trains a critic for each set.")
    plan = _Plan(points, critic, game, maximiser, (seed,))
    last = plan.last()
    return Trained(TrainedCritic(plan.model, last.best, repr(plan.kind)), last, points)


@own_rules
@on_one_thread
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

    Returns
    -------
    tuple[Trained, ...]
        One for each member, in their order.

    Raises
    ------
    DivergedError
        If V of a member stops being finite.
    ValueError
        If there are no seeds, or not one for each set of points.

    Examples
    --------
    >>> from divkit.critics import training_points
    >>> points = training_points("normal(0, 1)", "normal(1, 1)")
    >>> len(train_ensemble(points, critic="linear", seeds=[0, 1]))
    2
    """
    points = points if isinstance(points, WeightedPoints) else stack(points)
    chosen = _seeds(points, seeds)
    plan = _Plan(points, critic, game, maximiser, chosen)
    last, label = plan.last(), repr(plan.kind)
    return tuple(
        Trained(
            TrainedCritic(plan.model.member(i), theta, label),
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


def training_steps(
    points: WeightedPoints,
    *,
    critic: str | CriticClass | torch.nn.Module = "mlp",
    game: str | Game = "gan",
    maximiser: Maximiser | None = None,
    seeds: Sequence[int] = (0,),
) -> Iterator[Step]:
    """Yield the state after each step of training, for one critic a seed.

    >>> from divkit.critics.population import training_points
    >>> from divkit.distributions import Normal
    >>> for step in training_steps(training_points(Normal(0, 1), Normal(1, 1)), critic="logistic"):
    ...     if step.value > -1.17:
    ...         break
    >>> step.index
    2

    Raises
    ------
    DivergedError
        If V stops being finite; the error keeps the last good step.
    ValueError
        If the class cannot take the points.
    """
    return _Plan(points, critic, game, maximiser, _seeds(points, seeds)).steps()


@dataclass(frozen=True)
class _Plan:
    """A training, its parts resolved from names."""

    points: WeightedPoints
    critic: str | CriticClass | torch.nn.Module
    game: str | Game
    maximiser: Maximiser | None
    seeds: Sequence[int]

    @cached_property
    def kind(self) -> CriticClass:
        return critic_class(self.critic)

    @cached_property
    def model(self) -> Model:
        return self.kind.bind(self.points)

    def steps(self) -> Iterator[Step]:
        played = game_of(self.game)
        solver = LevenbergMarquardt() if self.maximiser is None else self.maximiser
        theta = starts(self.model, self.seeds).to(self.points.x)
        return solver(self.model, self.points, played, theta)

    def last(self) -> Step:
        steps = deque(self.steps(), maxlen=1)
        if not steps:
            raise ValueError("the maximiser took no step; give it more steps or seconds.")
        return steps[0]


def starts(model: Model, seeds: Sequence[int]) -> Tensor:
    """A start for each seed, (E, P)."""
    return torch.stack([model.start(as_generator(seed, name="seed")) for seed in seeds])
