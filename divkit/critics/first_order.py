r"""First-order maximisers: L-BFGS on all points at once, Adam on minibatches, fixed or fresh.

A minibatch of weighted points is drawn in proportion to a_i + b_i and weighted back, so that its
mean V and gradient are those of all points; a `Source` draws fresh points from the laws instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch

from divkit.critics.model import Model
from divkit.critics.payoff import value
from divkit.critics.points import WeightedPoints
from divkit.critics.steps import DivergedError, Step
from divkit.games import Game
from divkit.rng import as_generator
from divkit.types import Tensor

Source: TypeAlias = Callable[[int, np.random.Generator], WeightedPoints]
"""Draws a fresh minibatch of a size: from the laws, or from stored points."""


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS with strong Wolfe line search on all points (Nocedal, Wright 2006, 7.4).

    Attributes
    ----------
    steps, seconds : at most so many iterations, so long.
    history : pairs kept.
    tolerance : stop when every partial derivative of V is smaller.
    """

    steps: int = 2000
    seconds: float = 60.0
    history: int = 50
    tolerance: float = 1e-12

    def __call__(
        self, model: Model, points: WeightedPoints, game: Game, theta: Tensor
    ) -> Iterator[Step]:
        """Yield the state after each iteration; an ensemble is one sum of independent values.

        Raises
        ------
        DivergedError
            If V is not finite at an accepted state.
        """
        began = time.perf_counter()
        free = theta.reshape(-1, model.size).clone().requires_grad_(True)
        optimiser = torch.optim.LBFGS(
            [free],
            max_iter=1,
            max_eval=25,
            history_size=self.history,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )

        def loss() -> Tensor:
            optimiser.zero_grad()
            down = -value(game, model.logits(free, points.x), points.p_weight, points.q_weight)
            total = down.sum()
            total.backward()
            return total

        last: Step | None = None
        for k in range(1, self.steps + 1):
            optimiser.step(loss)
            last = _state(model, points, game, free, k, began, last)
            yield last
            slope = 0.0 if free.grad is None else float(free.grad.abs().max())
            if slope <= self.tolerance or last.seconds > self.seconds:
                return


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma, Ba 2015), on all points, on minibatches of them, or on fresh ones.

    Attributes
    ----------
    rate : the step size.
    batch : points a minibatch; None uses all.
    source : draws minibatches; None draws from the points themselves.
    every : steps between yielded states.
    """

    rate: float = 1e-3
    steps: int = 10_000
    seconds: float = 60.0
    batch: int | None = 1024
    source: Source | None = None
    betas: tuple[float, float] = (0.9, 0.999)
    every: int = 100
    seed: int = 0

    def __call__(
        self, model: Model, points: WeightedPoints, game: Game, theta: Tensor
    ) -> Iterator[Step]:
        """Yield the state, with V on all `points`, every so many steps (see `LBFGS`)."""
        began, rng = time.perf_counter(), as_generator(self.seed)
        free = theta.reshape(-1, model.size).clone().requires_grad_(True)
        optimiser = torch.optim.Adam([free], lr=self.rate, betas=self.betas)
        source = self.source or minibatches(points)
        last: Step | None = None
        for k in range(1, self.steps + 1):
            part = points if self.batch is None else source(self.batch, rng)
            optimiser.zero_grad()
            logits = model.logits(free, part.x)
            (-value(game, logits, part.p_weight, part.q_weight).sum()).backward()
            optimiser.step()
            if k % self.every == 0 or k == self.steps:
                last = _state(model, points, game, free, k, began, last)
                yield last
                if last.seconds > self.seconds:
                    return


def minibatches(points: WeightedPoints) -> Source:
    """Minibatches of fixed points, drawn in proportion to a + b and weighted back."""
    mass = points.weight
    chance = (mass / mass.sum()).cpu().numpy()
    ends = np.cumsum(chance)

    def draw(size: int, rng: np.random.Generator) -> WeightedPoints:
        pick = torch.from_numpy(np.searchsorted(ends, rng.random(size) * ends[-1], side="right"))
        share = mass.sum() / (size * mass[pick])
        return WeightedPoints(
            points.x[pick], points.p_weight[pick] * share, points.q_weight[pick] * share
        )

    return draw


def _state(
    model: Model,
    points: WeightedPoints,
    game: Game,
    free: Tensor,
    index: int,
    began: float,
    last: Step | None,
) -> Step:
    with torch.no_grad():
        values = value(game, model.logits(free, points.x), points.p_weight, points.q_weight)
    if not bool(values.isfinite().all()):
        raise DivergedError(
            f"V is {float(values.min())} at step {index}; lower the step size. "
            "The last good state is in this error's `last`.",
            last,
        )
    return Step(index, values, free.detach().clone(), time.perf_counter() - began)
