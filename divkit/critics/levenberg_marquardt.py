r"""Levenberg–Marquardt for a game's value: a Newton method that needs first derivatives only.

With logits f_i = f_θ(x_i), V(θ) = Σ a_i φ(f_i) + b_i ψ(f_i) has gradient Jᵀg, where
g_i = a_i φ'(f_i) + b_i ψ'(f_i), and Gauss–Newton matrix JᵀWJ with the curvatures W_i of
`divkit.critics.payoff`. A step solves (JᵀWJ + λI)δ = Jᵀg; λ follows the ratio ϱ of the rise in V
to the rise that the quadratic model promised, by Nielsen's rule (1999): λ·max(1/5, 1 − (2ϱ−1)³)
after a rise, λ·2, ·4, ·8 … after failures in a row.

Geodesic acceleration (Transtrum, Sethna 2012): the logits bend along a step by
f'' = ∂²f(θ + sδ)/∂s², found by central differences; −½(JᵀWJ + λI)⁻¹JᵀWf'' takes out that bend to
second order, and is added where it is short beside δ. On the networks tried it saves from a half
to nine tenths of the steps to a small gap.

Everything is batched over the members of an ensemble, each with its own λ; members that have
converged are left out, once no longer step along the gradient raises V either.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from divkit.critics import payoff
from divkit.critics.model import Model
from divkit.critics.normal_equations import NormalEquations, Primal, Solver, choose
from divkit.critics.points import WeightedPoints
from divkit.critics.steps import DivergedError, Step, require_ranges
from divkit.games import Game
from divkit.types import Tensor

_STIFFEST = 1e12
_RISE = 1e-10  # nats, of a longer step where the model promises none
_LENGTHS = range(-40, 11, 2)
_FEW = 10
_PROBE = 0.1
_SHORT = 0.375  # Transtrum and Sethna: 2|acceleration| ≤ ¾|velocity|


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Maximise a game's value, one yielded step an iteration.

    Attributes
    ----------
    steps : at most so many iterations.
    seconds : at most so long.
    damping : the first λ.
    tolerance : a member stops when the rise that its model promises is below this (nats).
    acceleration : whether steps follow the bend of the logits.
    memory : bytes that a linear system may take; beyond, conjugate gradients without a matrix.
        The steps say which they are (`Step.how`).

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> from divkit import critics
    >>> points = critics.training_points("normal(0, 1)", "normal(1, 1)")
    >>> trained = critics.train(points, critic="linear", maximiser=LevenbergMarquardt(steps=20))
    >>> round(float(trained.last.values), 9)
    -1.163451397
    """

    steps: int = 1000
    seconds: float = 60.0
    damping: float = 1e-2
    tolerance: float = 1e-15
    acceleration: bool = True
    memory: int = 2**28

    def __post_init__(self) -> None:
        require_ranges(self, "steps", "seconds", "damping", "memory")

    def __call__(
        self, model: Model, points: WeightedPoints, game: Game, theta: Tensor
    ) -> Iterator[Step]:
        """Yield the state after each iteration, from the starts `theta` (E, P) or (P,).

        Raises
        ------
        DivergedError
            If V or its gradient is not finite at an accepted state; `last` is the state before.
        """
        began, theta = time.perf_counter(), theta.reshape(-1, model.size)
        members = len(theta)
        choice = choose(members, len(points), model.size, self.memory)
        damping = theta.new_full((members,), self.damping)
        growth = torch.full_like(damping, 2.0)
        values = payoff.value(
            game, model.logits(theta, points.x), points.p_weight, points.q_weight
        )
        live = torch.ones_like(values, dtype=torch.bool)
        last = Step(0, values, theta, 0.0, choice.label)
        system: NormalEquations | None = None
        for k in range(1, self.steps + 1):
            who = live.nonzero()[:, 0]
            part, on = model.member(who), points.member(who)
            if system is None:
                system = choice.make(part, on, game, theta[who])
                _require_finite(system, k, last)
            solve = system.factor(damping[who])
            step, promised = self._step(part, on, theta[who], system, solve, damping[who])
            moved = part.logits(theta[who] + step, on.x)
            rise = payoff.rise(game, system.logits, moved, on.p_weight, on.q_weight)
            good = rise > 0
            damping[who], growth[who] = _damped(rise / promised, good, damping[who], growth[who])
            live[who] = (promised > self.tolerance) & (damping[who] < _STIFFEST)
            if not bool(live[who].all()):
                ray, higher = self._uphill(part, on, game, theta[who], system)
                freed = ~live[who] & (higher > rise.clamp(min=0.0).nan_to_num(0.0) + _RISE)
                step = torch.where(freed[:, None], ray, step)
                moved = part.logits(theta[who] + step, on.x)
                damping[who[freed]], growth[who[freed]] = self.damping, 2.0
                live[who] |= freed
                good |= freed
            theta = theta.index_put((who[good],), (theta[who] + step)[good])
            earned = payoff.value(game, moved, on.p_weight, on.q_weight)
            values = values.index_put((who[good],), earned[good])
            if bool(good.any()) or not bool(live[who].all()):
                system = None
            last = Step(k, values, theta, time.perf_counter() - began, choice.label)
            yield last
            if not bool(live.any()) or last.seconds > self.seconds:
                return

    def _uphill(
        self,
        model: Model,
        points: WeightedPoints,
        game: Game,
        theta: Tensor,
        system: NormalEquations,
    ) -> tuple[Tensor, Tensor]:
        """The best of several lengths (E, P) along the gradient, and its rise (E,).

        A few points far out may bend V so much where the critic stands that every step of the
        quadratic model is too short to tell, though V rises along a longer one; where parameters
        are few, along one of them: a smooth concave V that rises along none is at its maximum.
        """
        ways = [system.gradient / system.gradient.norm(dim=-1, keepdim=True)]
        if model.size <= _FEW:
            axes = torch.eye(model.size, dtype=theta.dtype, device=theta.device)
            ways += [axis.expand_as(theta) for axis in torch.cat([axes, -axes])]
        tried = [2.0**k * way for way in ways for k in _LENGTHS]
        rises = torch.stack([
            payoff.rise(game, system.logits, model.logits(theta + ray, points.x),
                        points.p_weight, points.q_weight)
            for ray in tried
        ]).nan_to_num(nan=-math.inf)  # fmt: skip
        rise, at = rises.max(dim=0)
        return torch.stack(tried)[at, torch.arange(len(theta))], rise

    def _step(
        self,
        model: Model,
        points: WeightedPoints,
        theta: Tensor,
        system: NormalEquations,
        solve: Solver,
        damping: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """The steps (E, P) and the rises (E,) that the quadratic models promise."""
        step = solve(system.gradient)
        promised = 0.5 * ((system.gradient * step).sum(-1) + damping * (step**2).sum(-1))
        if not self.acceleration:
            return step, promised
        ahead, behind = (model.logits(theta + h * step, points.x) for h in (_PROBE, -_PROBE))
        bend = (ahead - 2 * system.logits + behind) / _PROBE**2
        turn = -0.5 * solve(model.pullback(theta, points.x)[1](system.curvature * bend))
        short = turn.norm(dim=-1) <= _SHORT * step.norm(dim=-1)
        return step + torch.where(short[:, None], turn, 0.0), promised


def _damped(
    agreement: Tensor, good: Tensor, damping: Tensor, growth: Tensor
) -> tuple[Tensor, Tensor]:
    """Nielsen's rule: the next λ and the factor of the next failure."""
    fall = (1 - (2 * agreement - 1) ** 3).clamp(min=0.2)
    return (
        torch.where(good, damping * fall, damping * growth),
        torch.where(good, 2.0, 2 * growth),
    )


def _require_finite(system: NormalEquations, index: int, last: Step) -> None:
    matrix = system.matrix if isinstance(system, Primal) else system.gradient
    if not bool(system.gradient.isfinite().all() and matrix.isfinite().all()):
        raise DivergedError(
            f"the gradient of V, or its curvature, is not finite at step {index}: the critic's "
            "features overflow at points far out, or a point is NaN. The last good state is in "
            "this error's `last`; take a critic that is bounded, such as 'mlp' or 'spline'.",
            last if bool(last.values.isfinite().all()) else None,
        )
