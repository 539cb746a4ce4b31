"""Measures of a generator in every training: the truth beside a bound, and scores of fakes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.null_sets import share_measure
from divkit.generators.generator import Generator
from divkit.rng import as_generator
from divkit.training.measures.held_rows import HeldRows, labels_of
from divkit.training.measures.modes import manifold, modes_of
from divkit.training.measures.records import SampleScores
from divkit.training.measures.truth import Truth, fresh_fakes
from divkit.types import Tensor


@dataclass(frozen=True)
class Recorder:
    """Choice of what is recorded: sizes, and which divergences.

    Parameters
    ----------
    held_out : fresh points of each law.
    fakes : points on which modes are counted.
    neighbourhood : points for precision, recall, density and coverage; 0 leaves them out.
    truth : how divergences are got.

    Examples
    --------
    >>> Recorder(held_out=512).fakes
    2500
    """

    held_out: int = 2048
    fakes: int = 2500
    neighbourhood: int = 1000
    truth: Truth = field(default_factory=Truth)

    def fitting(self, p: Law) -> Recorder:
        """The same on no more points than there are, where the data are rows held out."""
        if not isinstance(p, HeldRows):
            return self
        count, near = (min(n, len(p.rows)) for n in (self.held_out, self.neighbourhood))
        return replace(self, held_out=count, neighbourhood=near)

    def scores(
        self, generator: Generator, theta: Tensor, p: Law, rng: np.random.Generator
    ) -> SampleScores:
        """Scores of fresh fakes, of those kinds that p and the sizes allow."""
        count, good = None, None
        modes = modes_of(p)
        if modes is not None:
            count, good = modes(fresh_fakes(generator, theta, self.fakes, rng))
        if not self.neighbourhood or labels_of(p):  # a label is no distance
            return SampleScores(modes=count, high_quality=good)
        x = p.sample(self.neighbourhood, rng)
        m = manifold(x, fresh_fakes(generator, theta, self.neighbourhood, rng))
        return SampleScores(modes=count, high_quality=good, **vars(m))


def stream_of(seed: int, step: int) -> np.random.Generator:
    """A member's random numbers for what is measured at a step, apart from those it trains on."""
    return as_generator(np.random.SeedSequence((seed, step), spawn_key=(1,)))


def comparable(p: Law, q: Law) -> bool:
    """Whether one measure carries densities of both laws."""
    return share_measure(p.support, q.support)
