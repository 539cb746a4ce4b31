r"""Turns of one side alone: D climbs while G waits, or G descends while D waits.

    "both"   the training's own step;
    "d"      its n_critic steps of D, after which G is as it was;
    "g"      one step of G down its loss against the D that there is.

The side that waits keeps its optimiser's count of steps, so that Adam's means are not taken for
older than they are. Each turn moves the step on, and with it the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from divkit.registry import Registry
from divkit.training.gan.training import GanTraining
from divkit.training.optimisers import Moments, Optimiser
from divkit.training.options import Options
from divkit.training.state import State
from divkit.types import Tensor


@dataclass(frozen=True)
class Waited:
    """An optimiser that has waited for some of the steps that are counted."""

    inner: Optimiser
    waited: int

    @property
    def rate(self) -> float:
        """The inner one's."""
        return self.inner.rate

    def begin(self, theta: Tensor) -> Moments:
        """The inner one's."""
        return self.inner.begin(theta)

    def step(
        self, theta: Tensor, slope: Tensor, moments: Moments, count: int, rate: float
    ) -> tuple[Tensor, Moments]:
        """A step that is counted from those that were taken."""
        return self.inner.step(theta, slope, moments, count - self.waited, rate)


class Turns:
    """A game that is moved on a side at a time.

    Attributes
    ----------
    training, state : the game, and where it is.
    taken : who moved so far, and how often in a row.
    """

    def __init__(self, training: GanTraining) -> None:
        self.training, self.state = training, training.begin()
        self.taken: list[tuple[str, int]] = []
        self._d_waited = self._g_waited = 0
        self._games: dict[bool, GanTraining] = {}

    def after(self, who: str = "both") -> State:
        """The state after a turn, which is not taken yet.

        Raises
        ------
        ValueError
            If nobody has that name, or one side alone is asked of a step that moves both.
        OutOfRangeError
            If a number leaves the range of the floats.
        """
        return _SIDES[who].after(self)

    def take(self, who: str = "both") -> State:
        """Take a turn; raise as `after` does."""
        self.state, side = self.after(who), _SIDES[who]
        if side.d_waits or side.g_waits:
            self._d_waited += side.d_waits * self.training.options.n_critic
            self._g_waited += side.g_waits
            self._games.clear()
        last = self.taken.pop() if self.taken and self.taken[-1][0] == who else (who, 0)
        self.taken.append((who, last[1] + 1))
        return self.state

    def both(self) -> State:
        """The state after both have moved."""
        return self._game(alone=False).step(self.state)

    def critic(self) -> State:
        """The state after D alone has moved."""
        before, after = self.state, self.both()
        return replace(
            after, generator=before.generator, average=before.average,
            generator_moments=before.generator_moments,
        )  # fmt: skip

    def generator(self) -> State:
        """The state after G alone has moved, against D as it is."""
        before, after = self.state, self._game(alone=True).step(self.state)
        return replace(after, critic=before.critic, critic_moments=before.critic_moments)

    def _game(self, alone: bool) -> GanTraining:
        """The game as the optimisers have it; `alone`, one in which G answers D as it is."""
        if alone not in self._games:
            o, rest = self.training.options, _ALONE if alone else {}
            if o.extrapolates and (alone or self._d_waited or self._g_waited):
                raise ValueError("an extragradient step moves both sides; step both.")
            options = replace(
                o,
                generator_rate=Waited(o.generator_rate, self._g_waited),
                critic_rate=Waited(o.critic_rate, self._d_waited),
                **rest,
            )
            self._games[alone] = replace(self.training, options=options)
        return self._games[alone]


_ALONE: dict[str, Any] = {
    "order": "simultaneous",
    "n_critic": 1,
    "unroll": 0,
    "unroll_rate": Options.unroll_rate,
}


@dataclass(frozen=True)
class Turn:
    """Who moves: the state after it, and which side waits meanwhile."""

    after: Callable[[Turns], State]
    d_waits: bool = False
    g_waits: bool = False


_SIDES: Registry[Turn] = Registry("turn")
_SIDES.register("both", Turn(Turns.both))
_SIDES.register("d", Turn(Turns.critic, g_waits=True))
_SIDES.register("g", Turn(Turns.generator, d_waits=True))


def state_after(training: GanTraining, turns: Iterable[tuple[str, int]]) -> State:
    """The state after turns in a row, as (who, how often).

    >>> from divkit.training.entries import training_of
    >>> from divkit.training_config import Config
    >>> game = training_of(Config(target="normal(1, 1)", batch=16, steps=100))
    >>> state_after(game, [("d", 3), ("both", 2)]).step
    5
    """
    played = Turns(training)
    for who, count in turns:
        for _ in range(count):
            played.take(who)
    return played.state
