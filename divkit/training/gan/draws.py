r"""The random numbers of a training as a function of its seeds and the step.

Steps share blocks, and block j has a generator of its own, seeded by (seeds, j). So the random
state of a training is its step: a run that is resumed makes the block anew and goes on with the
same numbers, bit for bit, and no draw depends on what was drawn before a stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.generators.generator import Generator
from divkit.rng import as_generator
from divkit.training.options import Options
from divkit.types import FloatArray, Tensor

_ROWS = 2**16
"""About so many points are drawn at once."""


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
    """Every draw of a training."""

    real: Law | Dataset
    generator: Generator
    options: Options
    _block: int = field(init=False, default=-1)
    _held: list[Minibatch] = field(init=False, default_factory=list)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the block, which is made anew and would be stored with each minibatch."""
        return {**self.__dict__, "_block": -1, "_held": []}

    def __call__(self, step: int) -> list[Minibatch]:
        """The minibatches of a step, one for each step of D."""
        o = self.options
        per = max(1, _ROWS // (len(o.seeds) * o.batch * o.n_critic))
        block, at = divmod(step, per)
        if block != self._block:
            self._held, self._block = self._draw(block, per), block
        return self._held[at * o.n_critic : (at + 1) * o.n_critic]

    def _draw(self, block: int, steps: int) -> list[Minibatch]:
        o, rng = self.options, as_generator(np.random.SeedSequence((*self.options.seeds, block)))
        shape = (steps * o.n_critic, len(o.seeds), o.batch)
        count = shape[0] * shape[1] * shape[2]
        real = self._as(self.real.sample(count, rng), shape)
        latent = self._as(self.generator.draw(count, rng), shape)
        normal = rng.normal(size=(2 * count, self.real.dim)) if self._noisy else None
        uniform = rng.random((count, 1)) if o.penalties.gradient else None
        jitter = self._maybe(normal, (*shape[:2], 2 * o.batch))
        mix = self._maybe(uniform, shape)
        return [Minibatch(real[k], latent[k], jitter[k], mix[k]) for k in range(shape[0])]

    @property
    def _noisy(self) -> bool:
        return bool(self.options.noise.start or self.options.noise.stop)

    def _maybe(self, x: FloatArray | None, shape: tuple[int, ...]) -> Sequence[Tensor | None]:
        return [None] * shape[0] if x is None else list(self._as(torch.from_numpy(x), shape))

    def _as(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        return x.reshape(*shape, -1).to(self.options.device, self.options.dtype)
