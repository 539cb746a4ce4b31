r"""Gradient steps of a Dirac-GAN, and the spectrum of a step at the equilibrium.

One simultaneous step of rate h is z + hv(z): its Jacobian at 0 is I + hJ. For the minimax GAN
v is at right angles to z with |v| = f'(θψ)|z|, so that each step multiplies θ² + ψ² by exactly
1 + h² f'(θψ)²: it can only move away. Alternating steps (n of ψ, then one of θ) have

    [1, −hs; 0, 1] · [1, 0; nhs, 1],   λ = 1 − α²/2 ± √((1 − α²/2)² − 1),   α = √n h f'(0),

s = f'(0), of modulus 1 while α ≤ 2 (Mescheder, Geiger, Nowozin 2018, lemmas 2.3 and 2.4).

With an eigenvalue λ of J, an extragradient step z + hv(z + hv(z)) has 1 + hλ + (hλ)², of modulus
√(1 − x² + x⁴) at λ = ±ix/h: below 1 while 0 < x < 1 (Korpelevich 1976; Gidel et al. 2019). An
optimistic one, z_{k+1} = z_k + 2hv(z_k) − hv(z_{k−1}), has the roots of μ² − (1 + 2hλ)μ + hλ,
within the unit circle while 0 < x < 1/√3 (Daskalakis et al. 2018).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch

from divkit.distributions.base import finite, positive
from divkit.training.dirac.games import DiracGame, Pair
from divkit.training.run import run
from divkit.training.trainable import Trainable, TrainingStep
from divkit.types import Tensor


class Update(Protocol):
    """A frozen rule that moves (θ, ψ) by one step."""

    @property
    def remembers(self) -> bool:
        """Whether it looks at the point before; derive from it to have the default."""
        return False

    def __call__(
        self, game: DiracGame, theta: Tensor, psi: Tensor, before: Pair | None = None
    ) -> Pair:
        """The next point; `before` is the one before (θ, ψ), None at the start."""
        ...


@dataclass(frozen=True)
class AtRate(Update):
    """A rule that moves by `rate` times a field."""

    rate: float = 0.2

    def __post_init__(self) -> None:
        positive("rate", self.rate)

    def moved(self, game: DiracGame, theta: Tensor, psi: Tensor, field: Pair) -> Pair:
        """z + h·field, ψ clipped where the game clips."""
        down, up = field
        return theta + self.rate * down, game.project(psi + self.rate * up)


@dataclass(frozen=True)
class Simultaneous(AtRate):
    """Both move at once, from the same point, by `rate` times the field.

    >>> from divkit.gan import dirac_games, trajectory
    >>> trajectory(dirac_games()[0], Simultaneous(0.1), steps=3).shape
    torch.Size([4, 2])
    """

    def __call__(
        self, game: DiracGame, theta: Tensor, psi: Tensor, before: Pair | None = None
    ) -> Pair:
        """z + hv(z), ψ clipped where the game clips."""
        return self.moved(game, theta, psi, game.field(theta, psi))


@dataclass(frozen=True)
class Alternating(AtRate):
    """ψ takes `critic_steps` steps, then θ one that sees them.

    Raises
    ------
    ValueError
        If the rate is not positive or critic_steps < 1.

    Examples
    --------
    >>> from divkit.gan import dirac_games, trajectory
    >>> trajectory(dirac_games()[0], Alternating(0.1), steps=3).shape
    torch.Size([4, 2])
    """

    critic_steps: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.critic_steps < 1:
            raise ValueError(f"critic_steps must be at least 1; got {self.critic_steps!r}.")

    def __call__(
        self, game: DiracGame, theta: Tensor, psi: Tensor, before: Pair | None = None
    ) -> Pair:
        """The critic first, as in every GAN's loop."""
        for _ in range(self.critic_steps):
            psi = game.project(psi + self.rate * game.field(theta, psi)[1])
        return theta + self.rate * game.field(theta, psi)[0], psi


@dataclass(frozen=True)
class Extragradient(AtRate):
    """Both move with the field at the end of a trial step: z + hv(z + hv(z)).

    >>> from divkit.gan import dirac_games, trajectory
    >>> trajectory(dirac_games()[0], Extragradient(0.1), steps=3).shape
    torch.Size([4, 2])
    """

    def __call__(
        self, game: DiracGame, theta: Tensor, psi: Tensor, before: Pair | None = None
    ) -> Pair:
        """The trial step, then the step; ψ clipped after both where the game clips."""
        trial = self.moved(game, theta, psi, game.field(theta, psi))
        return self.moved(game, theta, psi, game.field(*trial))


