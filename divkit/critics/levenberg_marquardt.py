r"""Levenberg–Marquardt for a game's value: a Newton method that needs first derivatives only.

With logits f_i = f_θ(x_i), V(θ) = Σ a_i φ(f_i) + b_i ψ(f_i) has gradient Jᵀg, where
g_i = a_i φ'(f_i) + b_i ψ'(f_i), and Gauss–Newton matrix JᵀWJ with the curvatures W_i of
`divkit.critics.payoff`. A step solves (JᵀWJ + λI)δ = Jᵀg; λ follows the ratio of the rise in V to
the rise δᵀJᵀg − ½|W^½Jδ|² that the quadratic model promised (Nocedal, Wright 2006, section 10.3).
With fewer points than parameters the n × n system of the same step is solved instead (Woodbury).
Everything is batched over the members of an ensemble, each with its own λ.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from divkit.critics.model import Model
from divkit.critics.payoff import slope_and_curvature, value
from divkit.critics.points import WeightedPoints
from divkit.critics.steps import DivergedError, Step
from divkit.games import Game
from divkit.types import Tensor

_STIFFEST = 1e12


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Maximise a game's value, one yielded step an iteration.

    Attributes
    ----------
    steps : at most so many iterations.
    seconds : at most so long.
    damping : the first λ.
    tolerance : a member stops when the rise that its model promises is below this (nats).
    """

    steps: int = 1000
    seconds: float = 60.0
    damping: float = 1e-2
    tolerance: float = 1e-15

    def __call__(
        self, model: Model, points: WeightedPoints, game: Game, theta: Tensor
    ) -> Iterator[Step]:
        """Yield the state after each iteration, from the starts `theta` (E, P) or (P,).

        Raises
        ------
        DivergedError
            If V or its gradient is not finite at an accepted state.
        """
        began, theta = time.perf_counter(), theta.reshape(-1, model.size)
        a, b = points.p_weight, points.q_weight
        damping = theta.new_full((len(theta),), self.damping)
        reached = value(game, model.logits(theta, points.x), a, b)
        running = torch.ones_like(reached, dtype=torch.bool)
        last: Step | None = None
        for k in range(1, self.steps + 1):
            logits, jacobian = model.linearise(theta, points.x)
            system = System(jacobian, *slope_and_curvature(game, logits, a, b))
            if not bool(system.gradient.isfinite().all()):
                raise DivergedError(f"the gradient is not finite at step {k}.", last)
            step, promised = system.solve(damping)
            trial = value(game, model.logits(theta + step, points.x), a, b)
            better = running & (trial > reached)
            agreement = torch.where(better, (trial - reached) / promised, torch.zeros_like(trial))
            theta = torch.where(better[:, None], theta + step, theta)
            reached = torch.where(better, trial, reached)
            damping = damping * _factor(agreement)
            running &= ~(promised <= self.tolerance) & (damping < _STIFFEST)
            last = Step(k, reached, theta, time.perf_counter() - began)
            yield last
            if not bool(running.any()) or last.seconds > self.seconds:
                return


def _factor(agreement: Tensor) -> Tensor:
    """What λ is multiplied by: 1/5 where the model was right, 2 where poor, 4 where V fell."""
    poor = torch.where(agreement > 0, 2.0, 4.0)
    return torch.where(agreement > 0.75, 0.2, torch.where(agreement < 0.25, poor, 1.0))


class System:
    """The Gauss–Newton system at one θ, to be solved for any damping."""

    def __init__(self, jacobian: Tensor, slope: Tensor, curvature: Tensor) -> None:
        self.gradient = (jacobian.mT @ slope[..., None])[..., 0]  # (E, P)
        self.rows = jacobian * curvature.sqrt()[..., None]  # (E, n, P)
        self.dual = jacobian.shape[-2] < jacobian.shape[-1]
        self.matrix = self.rows @ self.rows.mT if self.dual else self.rows.mT @ self.rows

    def solve(self, damping: Tensor) -> tuple[Tensor, Tensor]:
        """The steps (E, P) and the rises of V (E,) that the quadratic models promise."""
        shifted = self.matrix.clone()
        shifted.diagonal(dim1=-2, dim2=-1).add_(damping[:, None])
        factor = torch.linalg.cholesky_ex(shifted).L
        gradient = self.gradient[..., None]
        if self.dual:
            inner = torch.cholesky_solve(self.rows @ gradient, factor)
            step = (gradient - self.rows.mT @ inner) / damping[:, None, None]
        else:
            step = torch.cholesky_solve(gradient, factor)
        promised = (gradient * step).sum((-2, -1)) - 0.5 * ((self.rows @ step) ** 2).sum((-2, -1))
        return step[..., 0], promised
