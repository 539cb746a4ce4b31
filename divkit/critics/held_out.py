r"""The value of a critic on samples it has not seen; its interval assumes nothing of P, Q.

A critic's output is kept in (−B, B) by B tanh(s·f/B), so that a game's payoffs a and b, which rise
and fall up to their best outputs, lie between known values. Points are paired: with n ≤ m each x_i
meets a block of the y's, and

    z_i = a(c(x_i)) + mean of b(c(y)) over the i-th block

are independent, of mean V(D), between min a + min b and max a + max b over |c| ≤ B. One bounded
mean, and one interval by betting (`divkit.betting`): no union of two intervals, and every point
counts.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import torch

from divkit.betting import Batch, interval
from divkit.games import GAN, Game
from divkit.results import Result, require_level
from divkit.types import Critic, FloatArray, Tensor

ROOM = 1e-12
"""Share of the range by which payoffs may leave it through rounding."""


@dataclass(frozen=True)
class Bounded:
    """The critic B tanh(scale·f/B): its payoffs range over a known interval.

    Raises
    ------
    ValueError
        If the bound or the scale is not positive and finite.

    Examples
    --------
    >>> import torch
    >>> Bounded(lambda x: x[:, 0], bound=2.0)(torch.tensor([[0.0], [100.0]]))
    tensor([0., 2.])
    """

    critic: Critic
    bound: float = 12.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        for name, number in (("bound", self.bound), ("scale", self.scale)):
            if not 0 < number < math.inf:
                raise ValueError(f"{name} must be in (0, inf); got {number!r}.")

    def __call__(self, x: Tensor) -> Tensor:
        """Logits (n,) in (−bound, bound) at points (n, d)."""
        return squash(self.critic(x), self.bound, self.scale)


def squash(logits: Tensor, bound: float, scale: float = 1.0) -> Tensor:
    """B tanh(scale·f/B), elementwise."""
    return bound * torch.tanh(logits * (scale / bound))


def payoff_range(game: Game, bound: float) -> tuple[float, float]:
    """The least and the most that a point of each law can pay together, at outputs within ±B.

    A payoff is most at the best output where its law alone has mass, and least at an end.
    """
    ends = torch.tensor([-bound, bound], dtype=torch.float64)
    spots = torch.cat([ends, game.optimal(ends * math.inf).clamp(-bound, bound)])
    a, b = game.on_p(spots), game.on_q(spots)
    low, high = float(a.min() + b.min()), float(a.max() + b.max())
    room = ROOM * (1 + abs(low) + abs(high))
    return low - room, high + room


def paired_payoffs(game: Game, on_x: Tensor, on_y: Tensor) -> FloatArray:
    """z (min(n, m),) from the outputs at x (n,) and at y (m,): see the module."""
    a, b = game.on_p(on_x).numpy(), game.on_q(on_y).numpy()
    k = min(len(a), len(b))
    return _blocks(a, k) + _blocks(b, k)


def _blocks(values: FloatArray, k: int) -> FloatArray:
    """Means of k blocks of values, of sizes that differ by one at most."""
    starts = np.arange(k) * len(values) // k
    sizes = np.diff(np.append(starts, len(values)))
    return np.asarray(np.add.reduceat(values, starts) / sizes)


def outputs(critic: Critic, x: Tensor, name: str) -> Tensor:
    """A critic's outputs (n,) at points (n, d), as they are on the CPU without a gradient.

    Raises
    ------
    ValueError
        If there are fewer than two points, or an output is NaN.
    """
    if len(x) < 2:
        raise ValueError(f"{name} needs two rows or more; got {len(x)}.")
    with torch.no_grad():
        values = critic(x).cpu()
    if bool(values.isnan().any()):
        raise ValueError(f"the critic is NaN at row {int(values.isnan().nonzero()[0])} of {name}.")
    return values


def held_out_value(
    critic: Bounded, x: Tensor, y: Tensor, level: float = 0.99, game: Game = GAN
) -> Result:
    """Estimate a game's value V(D) from fresh samples x (n, d) of P and y (m, d) of Q.

    Returns
    -------
    Result
        The mean payoff with its standard error; `interval` covers V(D) with probability ≥ level
        whatever P, Q and the critic are, if the critic was fixed before the samples were drawn.

    Raises
    ------
    ValueError
        If a sample has fewer than two rows, level is not in (0, 1), or the critic is NaN at one.

    Examples
    --------
    >>> from divkit import Normal
    >>> x, y = Normal(0, 1).sample(2000, rng=0), Normal(2, 1).sample(2000, rng=1)
    >>> found = held_out_value(Bounded(lambda x: 2 - 2 * x[:, 0]), x, y)
    >>> found.interval[0] < -0.72 < found.interval[1]
    True
    """
    require_level(level)
    start = time.perf_counter()
    on_x, on_y = outputs(critic, x, "x"), outputs(critic, y, "y")
    batch = Batch(paired_payoffs(game, on_x, on_y), *payoff_range(game, critic.bound))
    width = batch.most - batch.least
    low, high = interval((batch.draws - batch.least) / width, level)
    value, error = mean_payoff(game, on_x, on_y)
    return Result(
        value,
        error,
        "standard error",
        (batch.least + width * low, batch.least + width * high),
        level,
        f"held_out_value(level={level!r})",
        {"n": len(x), "m": len(y), "seconds": time.perf_counter() - start},
        f"{game.name} value of this critic",
    )


def mean_payoff(game: Game, on_x: Tensor, on_y: Tensor) -> tuple[float, float]:
    """V on these outputs, and its standard error."""
    a, b = game.on_p(on_x), game.on_q(on_y)
    spread = math.sqrt(float(a.var()) / len(a) + float(b.var()) / len(b))
    return float(a.mean() + b.mean()), spread
