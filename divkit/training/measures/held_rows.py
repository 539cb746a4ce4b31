"""Rows that somebody has, as the data of a training: some are trained on, the others held out.

No density is known then, so that nothing here is a true divergence: V is taken on rows held out,
and the JSD is an estimate from them and fresh fakes above a lower limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from divkit.critics.samples import rows
from divkit.distributions.base import Law
from divkit.distributions.compose.labelled import label_count, one_hot
from divkit.distributions.compose.mixed import MixedLaw
from divkit.distributions.support import Unknown
from divkit.estimators.api import estimate
from divkit.estimators.held_out_limit import LowerBound
from divkit.results import Result
from divkit.rng import as_generator
from divkit.types import Samples, Tensor

HELD, FEWEST = 0.2, 50
"""The share of rows that is held out, and the fewest of them."""


@dataclass(frozen=True, eq=False)
class HeldRows(Law):
    """A law of which nothing is known but rows (n, d) that no training saw.

    Attributes
    ----------
    rows : held out; (x, e_y) where they are labelled.
    shares : the frequency of each label among all rows; empty where there are none.

    Raises
    ------
    ValueError
        If there are fewer than 50, or more are drawn than there are: none is drawn twice.
    """

    rows: Tensor
    shares: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.rows) < FEWEST:
            raise ValueError(
                f"data must leave at least {FEWEST} rows to be held out, a fifth of all; got "
                f"{len(self.rows)}."
            )

    def __repr__(self) -> str:
        return f"HeldRows({len(self.rows)} rows)"

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self.rows.shape[1])

    @property
    def labels(self) -> int:
        """Coordinates that are labels, the last ones of a row."""
        return len(self.shares)

    @property
    def support(self) -> Unknown:
        """Not known."""
        return Unknown(self.dim)

    def _log_prob(self, x: Tensor) -> Tensor:
        raise ValueError("rows have no density: estimate from them, as divkit.estimate does.")

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        if n > len(self.rows):
            raise ValueError(f"{n} points are asked for; {len(self.rows)} rows are held out.")
        return self.rows[torch.from_numpy(rng.permutation(len(self.rows))[:n])]


def parted(data: Samples, labels: Any = None, seed: int = 0) -> tuple[Tensor, HeldRows]:
    """Four fifths of some rows to train on, and a fifth that is held out, at random.

    Labels 0 … K − 1, one a row, make rows (x, e_y) of them.

    Raises
    ------
    ValueError
        If a row is not finite, too few are left to be held out, or labels are not one a row.
    """
    every, shares = with_labels(rows(data, "data"), labels)
    order = torch.from_numpy(as_generator(seed).permutation(len(every)))
    count = int(HELD * len(every))
    return every[order[count:]], HeldRows(every[order[:count]], shares)


def with_labels(every: Tensor, labels: Any) -> tuple[Tensor, tuple[float, ...]]:
    """Rows (x, e_y) of rows x and labels 0 … K − 1, and how often each label is; x where None.

    Raises
    ------
    ValueError
        If labels are not one a row.
    """
    if labels is None:
        return every, ()
    hot = one_hot(labels)
    if len(hot) != len(every):
        raise ValueError(f"labels must be {len(every)}, one a row; got {len(hot)}.")
    return torch.cat([every, torch.from_numpy(hot)], 1), tuple(hot.mean(0).tolist())


def estimated(
    p: HeldRows, draw: Callable[[int, np.random.Generator], Tensor], rng: np.random.Generator
) -> Result:
    """JSD of the rows' law and a sampler's, nats, from the rows and as many fresh fakes.

    One-sided: the value is what the estimator that `auto` chooses says, the lower end a limit by
    critics on rows that they have not seen (`divkit.critics.lower_bound`), which holds for all
    laws. Nothing bounds from above what rows do not show.
    """
    x, y = p.rows.numpy(), draw(len(p.rows), rng).numpy()
    seed = int(rng.integers(2**31))
    found, limit = estimate(x, y, "js", rng=seed), estimate(x, y, "js", LowerBound(rng=seed))
    low, high = limit.interval
    words = f"of {len(x)} rows and as many fakes: an estimate, as no density of the data is known"
    return Result.bound(
        max(found.value, low),
        (low, high),
        f"estimate by {found.method}, limit by {limit.method}",
        error=found.error,
        level=limit.level,
        name=found.name,
        warnings=tuple(dict.fromkeys((words, *found.warnings, *limit.warnings))),
    )


def labels_of(p: Law) -> int:
    """Return the number of labels that rows of the data hold, 0 where they have none."""
    return p.labels if isinstance(p, HeldRows) else label_count(p)


def label_weights(p: Law) -> tuple[float, ...]:
    """Return the probability of each label; of rows their frequencies.

    Raises
    ------
    ValueError
        If a label has no row: nothing would be known of its points.
    """
    if isinstance(p, MixedLaw):
        return p.weights
    assert isinstance(p, HeldRows)
    shares = p.shares
    if min(shares) == 0:
        raise ValueError(
            f"label {shares.index(0.0)} has no row: number labels from 0 on, gapless."
        )
    return shares
