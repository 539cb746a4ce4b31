r"""Promises on max V from samples of unknown laws.

The rows are shuffled and shared out: D trains on the first part, stops by the second, and is
weighed on the third, which it has not seen. Then V(D) has an interval that assumes nothing of the
laws, and since V(D) ≤ shift + scale · D_f for every D, its lower limit is one on the divergence
(for the GAN, JSD ≥ (V + 2 log 2)/2). No upper limit can be had: a better D may exist.

The output is bounded, B tanh(s·f/B), with the B and s whose limit from the test rows is forecast
to be the highest by the validation rows (`divkit.critics.lower_bound_choice.tune`): a critic that
separates its training rows without end does not claim to know more than its rows can show. What is
weighed is the bounded critic, and so is the one that is returned.
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import Any

import torch

from divkit.critics.held_out import Bounded, held_out_value
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.lower_bound_choice import tune
from divkit.critics.lower_limit import held_out_lower_bound
from divkit.critics.model import CriticClass
from divkit.critics.payoff import value
from divkit.critics.points import WeightedPoints, from_samples
from divkit.critics.samples import repetitions, rows
from divkit.critics.steps import Maximiser
from divkit.critics.training import train
from divkit.critics.wrappers import EarlyStopping
from divkit.games import Game
from divkit.results import Result
from divkit.rng import as_generator
from divkit.types import Samples, Tensor

_FEWEST = 2


@dataclass(frozen=True)
class Split:
    """Shares of the rows to train on, to stop by, and to test on.

    Raises
    ------
    ValueError
        If a share is not positive, or they do not sum to 1.

    Examples
    --------
    >>> Split(0.6, 0.2, 0.2)
    Split(train=0.6, validation=0.2, test=0.2)
    """

    train: float = 0.5
    validation: float = 0.2
    test: float = 0.3

    def __post_init__(self) -> None:
        shares = (self.train, self.validation, self.test)
        if not min(shares) > 0 or abs(sum(shares) - 1) > 1e-9:
            raise ValueError(f"the shares of a split must be positive and sum to 1; got {shares}.")

    def counts(self, n: int) -> tuple[int, int, int]:
        """Rows of each part of n; the test part takes what rounding leaves."""
        first, second = int(self.train * n), int(self.validation * n)
        return first, second, n - first - second


def from_unknown(
    x: Samples,
    y: Samples,
    critic: CriticClass,
    game: Game,
    maximiser: Maximiser | None,
    seed: int,
    device: str,
    split: Split,
    level: float,
) -> Result:
    """Train D on a part of the samples x (n, d) and y (m, d), and weigh it on another.

    Returns
    -------
    Result
        V(D) on the test rows with its standard error; `interval` covers V(D) with probability at
        least `level`; `warnings` tell of rows that repeat. Diagnostics: `limit` from below on the
        game's divergence at that level (before it is cut at the least value), `divergence`,
        `critic` (bounded), `bound`, `scale`, `split` (rows of each part and sample),
        `train_value`, `steps`, `how`.

    Raises
    ------
    ValueError
        If the samples differ in dimension, are not finite, or have too few rows for the split.
    """
    began = time.perf_counter()
    a, b = _both(x, y)
    parts = _parts(a, b, split, game, seed)
    on, held, test = (game.lifting.samples(*part) for part in parts)
    points = from_samples(*on)
    inner = maximiser or LevenbergMarquardt(steps=200, seconds=30.0)
    solver = EarlyStopping(inner, from_samples(*held).to(device), patience=10)
    trained = train(points.to(device), critic=critic, game=game, maximiser=solver, seed=seed)
    seen_x, seen_y = (trained.critic(part) for part in held)
    tuned = tune(game, seen_x, seen_y, min(map(len, test)), level)
    bounded = Bounded(trained.critic, tuned.bound, tuned.scale)
    result = held_out_value(bounded, *test, level, game)
    below = held_out_lower_bound(bounded, *parts[-1], game=game, level=level, guess=tuned.guess)
    notes: dict[str, Any] = {
        "limit": below.diagnostics["limit"],
        "divergence": game.divergence.name,
        "critic": bounded,
        "bound": bounded.bound,
        "scale": bounded.scale,
        "split": {"x": [len(u) for u, _ in parts], "y": [len(v) for _, v in parts]},
        "train_value": _value(bounded, points, game),
        "steps": trained.last.index,
        "how": trained.last.how,
        "seed": seed,
        "seconds": time.perf_counter() - began,
    }
    label = f"V({game!r}) of {trained.critic.label} on rows held out"
    return dataclasses.replace(
        result,
        method=label,
        diagnostics=notes,
        name=f"{game.name} value, held out",
        warnings=tuple(repetitions(a, b)),
    )


def _both(x: Samples, y: Samples) -> tuple[Tensor, Tensor]:
    a, b = rows(x, "x"), rows(y, "y")
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"x and y must have one dimension; got shapes {tuple(a.shape)} and {tuple(b.shape)}."
        )
    return a, b


def _parts(
    x: Tensor, y: Tensor, split: Split, game: Game, seed: int
) -> list[tuple[Tensor, Tensor]]:
    """Rows of x and of y to train on, to stop by and to test on."""
    generator = as_generator(seed, name="seed")
    shared = (_shared(s, n, split, generator) for s, n in ((x, "x"), (y, "y")))
    parts = list(zip(*shared, strict=True))
    entering = [min(map(len, game.lifting.samples(*part))) for part in parts]
    if min(entering) < _FEWEST:
        raise ValueError(
            f"x and y have {len(x)} and {len(y)} rows, of which {split!r} makes {entering} points "
            f"of game {game!r}; each part needs {_FEWEST}. Give more rows."
        )
    return parts


def _shared(sample: Tensor, name: str, split: Split, generator: Any) -> tuple[Tensor, ...]:
    counts = split.counts(len(sample))
    if min(counts) < _FEWEST:
        raise ValueError(
            f"{name} has {len(sample)} rows, which {split!r} shares out as {counts}; each part "
            f"needs {_FEWEST}. Give more rows, or the laws p and q."
        )
    order = torch.from_numpy(generator.permutation(len(sample)))
    train_end, test_start = counts[0], counts[0] + counts[1]
    mixed = sample[order]
    return mixed[:train_end], mixed[train_end:test_start], mixed[test_start:]


def _value(critic: Bounded, points: WeightedPoints, game: Game) -> float:
    return float(value(game, critic(points.x), points.p_weight, points.q_weight))
