"""The distribution-free lower confidence limit of held-out critics, as an estimator."""

from __future__ import annotations

from dataclasses import dataclass, replace

from divkit.critics import CriticClass
from divkit.critics import lower_bound as bound
from divkit.divergences.base import Divergence
from divkit.estimators.outcome import base_row, independent, mapped
from divkit.games import GAN
from divkit.games.standard import f_gan
from divkit.results import Result
from divkit.rng import RandomState
from divkit.samples import two_samples
from divkit.types import Samples


@dataclass(frozen=True)
class LowerBound:
    """A limit from below that holds for all laws and every n (`divkit.critics.lower_bound`).

    The interval runs from the limit to the divergence's largest value; `value` is a mean over
    rows that the critics had not seen, below the divergence in the mean.

    Parameters
    ----------
    critic : the class that is trained; no class makes the limit false.
    stages : how many critics are trained.
    rng : of the order of the rows.
    level : of the limit.

    Raises
    ------
    ValueError
        When called, if there are too few rows for the stages.
    NotEstimableError
        If the divergence is no function of an f-divergence.
    """

    critic: str | CriticClass = "quadratic"
    stages: int = 3
    rng: RandomState = 0
    level: float = 0.95

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the limit from x (n, d) of P and y (m, d) of Q."""
        row = base_row(divergence, self)
        pair = two_samples(x, y, above=3, laws="any")
        rows = pair.standardised
        game = GAN if row.is_same_as(GAN.divergence) else f_gan(row)
        made = bound(
            rows.x, rows.y, critic=self.critic, game=game, level=self.level,
            stages=self.stages, rng=self.rng,
        )  # fmt: skip
        named = replace(
            made, method=repr(self), name=row.name, warnings=(*pair.notes, *made.warnings)
        )
        return mapped(divergence, independent(named, pair, row))
