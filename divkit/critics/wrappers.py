"""Maximisers around a maximiser: stop early on held-out points; show progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from tqdm import tqdm

from divkit.critics.model import Model
from divkit.critics.payoff import value
from divkit.critics.points import WeightedPoints
from divkit.critics.steps import Maximiser, Step
from divkit.games import Game
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class EarlyStopping:
    """Stop when V on held-out points has not risen for `patience` steps, and go back to its best.

    The inner maximiser's steps are passed on. The last step that is yielded holds, for each
    member, the parameters of its best held-out V (the start counts), and that V as `values`.

    Attributes
    ----------
    inner : the maximiser.
    validation : points that it does not train on.
    patience : steps without a rise of any member, at least 1.

    Raises
    ------
    ValueError
        If patience is less than 1.

    Examples
    --------
    >>> from divkit import Normal, critics
    >>> x, y = Normal(0, 1).sample(40, rng=0), Normal(1, 1).sample(40, rng=1)
    >>> held_out = critics.from_samples(x[20:], y[20:])
    >>> stopping = EarlyStopping(critics.LBFGS(), held_out)
    >>> trained = critics.train(critics.from_samples(x[:20], y[:20]), maximiser=stopping)
    >>> trained.last.index > 0
    True
    """

    inner: Maximiser
    validation: WeightedPoints
    patience: int = 20

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"patience must be at least 1; got {self.patience!r}.")

    def __repr__(self) -> str:
        return f"EarlyStopping({self.inner!r}, {self.validation.origin}, patience={self.patience})"

    def __call__(
        self, model: Model, points: WeightedPoints, game: Game, theta: Tensor
    ) -> Iterator[Step]:
        """Yield the inner steps, then the best state on the held-out points."""
        held = self.validation
        best = theta.reshape(-1, model.size)
        top = value(game, model.logits(best, held.x), held.p_weight, held.q_weight)
        at, last = 0, None
        for last in self.inner(model, points, game, theta):
            yield last
            reached = value(game, model.logits(last.theta, held.x), held.p_weight, held.q_weight)
            risen = reached > top
            if bool(risen.any()):
                best, at = torch.where(risen[:, None], last.theta, best), last.index
                top = torch.where(risen, reached, top)
            if last.index - at >= self.patience:
                break
        if last is not None:
            note = f"held-out V was best at step {at}"
            yield Step(last.index, top, best, last.seconds, f"{last.how}; {note}".lstrip("; "))


@dataclass(frozen=True)
class Progress:
    """Show a bar on stderr while a maximiser runs; its steps pass through.

    Attributes
    ----------
    inner : the maximiser.
    label : what stands before the bar.

    Examples
    --------
    >>> from divkit import critics
    >>> shown = Progress(critics.LBFGS(steps=50), label="D")
    >>> points = critics.training_points("normal(0, 1)", "normal(1, 1)")
    >>> critics.train(points, critic="linear", maximiser=shown).last.index > 0
    True
    """

    inner: Maximiser
    label: str = "training D"

    def __call__(
        self, model: Model, points: WeightedPoints, game: Game, theta: Tensor
    ) -> Iterator[Step]:
        """Yield the inner steps."""
        with tqdm(desc=self.label, unit=" steps", file=sys.stderr, leave=False) as bar:
            for step in self.inner(model, points, game, theta):
                bar.set_postfix_str(f"V = {step.value:.12f}", refresh=False)
                bar.update(step.index - bar.n)
                yield step
