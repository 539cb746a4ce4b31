r"""The ideal game G₀ → D₀* → G₁ → D₁* → …: each D is the exact best one, each gradient exact.

D* of a game is known from the two densities, so that no critic is trained. Against D₀* the
generator descends on θ ↦ V(D₀*, G_θ), whose gradient at θ₀ is that of the divergence itself,

    ∇_θ V(D₀*, G_θ)|_{θ₀} = ∇_θ [shift + scale · D_f(p‖q_θ)]|_{θ₀}

(the envelope theorem; Milgrom and Segal 2002), so that small steps with a fresh D* each follow the
gradient flow of the true divergence: for the GAN, of 2 JSD. With `inner` steps between two D* the
generator follows V(D₀*, ·) away from θ₀, where its gradient is no longer that of the divergence.
Followed to the end, V(D₀*, ·) has no minimum for a Gaussian shift: log(1 − D₀*(x)) falls without
bound past the data, and so does the generator run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law, Law1D
from divkit.divergences.base import Divergence
from divkit.games import GAN, Game
from divkit.games.base import Payoff
from divkit.games.lifting import IDENTITY
from divkit.generators.generator import Generator
from divkit.generators.noise import Slope, breaks_of, expectation, noiseless
from divkit.plain import require_positive
from divkit.training.measures.records import Gradient, Record
from divkit.training.run import run
from divkit.training.state import OutOfRangeError, in_range
from divkit.training.systems.exact_steps import (
    ExactStep,
    checked_start,
    exact_record,
    law_of,
    truths,
)
from divkit.training.systems.rises import telling_rises
from divkit.training.trainable import Trainable
from divkit.types import Critic, Tensor


def non_saturating(c: Tensor) -> Tensor:
    """−log D, what a generator loses under the non-saturating loss (Goodfellow et al. 2014)."""
    return -logsigmoid(c)


@dataclass(frozen=True)
class IdealGame:
    """Gradient descent of G against exact best critics; called, it yields a step at a time.

    Parameters
    ----------
    game : whose best critic D* is.
    rate : of the descent; small enough, the divergence falls at every step.
    steps : of the generator.
    inner : steps of the generator for each D*; 1 is the evolution of the derivation.
    loss : what the generator loses at a logit, in place of the game's payoff on its points.
    kinds : further divergences to report beside JSD and the game's own.

    Raises
    ------
    ValueError
        If a number is not positive, or the game compares pairs of points.

    Examples
    --------
    >>> import torch
    >>> from divkit import Normal
    >>> from divkit.gan import AffineGenerator
    >>> start = torch.tensor([1.0, 1.0], dtype=torch.float64)
    >>> path = IdealGame(steps=2)(Normal(0, 1), AffineGenerator(), start)
    >>> [round(step.record.js.value, 4) for step in path]  # G₀, G₁, G₂
    [0.1114, 0.0694, 0.0465]
    """

    game: Game = GAN
    rate: float = 0.5
    steps: int = 100
    inner: int = 1
    loss: Payoff | None = None
    kinds: tuple[Divergence, ...] = ()

    def __post_init__(self) -> None:
        require_positive("rate", self.rate)
        for name in ("steps", "inner"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)!r}.")
        if self.game.lifting != IDENTITY:
            raise ValueError(f"{self.game!r} compares pairs of points; the ideal game does not.")

    def __call__(self, p: Any, generator: Generator, theta: Tensor) -> Iterator[ExactStep]:
        """Yield the state at the start and after each step of the generator.

        The theorem holds for small enough steps: where one raises max V, and the divergence with
        it, the record's `objective` has a warning that says so.

        Raises
        ------
        ValueError
            If the law of the generator is not known, its noise is not on the line, or θ has not
            the generator's shape.
        TrainingDivergedError
            If a parameter leaves the range of the floats; the error has the last good state.
        """
        return telling_rises(run(IdealTraining(self, as_law(p), generator, theta), every=1))

    def slope(self, critic: Critic, generator: Generator, theta: Tensor) -> Slope:
        """E_G of the loss at a critic that is held fixed, and its gradient in θ.

        At the θ of a `best_critic` it is that of the divergence, jumps of q that move included.

        Raises
        ------
        ValueError
            If the noise is not on the line, the integrand turns too fast, or jumps of densities
            meet, where the divergence has a corner.
        """
        pays = self.game.on_q if self.loss is None else self.loss
        best = critic if isinstance(critic, BestCritic) else None
        breaks = best.breaks if best else ()
        slope = expectation(generator, theta, lambda x: pays(critic(x)), breaks=breaks)
        if best is None or self.loss is not None or not torch.equal(best.theta, theta):
            return slope
        return replace(slope, gradient=slope.gradient + best.boundary())


@dataclass(frozen=True, eq=False)
class IdealState:
    """θ (P,), the best critic that it is moved against, and the slope of the loss there."""

    step: int
    theta: Tensor
    critic: Critic
    slope: Slope


@dataclass(frozen=True, eq=False)
class IdealTraining(Trainable[IdealState, Record]):
    """An ideal game on p, from a start θ (P,)."""

    ideal: IdealGame
    p: Law
    generator: Generator
    start: Tensor

    @property
    def steps(self) -> int:
        """Of the generator."""
        return self.ideal.steps

    def begin(self) -> IdealState:
        """The start, against its own best critic."""
        theta = checked_start(self.start, self.generator.size)
        return self._against(self._best(theta), 0, theta)

    def step(self, state: IdealState) -> IdealState:
        """One step of the generator, and another best critic after `inner` of them.

        Raises
        ------
        OutOfRangeError
            If a parameter leaves the range.
        """
        theta, k = state.theta - self.ideal.rate * state.slope.gradient, state.step + 1
        if not in_range(theta):
            raise OutOfRangeError(k, "a parameter", "lower the rate")
        critic = self._best(theta) if k % self.ideal.inner == 0 else state.critic
        return self._against(critic, k, theta)

    def measure(self, state: IdealState) -> tuple[Record]:
        """V against the best critic of this very generator, its slope, and exact divergences."""
        game, law = self.ideal.game, law_of(self.generator, state.theta)
        found = truths(self.p, law, (game.divergence, *self.ideal.kinds))
        value = replace(found[game.divergence.name], diagnostics={})
        best = value.affine(game.scale, game.shift, name=f"max V of {game.name}")
        gradient = Gradient(state.slope.gradient, state.slope.error)
        return (exact_record(state.step, found, best, gradient),)

    def law(self, state: IdealState, member: int = 0) -> Law | None:
        """The generator's."""
        return self.generator.law(state.theta)

    def _best(self, theta: Tensor) -> Critic:
        return best_critic(self.ideal.game, self.p, self.generator, theta)

    def _against(self, critic: Critic, k: int, theta: Tensor) -> IdealState:
        return IdealState(k, theta, critic, self.ideal.slope(critic, self.generator, theta))


