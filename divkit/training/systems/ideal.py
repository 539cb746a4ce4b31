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
from typing import Any

from torch.nn.functional import logsigmoid

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.divergences.base import Divergence
from divkit.games import GAN, Game
from divkit.games.base import Payoff
from divkit.games.lifting import IDENTITY
from divkit.generators.generator import Generator
from divkit.generators.noise import Slope, expectation
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

        Raises
        ------
        ValueError
            If the law of the generator is not known, its noise is not on the line, or θ has not
            the generator's shape.
        TrainingDivergedError
            If a parameter leaves the range of the floats; the error has the last good state.
        """
        return run(IdealTraining(self, as_law(p), generator, theta), every=1)

    def slope(self, critic: Critic, generator: Generator, theta: Tensor) -> Slope:
        """E_G of the loss at a critic that is held fixed, and its gradient in θ."""
        pays = self.game.on_q if self.loss is None else self.loss
        return expectation(generator, theta, lambda x: pays(critic(x)))


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


def best_critic(game: Game, p: Law, generator: Generator, theta: Tensor) -> Critic:
    """Return the best output of a game's critic against G_θ, as a function of points."""
    q = law_of(generator, theta)

    def critic(x: Tensor) -> Tensor:
        return game.optimal(p.log_prob(x) - q.log_prob(x))

    return critic
