r"""The choice of a critic's class for a stage of a lower bound, by the rows that were seen.

Every class gives a logit at each row from a critic that was trained on the other half; the class
whose limit from the rows to come is forecast to be the highest is trained on all of them. A rough
forecast at few bounds and scales,

    mean − √(2 log(1/α) s²/n),

leaves the few classes that are forecast with care. Whatever is chosen depends on earlier rows
alone, so that the choice touches no limit's validity. Of many rows the first are enough to choose.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from divkit.betting import forecast
from divkit.critics.held_out import Bounded, outputs, paired_payoffs, payoff_range, squash
from divkit.critics.steps import DivergedError
from divkit.games import Game
from divkit.types import Critic, FloatArray, Tensor
from divkit.work import parts


class RowLearner(Protocol):
    """A class of critics and its training; its repr names the class."""

    def suits(self, x: FloatArray, y: FloatArray) -> bool:
        """Say whether there is anything in rows x (n, d) and y (m, d) for this class to learn."""
        ...

    def __call__(self, x: Tensor, y: Tensor) -> Critic:
        """Return a critic trained on x (n, d) of P and y (m, d) of Q."""
        ...


BOUNDS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
SCALES = (0.3, 0.6, 1.0)
_WIDE = (*SCALES, 2.0, 4.0)  # a critic with a penalty is too flat by factors
_ROUGHLY = tuple(itertools.product((0.5, 1.5, 4.0), (0.6, 1.0, 2.0)))
_CAREFULLY = 4  # classes that are forecast with care
_ROWS = 4096  # of each law, enough to choose among classes by


@dataclass(frozen=True)
class Tuned:
    """A bound on a critic's outputs, and the payoff of a pair of points that is expected then.

    Attributes
    ----------
    bound, scale : of `divkit.critics.held_out.Bounded`.
    guess : mean and variance of the payoff of a pair.
    forecast : the limit on V that is expected on fresh points.
    """

    bound: float
    scale: float
    guess: tuple[float, float]
    forecast: float


@dataclass(frozen=True)
class Chosen:
    """A critic that was fixed, the class that it is of, and what is expected of it.

    Attributes
    ----------
    critic : with bounded outputs.
    learner : its class, in words.
    tuned : its bound and scale, with the forecast.
    pairs : of rows by which it was tuned.
    """

    critic: Bounded
    learner: str
    tuned: Tuned
    pairs: int


def tune(
    game: Game,
    on_x: Tensor,
    on_y: Tensor,
    n: int,
    level: float,
    scales: Sequence[float] = SCALES,
) -> Tuned:
    """Choose the bound and scale of outputs whose limit from n fresh pairs is forecast highest.

    `on_x` and `on_y` are logits at points of P and of Q, none of which may be bet on later.
    """
    candidates = []
    for bound, scale in itertools.product(BOUNDS, scales):
        z = paired_payoffs(game, squash(on_x, bound, scale), squash(on_y, bound, scale))
        least, most = payoff_range(game, bound)
        variance = float(z.var()) + 0.25 * (most - least) ** 2 / len(z)
        limit = forecast(z, least, most, n, level)
        candidates.append(Tuned(bound, scale, (float(z.mean()), variance), limit))
    return max(candidates, key=lambda tuned: tuned.forecast)


def choose(
    learners: Sequence[RowLearner], game: Game, x: Tensor, y: Tensor, n: int, level: float
) -> Chosen:
    """Train the class whose limit from n fresh pairs is forecast highest, by x (k, d), y (l, d).

    A class whose training diverges is passed over.

    Raises
    ------
    DivergedError
        If the training of every class diverges.
    """
    if len(learners) == 1:
        tuned = tune(game, *cross_validated(learners[0], x, y), n, level)
        return _trained(learners[0], tuned, x, y, min(len(x), len(y)))
    few, others = x[:_ROWS], y[:_ROWS]
    failure: DivergedError | None = None
    ranked: list[tuple[float, RowLearner, tuple[Tensor, Tensor]]] = []
    for learner in parts(learners):
        if not learner.suits(few.numpy(), others.numpy()):
            continue
        try:
            logits = cross_validated(learner, few, others)
        except DivergedError as error:
            failure = error
            continue
        ranked.append((_rough(game, *logits, n, level), learner, logits))
    ranked.sort(key=lambda each: -each[0])
    tuned_ones = [
        (tune(game, *logits, n, level, _WIDE), learner)
        for _, learner, logits in ranked[:_CAREFULLY]
    ]
    for tuned, learner in sorted(tuned_ones, key=lambda each: -each[0].forecast):
        try:
            return _trained(learner, tuned, x, y, min(len(few), len(others)))
        except DivergedError as error:
            failure = error
    raise failure or ValueError("learners must name at least one class of critics.")


def cross_validated(learner: RowLearner, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Logits at every row, by a critic trained on the other half of the rows."""
    halves = [x.tensor_split(2), y.tensor_split(2)]
    critics = [learner(one, other) for one, other in zip(*halves, strict=True)][::-1]
    on_x, on_y = (
        torch.cat([outputs(c, part, "a half") for c, part in zip(critics, parts, strict=True)])
        for parts in halves
    )
    return on_x, on_y


def _rough(game: Game, on_x: Tensor, on_y: Tensor, n: int, level: float) -> float:
    """The highest of the module's rough forecasts."""
    target, limits = math.log(1 / (1 - level)), []
    for bound, scale in _ROUGHLY:
        z = paired_payoffs(game, squash(on_x, bound, scale), squash(on_y, bound, scale))
        limits.append(float(z.mean()) - math.sqrt(2 * target * float(z.var()) / n))
    return max(limits)


def _trained(learner: RowLearner, tuned: Tuned, x: Tensor, y: Tensor, pairs: int) -> Chosen:
    critic = Bounded(learner(x, y), tuned.bound, tuned.scale)
    return Chosen(critic, repr(learner), tuned, pairs)
