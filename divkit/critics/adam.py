r"""Adam on all points, on minibatches of them, or on fresh draws, for ensembles in one batch.

A step moves θ along the gradient's running mean over the root of its running square (Kingma, Ba
2015, algorithm 1). The gradient is `Model.pullback`, written out, so that a step of an ensemble is
a few batched operations and no graph is built.

A minibatch of weighted points is drawn in proportion to a_i + b_i and weighted back, so that its
mean V and gradient are those of all points; a `Source` draws fresh points from the laws instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch

from divkit.critics.lbfgs import state_of
from divkit.critics.model import Model
from divkit.critics.payoff import slope
from divkit.critics.points import WeightedPoints, from_samples
from divkit.critics.steps import Step, require_ranges
from divkit.distributions.adapt import as_laws
from divkit.games import Game
from divkit.rng import as_generator
from divkit.types import Tensor

_CACHED = 2**13
"""Points times members at which the units of a small network fill about a megabyte."""

Source: TypeAlias = Callable[[int, int, np.random.Generator], WeightedPoints]
"""(members, size, generator) -> a minibatch for each member, stacked."""


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma, Ba 2015), one yielded state every so many steps.

    Attributes
    ----------
    rate : the step size; a tuple gives each member of an ensemble its own.
    steps, seconds : at most so many steps, so long.
    batch : points a minibatch; None uses all.
    source : draws minibatches (`fresh`); None draws from the points themselves.
    betas, epsilon : decay of the two running means; what is added to the root.
    every : steps between yielded states.
    seed : of the minibatches.
    single : whether the gradients of minibatches are computed in float32, whose rounding is far
        below their spread; the parameters, their means and V stay in float64.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> from divkit import critics
    >>> points = critics.training_points("normal(0, 1)", "normal(1, 1)")
    >>> adam = Adam(rate=0.1, steps=50, batch=None)
    >>> trained = critics.train(points, critic="linear", maximiser=adam)
    >>> -1.18 < float(trained.last.values) < -1.1634
    True
    """

    rate: float | tuple[float, ...] = 1e-3
    steps: int = 10_000
    seconds: float = 60.0
    batch: int | None = 1024
    source: Source | None = None
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    every: int = 100
    seed: int = 0
    single: bool = False

    def __post_init__(self) -> None:
        require_ranges(self, "steps", "seconds", "every")
        if not all(rate > 0 for rate in np.atleast_1d(self.rate)):
            raise ValueError(f"rate must be positive; got {self.rate!r}.")
        if self.batch is not None and self.batch < 1:
            raise ValueError(f"batch must be at least 1, or None for all; got {self.batch!r}.")

    def __call__(
        self, model: Model, points: WeightedPoints, game: Game, theta: Tensor
    ) -> Iterator[Step]:
        """Yield the state, with V on all `points`.

        Raises
        ------
        DivergedError
            If V is not finite at a yielded state; `last` is the one before.
        """
        began, rng = time.perf_counter(), as_generator(self.seed)
        theta = theta.reshape(-1, model.size).clone()
        rate = theta.new_tensor(self.rate).reshape(-1, 1)
        draw = minibatches(points) if self.source is None else self.source
        first, second = torch.zeros_like(theta), torch.zeros_like(theta)
        last: Step | None = None
        for k in range(1, self.steps + 1):
            part = points if self.batch is None else draw(len(theta), self.batch, rng)
            gradient = self._gradient(model, part, game, theta)
            first.lerp_(gradient, 1 - self.betas[0])
            second.mul_(self.betas[1]).addcmul_(gradient, gradient, value=1 - self.betas[1])
            scale = (second / (1 - self.betas[1] ** k)).sqrt_().add_(self.epsilon)
            theta.addcdiv_(first * (rate / (1 - self.betas[0] ** k)), scale)
            if k % self.every == 0 or k == self.steps:
                last = state_of(model, points, game, theta, k, began, last)
                yield last
                if last.seconds > self.seconds:
                    return

    def _gradient(self, model: Model, points: WeightedPoints, game: Game, theta: Tensor) -> Tensor:
        if not self.single:
            return gradient_of(model, points, game, theta)
        short = points.astype(torch.float32)
        return gradient_of(model, short, game, theta.float()).to(theta)


def gradient_of(model: Model, points: WeightedPoints, game: Game, theta: Tensor) -> Tensor:
    """∂V/∂θ of each member, (E, P), in groups whose intermediate results stay in the cache."""
    group = max(1, _CACHED // len(points))
    parts = [slice(k, k + group) for k in range(0, len(theta), group)]
    return torch.cat([_gradient(model.member(s), points.member(s), game, theta[s]) for s in parts])


def _gradient(model: Model, points: WeightedPoints, game: Game, theta: Tensor) -> Tensor:
    logits, back = model.pullback(theta, points.x)
    return back(slope(game, logits, points.p_weight, points.q_weight))


def fresh(p: Any, q: Any) -> Source:
    """Minibatches of new draws for each member: `size` from each law, weighted 1/size.

    >>> import numpy as np
    >>> source = fresh("normal(0, 1)", "normal(1, 1)")
    >>> source(1, 3, np.random.default_rng(0)).x.shape
    torch.Size([1, 6, 1])
    """
    laws = as_laws(p, q)

    def draw(members: int, size: int, rng: np.random.Generator) -> WeightedPoints:
        x, y = (law.sample(members * size, rng).reshape(members, size, -1) for law in laws)
        one = from_samples(x[0], y[0])
        a, b = (w.expand(members, -1) for w in (one.p_weight, one.q_weight))
        return WeightedPoints(torch.cat([x, y], dim=1), a, b, None, f"{size} + {size} draws")

    return draw


def minibatches(points: WeightedPoints) -> Source:
    """Minibatches of fixed points, drawn in proportion to a + b and weighted back."""
    mass = points.weight
    total = mass.sum(-1, keepdim=True)
    ends = (mass / total).cumsum(-1)

    def draw(members: int, size: int, rng: np.random.Generator) -> WeightedPoints:
        at = torch.from_numpy(rng.random((members, size))).to(ends) * ends[..., -1:]
        pick = torch.searchsorted(ends.expand(members, -1).contiguous(), at, right=True)
        part = points.drawn(pick)
        share = total / (size * part.weight)
        a, b = part.p_weight * share, part.q_weight * share
        return WeightedPoints(part.x, a, b, None, part.origin)

    return draw