@dataclass(frozen=True, eq=False)
class BestCritic:
    """The best output of a game's critic against G_θ, as a function of points."""

    game: Game
    p: Law
    generator: Generator
    theta: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """The output at points (n, d), as (n,)."""
        return self.game.optimal(self.p.log_prob(x) - self.q.log_prob(x))

    @cached_property
    def q(self) -> Law:
        """The law of G_θ."""
        return law_of(self.generator, self.theta)

    @cached_property
    def breaks(self) -> tuple[float, ...]:
        """Points of the line where it is not smooth: kinks of the laws, and their ends."""
        return tuple(sorted(breaks_of(self.p) | breaks_of(self.q)))

    def boundary(self) -> Tensor:
        r"""The part of the divergence's gradient that jumps of q bring, as they move with θ (P,).

        It is Σ ∂_θG(z) p(b) [a(c(b−)) − a(c(b+))] over the noise z at which p_z jumps, b = G(z): a
        critic that is held fixed does not see such a move, the next best one does.

        Raises
        ------
        ValueError
            If jumps meet, where the divergence has a corner.
        """
        total, met = torch.zeros_like(self.theta), set[float]()
        for z in () if noiseless(self.generator) else sorted(breaks_of(self.generator.latent)):
            theta = self.theta.clone().requires_grad_()
            with torch.enable_grad():
                x = self.generator.push(theta, torch.tensor([[z]], dtype=torch.float64))[0].sum()
            b = _nearest(self.q, x.item())
            p, q = (_sides(law, b) for law in (self.p, self.q))
            if not _jumps(q) or not bool(p.exp().any()):
                continue
            if b in met or _jumps(p):
                raise ValueError(
                    f"the divergence has no slope at θ = {self.theta.tolist()}: jumps of both "
                    f"laws, or two of one, meet at x = {b!r}. Take a start that differs a little."
                )
            met.add(b)
            low, high = p.exp() * self.game.on_p(self.game.optimal(p - q))
            total += (low - high) * torch.autograd.grad(x, theta)[0]
        return total


_NEXT = torch.tensor([-1e-200, 1e-200], dtype=torch.float64)


def _nearest(law: Law, x: float) -> float:
    return min(breaks_of(law), key=lambda mark: abs(mark - x), default=x)


def _sides(law: Law, mark: float) -> Tensor:
    """The log densities just below a point of the line, and just above."""
    if isinstance(law, Law1D):
        near = _nearest(law, mark)
        return law.log_prob_at(near if abs(near - mark) <= 1e-15 * abs(mark) else mark, _NEXT)
    both: Tensor = law.log_prob(torch.full((2, 1), mark, dtype=torch.float64))
    return both


def _jumps(sides: Tensor) -> bool:
    low, high = sides.exp()
    return not torch.isclose(low, high, rtol=1e-12, atol=1e-100)


def best_critic(game: Game, p: Law, generator: Generator, theta: Tensor) -> BestCritic:
    """Return the best critic of a game against G_θ."""
    return BestCritic(game, p, generator, checked_start(theta, generator.size))
