"""The law of a generator whose noise has fewer coordinates than its points: no density at all.

A smooth image of R^k in R^d, k < d, is a null set (Sard), so the law is singular to every density:
JSD = log 2, max V = 0, whatever the parameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.support import Singular
from divkit.generators.generator import Generator, draws
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class SingularImage(Law):
    """The law of G_θ(z) where dim z < dim x: its density is 0 almost everywhere.

    Attributes
    ----------
    generator, theta : G and its parameters (P,).

    Examples
    --------
    >>> import numpy as np
    >>> from divkit.generators import NetworkGenerator, standard_normal
    >>> line = NetworkGenerator(standard_normal(1), 2, hidden=(4,))
    >>> SingularImage(line, line.start(np.random.default_rng(0))).support.reason
    'noise in R^1 is pushed into R^2'
    """

    generator: Generator
    theta: Tensor

    def __repr__(self) -> str:
        return f"SingularImage({self.generator!r})"

    @property
    def dim(self) -> int:
        """Number of coordinates of a point."""
        return self.generator.dim

    @property
    def support(self) -> Singular:
        """A null set, with the reason."""
        small = self.generator.latent.dim
        return Singular(self.dim, f"noise in R^{small} is pushed into R^{self.dim}")

    def _log_prob(self, x: Tensor) -> Tensor:
        return torch.full_like(x[:, 0], -math.inf)

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        if n == 0:
            return torch.empty(0, self.dim, dtype=torch.float64)
        with torch.no_grad():
            return self.generator.push(self.theta, draws(self.generator.latent, n, rng))[0]
