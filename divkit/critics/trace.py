"""Maximisers by name, and what V was after each of their steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TypeAlias

import torch

from divkit.critics.adam import Adam
from divkit.critics.gap import pointwise_gap
from divkit.critics.lbfgs import LBFGS
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.model import Model
from divkit.critics.points import WeightedPoints
from divkit.critics.steps import Maximiser, Step
from divkit.games import Game
from divkit.registry import Registry
from divkit.types import Tensor

Named: TypeAlias = LevenbergMarquardt | LBFGS | Adam
"""Maximisers that have a name, all with fields `steps` and `seconds`."""

MAXIMISERS: Registry[Named] = Registry("maximiser")
MAXIMISERS.register(
    "lm", LevenbergMarquardt(300, 30.0, tolerance=1e-14), "levenberg_marquardt", "gauss_newton"
)
MAXIMISERS.register("lbfgs", LBFGS(steps=500, seconds=30.0), "l_bfgs")
MAXIMISERS.register("adam", Adam(seconds=30.0))


def maximiser_of(maximiser: str | Maximiser, argument: str = "maximiser") -> Maximiser:
    """Return the maximiser that a name means; an object that can be called passes through.

    Raises
    ------
    UnknownNameError
        If the name is not known.
    TypeError
        If it is neither a name nor a maximiser.
    """
    if isinstance(maximiser, str):
        return MAXIMISERS[maximiser]
    if not callable(maximiser):
        raise TypeError(
            f"{argument} must be a maximiser or the name of one, {' or '.join(MAXIMISERS)}; "
            f"got {maximiser!r}."
        )
    return maximiser


@dataclass(frozen=True)
class Mark:
    """The standing of a training after a step.

    Attributes
    ----------
    step, seconds : since the start.
    value : V on the points trained on.
    lack : what the critic lacks of the best there, as the sum of pointwise losses
        (`divkit.critics.gap`), so that lacks of 1e-15 keep their digits; None on samples, where
        the best is not known.

    Examples
    --------
    >>> Mark(step=3, seconds=0.1, value=-1.2)
    Mark(step=3, seconds=0.1, value=-1.2, lack=None)
    """

    step: int
    seconds: float
    value: float
    lack: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """The numbers by name."""
        return asdict(self)


@dataclass(frozen=True)
class TraceRecorder:
    """A maximiser that keeps a mark of each step of another; its steps pass through.

    Attributes
    ----------
    inner : the maximiser.
    runs : the marks of each run, in the order of their starts.

    Examples
    --------
    >>> from divkit import critics
    >>> recorder = TraceRecorder(critics.LBFGS(steps=5))
    >>> points = critics.training_points("normal(0, 1)", "normal(1, 1)")
    >>> _ = critics.train(points, critic="linear", maximiser=recorder)
    >>> len(recorder.runs), recorder.runs[0][0].step
    (1, 1)
    """

    inner: Maximiser
    runs: list[list[Mark]] = field(default_factory=list, repr=False)

    def __call__(
        self, model: Model, points: WeightedPoints, game: Game, theta: Tensor
    ) -> Iterator[Step]:
        """Yield the inner steps."""
        marks: list[Mark] = []
        self.runs.append(marks)
        for step in self.inner(model, points, game, theta):
            lack = lack_of(model, points, game, step.best)
            marks.append(Mark(step.index, step.seconds, step.value, lack))
            yield step


def lack_of(model: Model, points: WeightedPoints, game: Game, theta: Tensor) -> float | None:
    """The pointwise losses of parameters (P,), summed over points of known log ratio."""
    if points.log_ratio is None:
        return None
    with torch.no_grad():
        f = model.logits(theta, points.x)
    a, b = points.p_weight, points.q_weight
    return float(pointwise_gap(game, points.log_ratio, f, a, b).sum())
