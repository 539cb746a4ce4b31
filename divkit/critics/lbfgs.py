"""L-BFGS on all points at once."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from divkit.critics.model import Model
from divkit.critics.payoff import value
from divkit.critics.points import WeightedPoints
from divkit.critics.steps import DivergedError, Step, require_ranges
from divkit.games import Game
from divkit.types import Tensor

_STALLED = 10


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS with strong Wolfe line search on all points (Nocedal, Wright 2006, 7.4).

    Attributes
    ----------
    steps, seconds : at most so many iterations, so long.
    history : pairs kept.
    tolerance : stop when every partial derivative of V is smaller; or when V has not risen for
        ten iterations, since rounding then hides what is left.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> from divkit import critics
    >>> points = critics.training_points("normal(0, 1)", "normal(1, 1)")
    >>> trained = critics.train(points, critic="linear", maximiser=LBFGS(steps=50))
    >>> round(float(trained.last.values), 6)
    -1.163451
    """

    steps: int = 2000
    seconds: float = 60.0
    history: int = 50
    tolerance: float = 1e-12

    def __post_init__(self) -> None:
        require_ranges(self, "steps", "seconds", "history")

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
        top, at = -math.inf, 0
        for k in range(1, self.steps + 1):
            optimiser.step(loss)
            last = state_of(model, points, game, free, k, began, last)
            yield last
            total = float(last.values.sum())
            top, at = (total, k) if total > top else (top, at)
            slope = 0.0 if free.grad is None else float(free.grad.abs().max())
            if slope <= self.tolerance or k - at >= _STALLED or last.seconds > self.seconds:
                return


def state_of(
    model: Model,
    points: WeightedPoints,
    game: Game,
    free: Tensor,
    index: int,
    began: float,
    last: Step | None,
) -> Step:
    """The state with V on all points, if V is finite.

    Raises
    ------
    DivergedError
        If it is not.
    """
    with torch.no_grad():
        values = value(game, model.logits(free, points.x), points.p_weight, points.q_weight)
    if not bool(values.isfinite().all()):
        raise DivergedError(
            f"V is {float(values.min())} at step {index}; lower the step size. "
            "The last good state is in this error's `last`.",
            last,
        )
    return Step(index, values, free.detach().clone(), time.perf_counter() - began)
