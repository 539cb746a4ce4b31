"""Distribution-free lower confidence limits from critics on held-out rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from divkit.critics import lower_bound as bound
from divkit.critics.lower_limit import Critics
from divkit.critics.steps import DivergedError
from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.common.critic_menu import critic_menu
from divkit.estimators.common.doubts import LEAST_ROWS
from divkit.estimators.common.outcome import base_divergence, independent, mapped
from divkit.games import GAN
from divkit.games.standard import f_gan
from divkit.results import Result
from divkit.rng import RandomState
from divkit.samples import Pair, two_samples
from divkit.types import Samples


@dataclass(frozen=True)
class LowerBound:
    """A limit from below that holds for all laws and every n (`divkit.critics.lower_bound`).

    The interval runs from the limit to the divergence's largest value; `value` is a mean over
    held-out rows, below the divergence in the mean. Diagnostics name the class of each stage's
    critic, `limit_critics`.

    Parameters
    ----------
    critic : the class that is trained, or several among which each stage chooses by the rows that
        it has seen; None takes `common.critic_menu`. No class makes the limit false.
    stages : how many critics are trained.
    rng : of the order of the rows.
    level : of the limit.

    Raises
    ------
    ValueError
        When called, if there are too few rows for the stages.
    NotEstimableError
        If the divergence is no function of an f-divergence.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> x, y = Normal(0, 1).sample(800, rng=0), Normal(2, 1).sample(800, rng=1)
    >>> found = LowerBound()(x, y, JS)
    >>> found.one_sided, found.interval[0] < 0.3327
    ('lower', True)
    """

    critic: Critics | tuple[Critics, ...] | None = None
    stages: int = 3
    rng: RandomState = 0
    level: float = 0.95

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the limit from x (n, d) of P and y (m, d) of Q."""
        base = base_divergence(divergence, self)
        pair = two_samples(x, y, above=3, laws="any")
        rows = pair.standardised
        game = GAN if base.is_same_as(GAN.divergence) else f_gan(base)
        limit = bound(
            rows.x, rows.y, critic=self.critic or critic_menu(), game=game, level=self.level,
            stages=self.stages, rng=self.rng,
        )  # fmt: skip
        named = replace(
            limit,
            method=repr(self),
            name=base.name,
            diagnostics={**limit.diagnostics, "limit_critics": limit.diagnostics["chosen"]},
            warnings=(*pair.notes, *limit.warnings),
        )
        return mapped(divergence, independent(named, pair, base))


@dataclass(frozen=True)
class HeldOutLimit:
    """A limit that holds for all laws, with the value that critics had on held-out rows.

    Attributes
    ----------
    value : mean of the critics' payoffs, and no less than the limit.
    interval : from the limit to the divergence's largest value.
    critics : the class of each stage's critic in words; () where the interval is the whole range.
    """

    value: float
    interval: tuple[float, float]
    critics: tuple[str, ...] = ()


def held_out_limit(
    divergence: FDivergence, pair: Pair, level: float, rng: RandomState
) -> HeldOutLimit:
    """Return a held-out value and an interval that hold for all laws.

    They are the whole range for fewer than `LEAST_ROWS` rows, or where critics diverge, as they
    may for a heavy f*.
    """
    everything = HeldOutLimit(divergence.at_one, (divergence.at_one, divergence.upper))
    if min(len(pair.x), len(pair.y)) < LEAST_ROWS:
        return everything
    rows = pair.standardised
    try:
        limit = bound(
            rows.x, rows.y, critic=critic_menu(), game=f_gan(divergence), level=level, rng=rng
        )
    except DivergedError:
        return everything
    return HeldOutLimit(limit.value, limit.interval, limit.diagnostics["chosen"])
