"""Steps of a training: one state each, so that a callback is a loop over steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from divkit.critics.model import Model
from divkit.critics.points import WeightedPoints
from divkit.games import Game
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class Step:
    """State after a step of one critic or of an ensemble of E.

    Attributes
    ----------
    index, seconds : steps and time so far.
    values : V of each member on the points it trains on, (E,).
    theta : the members' parameters, (E, P).
    how : the linear algebra of the step, in words; empty where there is no choice.

    Examples
    --------
    >>> import torch
    >>> step = Step(2, torch.tensor([-1.3, -1.2]), torch.tensor([[0.0], [0.5]]), seconds=0.01)
    >>> step
    Step(2: V = -1.20000004768, 0.01 s)
    """

    index: int
    values: Tensor
    theta: Tensor
    seconds: float
    how: str = ""

    @property
    def value(self) -> float:
        """The largest V among the members."""
        return float(self.values.max())

    @property
    def best(self) -> Tensor:
        """The parameters (P,) of the member with the largest V."""
        return self.theta[int(self.values.argmax())]

    def __repr__(self) -> str:
        how = f", {self.how}" if self.how else ""
        return f"Step({self.index}: V = {self.value:.12g}, {self.seconds:.2f} s{how})"


class Maximiser(Protocol):
    """A frozen description of an optimiser: called, it yields steps towards max V."""

    def __call__(
        self, model: Model, points: WeightedPoints, game: Game, theta: Tensor
    ) -> Iterator[Step]:
        """Yield the state after each step, from the starts `theta` (E, P)."""
        ...


def require_ranges(maximiser: Any, *positive: str) -> None:
    """Raise a ValueError unless these fields are positive, and a `tolerance` is not negative."""
    for name in positive:
        if not getattr(maximiser, name) > 0:
            raise ValueError(f"{name} must be positive; got {getattr(maximiser, name)!r}.")
    tolerance = getattr(maximiser, "tolerance", 0.0)
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0; got {tolerance!r}.")


class DivergedError(ArithmeticError):
    """Training produced NaN or inf; `last` is the last good step, None if there was none.

    >>> raise DivergedError("V is NaN at step 3.", last=None)
    Traceback (most recent call last):
        ...
    divkit.critics.steps.DivergedError: V is NaN at step 3.
    """

    def __init__(self, message: str, last: Step | None) -> None:
        super().__init__(message)
        self.last = last
