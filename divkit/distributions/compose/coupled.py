r"""Laws on R^d by their margins and a law of normal scores.

With margins f_j of distribution functions F_j, scores z_j = Φ⁻¹(F_j(x_j)) and a law g on R^d,

    log p(x) = Σ_j [log f_j(x_j) − log φ(z_j)] + log g(z):

the image of g under the maps of the coordinates that take N(0, 1) to the margins. Of g = N(0, R),
R a correlation matrix, it is a Gaussian copula with these margins; of another g the margins of the
law are those of g, mapped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.distributions.base import Feature, Law, Law1D
from divkit.distributions.support import Support, full_space, product
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")

_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Coupled(Law):
    """Margins, and a law of their normal scores.

    The density is 0 where a distribution function underflows, beyond 37 standard deviations.

    Parameters
    ----------
    margins : densities on the line, one for each coordinate.
    scores : a law on R^d with a density on all of it.

    Raises
    ------
    ValueError
        If the numbers of coordinates differ, or the scores' law is not on all of R^d.
    TypeError
        If a margin is no density on the line.

    Examples
    --------
    >>> from divkit.distributions import Exponential, MultivariateNormal
    >>> law = Coupled((Exponential(1.0),) * 2, MultivariateNormal([0, 0], [[1, 0.5], [0.5, 1]]))
    >>> round(float(law.log_prob([[1.0, 2.0]])[0]), 4)
    -2.8295
    """

    margins: tuple[Law1D, ...]
    scores: Law

    def __post_init__(self) -> None:
        object.__setattr__(self, "margins", tuple(self.margins))
        for k, margin in enumerate(self.margins):
            if not isinstance(margin, Law1D):
                raise TypeError(f"margin {k} must be a density on the line; got {margin!r}.")
        if self.scores.dim != len(self.margins):
            raise ValueError(
                f"got {len(self.margins)} margins for scores of dimension {self.scores.dim}."
            )
        if self.scores.support != full_space(self.dim):
            raise ValueError(f"the law of scores must be on all of R^d; got {self.scores!r}.")

    @property
    def dim(self) -> int:
        """Number of margins."""
        return len(self.margins)

    @property
    def nominal(self) -> frozenset[int]:
        """None: margins and scores have densities."""
        return frozenset()

    @property
    def blur(self) -> float:
        """The sum of the margins' and the scores'."""
        return self.scores.blur + sum(margin.blur for margin in self.margins)

    @cached_property
    def support(self) -> Support:
        """The product of the margins'."""
        return product(margin.support for margin in self.margins)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The scores', mapped: half the way from one deviation below to one above."""
        found = []
        for feature in self.scores.features:
            centre, scale = np.array(feature.center), np.array(feature.scale)
            low, at, high = (self._back(centre + step * scale) for step in (-1.0, 0.0, 1.0))
            found.append(Feature(tuple(at.tolist()), tuple((0.5 * (high - low)).tolist())))
        return tuple(found)

    def _back(self, z: FloatArray) -> FloatArray:
        """Points of scores (…, d)."""
        levels = special.ndtr(z)
        columns = [m.ppf(levels[..., k]) for k, m in enumerate(self.margins)]
        return np.stack(columns, axis=-1)

    def _log_prob(self, x: Tensor) -> Tensor:
        own = torch.stack([m.log_prob(x[:, k, None]) for k, m in enumerate(self.margins)], dim=1)
        z = self._scores(x, own)
        inside = (z.isfinite() & own.isfinite()).all(dim=1)
        out = torch.full_like(x[:, 0], -math.inf)
        z, own = z[inside], own[inside]
        normal = -0.5 * z**2 - _LOG_ROOT_TWO_PI
        value = self.scores.log_prob(z) + (own - normal).sum(dim=1)
        return out.index_put((inside.nonzero()[:, 0],), value)

    def _scores(self, x: Tensor, own: Tensor) -> Tensor:
        """z at points (n, d), whose slopes f/φ autograd follows."""
        points = x.detach().cpu().numpy()
        columns = [scores_of(m, points[:, k]) for k, m in enumerate(self.margins)]
        z = torch.from_numpy(np.stack(columns, axis=1)).to(x)
        if not x.requires_grad:
            return z
        slope = (own.detach() + 0.5 * z**2 + _LOG_ROOT_TWO_PI).exp()
        return z + slope * (x - x.detach())

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self._back(self.scores.sample(n, rng).numpy())


def scores_of(margin: Law1D, x: FloatArray) -> FloatArray:
    """Return Φ⁻¹(F(x)), (n,): from the nearer tail, which keeps its digits."""
    below = margin.cdf(x)
    upper = below > 0.5
    out = np.empty(len(x))
    out[~upper] = special.ndtri(below[~upper])
    out[upper] = -special.ndtri(margin.sf(x[upper]))
    return out
