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

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from torch.nn.functional import logsigmoid

from divkit.distributions.base import Law
from divkit.divergences.base import Divergence
from divkit.games import GAN, Game
from divkit.games.arena import ALONE
from divkit.games.base import Payoff
from divkit.gan.generators.generator import Generator
from divkit.gan.law_steps import LawStep, start_of, truths
from divkit.gan.noise import Slope, expectation
from divkit.gan.state import in_range
from divkit.types import Tensor


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
        if not 0 < self.rate < math.inf:
            raise ValueError(f"rate must be in (0, inf); got {self.rate!r}.")
        for name in ("steps", "inner"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)!r}.")
        if self.game.arena != ALONE:
            raise ValueError(f"{self.game!r} compares pairs of points; the ideal game does not.")

    def __call__(self, p: Law, generator: Generator, theta: Tensor) -> Iterator[LawStep]:
        """Yield the state at the start and after each step of the generator.

        Raises
        ------
        ValueError
            If the law of the generator is not known, its noise is not on the line, or θ has not
            the generator's shape.
        ArithmeticError
            If a parameter leaves the range of the floats: the message names the step.
        """
        theta = start_of(theta, generator.size)
        critic = best_critic(self.game, p, generator, theta)
        for k in range(self.steps + 1):
            if k % self.inner == 0:
                critic = best_critic(self.game, p, generator, theta)
            slope = self.slope(critic, generator, theta)
            yield self._state(k, p, generator, theta, slope)
            theta = theta - self.rate * slope.gradient
            if not in_range(theta):
                raise ArithmeticError(
                    f"step {k + 1}: a parameter is not finite, or too large to be squared. The "
                    f"state of step {k}, yielded before, is the last good one; lower the rate."
                )

    def slope(
        self, critic: Callable[[Tensor], Tensor], generator: Generator, theta: Tensor
    ) -> Slope:
        """E_G of the loss at a critic that is held fixed, and its gradient in θ."""
        pays = self.game.on_q if self.loss is None else self.loss
        return expectation(generator, theta, lambda x: pays(critic(x)))

    def _state(self, k: int, p: Law, generator: Generator, theta: Tensor, slope: Slope) -> LawStep:
        own = self.game.divergence
        found = truths(p, law_of(generator, theta), (own, *self.kinds))
        value = replace(found[own.name], diagnostics={})
        best = value.affine(self.game.scale, self.game.shift, name=f"max V of {self.game.name}")
        return LawStep(k, theta, best, slope.gradient, slope.error, found)


def best_critic(
    game: Game, p: Law, generator: Generator, theta: Tensor
) -> Callable[[Tensor], Tensor]:
    """Return the best output of a game's critic against G_θ, as a function of points."""
    q = law_of(generator, theta)

    def critic(x: Tensor) -> Tensor:
        return game.optimal(p.log_prob(x) - q.log_prob(x))

    return critic


def law_of(generator: Generator, theta: Tensor) -> Law:
    """Return the law of G_θ.

    Raises
    ------
    ValueError
        If it is not known.
    """
    law = generator.law(theta)
    if law is None:
        raise ValueError(f"the law of {generator!r} is not known: its best D is not either.")
    return law
