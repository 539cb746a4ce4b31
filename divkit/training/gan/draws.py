r"""The random numbers of a training as a function of a member's seed and the step.

Steps share blocks, and a member's block j has a generator of its own, seeded by (seed, j). So the
random state of a training is its step: a run that is resumed makes the block anew and goes on with
the same numbers, bit for bit, and no draw depends on what was drawn before a stop, nor on which
other members train beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.generators.conditional import ConditionalGenerator
from divkit.generators.generator import Generator
from divkit.rng import as_generator
from divkit.training.options import Options
from divkit.types import Tensor

_ROWS = 2**13
"""About so many points of a member are drawn at once."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Real points (n, d), from which minibatches are drawn with replacement."""

    points: Tensor

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self.points.shape[1])

    def sample(self, n: int, rng: np.random.Generator) -> Tensor:
        """Rows at random."""
        at = torch.from_numpy(rng.integers(len(self.points), size=n))
        return self.points[at.to(self.points.device)]


@dataclass(frozen=True)
class Minibatch:
    """Draws for a step of D, and for the step of G that answers it.

    Attributes
    ----------
    real, latent : real points (E, n, d) and noise for G (E, n, k).
    jitter : standard normal noise for both kinds of points (E, 2n, d); None where none is added.
    mix : uniform numbers (E, n, 1), where points between real ones and fakes are wanted.
    """

    real: Tensor
    latent: Tensor
    jitter: Tensor | None
    mix: Tensor | None


@dataclass(eq=False)
class Draws:
    """Every draw of a training; `real` is what each member's points are drawn from."""

    real: Sequence[Law | Dataset]
    generator: Generator
    options: Options
    _block: int = field(init=False, default=-1)
    _held: list[Minibatch] = field(init=False, default_factory=list)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the block, which is made anew and would be stored with each minibatch."""
        return {**self.__dict__, "_block": -1, "_held": []}

    def __call__(self, step: int) -> list[Minibatch]:
        """The minibatches of a step, one for each step of D, or for each look at the slopes."""
        o = self.options
        per = max(1, _ROWS // (o.batch * o.looks))
        block, at = divmod(step, per)
        if block != self._block:
            self._held, self._block = self._draw(block, per), block
        return self._held[at * o.looks : (at + 1) * o.looks]

    def _draw(self, block: int, steps: int) -> list[Minibatch]:
        o, count = self.options, steps * self.options.looks
        members = [self._member(e, block, count * o.batch) for e in range(len(o.seeds))]
        kinds = [self._stacked(parts, count) for parts in zip(*members, strict=True)]
        return [Minibatch(*parts) for parts in zip(*kinds, strict=True)]

    def _member(self, e: int, block: int, count: int) -> tuple[Any, ...]:
        """Real points, noise, jitter and mix of one member in a block."""
        o, real = self.options, self.real[e]
        rng = as_generator(np.random.SeedSequence((o.seeds[e], block)))
        x, z = real.sample(count, rng), self.generator.draw(count, rng)
        noisy = bool(o.noise.start or o.noise.stop)
        jitter = torch.from_numpy(rng.normal(size=(2 * count, real.dim))) if noisy else None
        if jitter is not None and isinstance(self.generator, ConditionalGenerator):
            jitter[:, real.dim - self.generator.labels :] = 0  # labels are not noisy
        mix = torch.from_numpy(rng.random((count, 1))) if o.penalties.gradient else None
        return x, z, jitter, mix

    def _stacked(self, parts: tuple[Any, ...], count: int) -> Sequence[Any]:
        """Minibatches (count, E, n, d) of the members' draws; nothing of none."""
        o = self.options
        drawn = [part.to(o.dtype).unflatten(0, (count, -1)) for part in parts if part is not None]
        return list(torch.stack(drawn, 1).to(o.device)) if drawn else [None] * count