@dataclass(frozen=True)
class OptimisticUpdate(AtRate):
    """Both move by twice the field less the one before: z + 2hv(z) − hv(z_before).

    The first step is a simultaneous one.

    >>> from divkit.gan import dirac_games, trajectory
    >>> trajectory(dirac_games()[0], OptimisticUpdate(0.1), steps=3).shape
    torch.Size([4, 2])
    """

    @property
    def remembers(self) -> bool:
        """It does."""
        return True

    def __call__(
        self, game: DiracGame, theta: Tensor, psi: Tensor, before: Pair | None = None
    ) -> Pair:
        """The step, ψ clipped where the game clips."""
        now = game.field(theta, psi)
        then = now if before is None else game.field(*before)
        down, up = (2 * a - b for a, b in zip(now, then, strict=True))
        return self.moved(game, theta, psi, (down, up))


@dataclass(frozen=True, eq=False)
class DiracState:
    """A point after so many steps; θ and ψ have the shape of the starts.

    `before` is the point before it, None at the start.
    """

    step: int
    theta: Tensor
    psi: Tensor
    before: Pair | None = None

    @property
    def radius2(self) -> Tensor:
        """θ² + ψ², the squared distance from the equilibrium."""
        return self.theta**2 + self.psi**2


@dataclass(frozen=True, eq=False)
class DiracTraining(Trainable[DiracState, Tensor]):
    """A game played from (θ, ψ) by a rule, without end; its record is θ² + ψ²."""

    game: DiracGame
    update: Update
    theta: Tensor
    psi: Tensor

    def begin(self) -> DiracState:
        """The start."""
        return DiracState(0, self.theta, self.psi)

    def step(self, state: DiracState) -> DiracState:
        """One step of the rule."""
        here = state.theta, state.psi
        return DiracState(state.step + 1, *self.update(self.game, *here, state.before), here)

    def measure(self, state: DiracState) -> tuple[Tensor]:
        """The squared distance from the equilibrium."""
        return (state.radius2,)


def play_dirac(
    game: DiracGame,
    update: Update | None = None,
    theta: float | Tensor = 1.0,
    psi: float | Tensor = 1.0,
) -> Iterator[TrainingStep[DiracState, Tensor]]:
    """Yield the start and then the state after each step, without end.

    Parameters
    ----------
    game : such as `divkit.training.dirac.games.gan()`.
    update : `Simultaneous(0.2)` where None.
    theta, psi : starts; tensors of one shape play many games at once.

    Raises
    ------
    ValueError
        If a start is not finite.

    Examples
    --------
    >>> from divkit.training.dirac.games import gan
    >>> first, second = itertools.islice(play_dirac(gan()), 2)
    >>> round(float(second.state.radius2 / first.state.radius2), 10)
    1.0028931795
    """
    rule = Simultaneous() if update is None else update
    return run(DiracTraining(game, rule, _start("theta", theta), _start("psi", psi)), every=1)


def trajectory(
    game: DiracGame,
    update: Update | None = None,
    theta: float | Tensor = 1.0,
    psi: float | Tensor = 1.0,
    steps: int = 500,
) -> Tensor:
    """The points (steps + 1, ..., 2) of a game of so many steps.

    >>> from divkit.gan import dirac_games
    >>> trajectory(dirac_games()[0], steps=3).shape
    torch.Size([4, 2])
    """
    walk = itertools.islice(play_dirac(game, update, theta, psi), steps + 1)
    states = (step.state for step in walk)
    return torch.stack([torch.stack([state.theta, state.psi], dim=-1) for state in states])


def step_eigenvalues(game: DiracGame, update: Update) -> Tensor:
    """Eigenvalues of one step's Jacobian at (0, 0), by autograd.

    There are two; four for a rule that remembers, whose step moves (z, z_before) to (z', z).
    """

    def moved(z: Tensor) -> Tensor:
        if not update.remembers:
            return torch.stack(update(game, z[0], z[1]))
        return torch.stack([*update(game, z[0], z[1], (z[2], z[3])), z[0], z[1]])

    start = torch.zeros(4 if update.remembers else 2, dtype=torch.float64)
    matrix: Tensor = torch.autograd.functional.jacobian(moved, start)
    found: Tensor = torch.linalg.eigvals(matrix)
    return found


def _start(name: str, value: float | Tensor) -> Tensor:
    if not isinstance(value, Tensor):
        return torch.tensor(finite(name, value), dtype=torch.float64)
    if not bool(value.isfinite().all()):
        raise ValueError(f"{name} must be finite; got {value!r}.")
    return value.to(torch.float64)
