r"""Densities from nearest neighbours.

The estimate k/(n c_d r_k(x)^d) of Loftsgaarden and Quesenberry (1965) is no density: its integral
is infinite. Here each point carries a Gaussian kernel as wide as its own distance to its k-th
neighbour (Breiman, Meisel, Purcell 1977), which adapts in the same way and integrates to 1.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial import cKDTree

from divkit.density.base import DensityEstimator
from divkit.density.kernel_space import SpaceKernel, whitening
from divkit.density.options import Either, NoValue, PositiveNumber, WholeNumber, options
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.normal import Normal
from divkit.samples import Sample
from divkit.types import FloatArray


class NearestNeighbours(DensityEstimator):
    """A Gaussian kernel at each point, its scale the point's distance to its k-th neighbour.

    Parameters
    ----------
    k : neighbours; None for ⌈√n⌉.
    factor : the kernels' standard deviation over that distance; None for d^{−1/2}, with which a
        kernel's mean squared radius is the squared distance.

    Attributes
    ----------
    k_ : the number of neighbours that was used.
    scales_ : standard deviations of the kernels in whitened units (n,).

    Raises
    ------
    ValueError
        At `fit`, if there are not more than k rows, or a point has k others at distance 0.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(100, 1))
    >>> NearestNeighbours().fit(x).score_samples([[0.0]]).round(2)
    array([-1.14])
    """

    smooth = True
    squares = True
    asks = options(k=Either(NoValue(), WholeNumber()), factor=Either(NoValue(), PositiveNumber()))
    k_: int
    scales_: FloatArray

    def __init__(self, k: int | None = None, factor: float | None = None) -> None:
        self.k = k
        self.factor = factor

    def _fit(self, sample: Sample) -> Law:
        n, dim = sample.x.shape
        self.k_ = self._neighbours(n)
        frame = whitening(sample.x)
        z = frame.of(sample.x)
        radius = np.asarray(cKDTree(z).query(z, [self.k_ + 1])[0])[:, 0]
        if (radius == 0).any():
            at = int((radius == 0).argmax())
            raise ValueError(
                f"row {at} of X has {self.k_} others at distance 0, and so no scale. Pass a "
                "larger k, or break the ties: divkit.samples.one_sample(X, jitter=1e-3).x."
            )
        factor = 1 / math.sqrt(dim) if self.factor is None else self.factor
        self.scales_ = factor * radius
        if dim == 1:
            widths = (frame.factor[0, 0] * self.scales_).tolist()
            parts = [Normal(c, s) for c, s in zip(sample.x[:, 0].tolist(), widths, strict=True)]
            return mixture([1.0] * n, parts, normalize=True)
        label = f"{self!r} fitted to {n} points"
        return SpaceKernel(frame, z, self.scales_, np.full(n, 1 / n), label)

    def _neighbours(self, n: int) -> int:
        k = math.ceil(math.sqrt(n)) if self.k is None else int(self.k)
        if self.k is None:
            return min(k, n - 1)
        if n <= k:
            raise ValueError(f"X needs more rows than k = {k}; got n = {n}.")
        return k
