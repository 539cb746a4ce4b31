"""Who plays a game on which data, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from divkit.distributions.adapt import settle
from divkit.distributions.base import Law
from divkit.generators.generator import Generator
from divkit.training.gan.critic import PlayedCritic
from divkit.training.gan.draws import Dataset, Draws
from divkit.training.measures.recorder import Recorder
from divkit.training.options import Options
from divkit.training.own_loss import AnyLoss
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class Setup:
    """A game, its two sides and its data.

    Attributes
    ----------
    p : the law of the data.
    loss, generator, critic, options : the game, its sides, and all other choices.
    data : points (E, n, d) of p that each member trains on; fresh draws where None.
    recorder : what is measured.
    """

    p: Law
    loss: AnyLoss
    generator: Generator
    critic: PlayedCritic
    options: Options = field(default_factory=Options)
    data: Tensor | None = None
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        settle(self, "p")

    @cached_property
    def draws(self) -> Draws:
        """Every draw of the training."""
        fresh = [self.p] * len(self.options.seeds)
        real = fresh if self.data is None else [Dataset(points) for points in self.data]
        return Draws(real, self.generator, self.options)
