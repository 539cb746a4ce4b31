"""Polynomials on the line as generators: x = Σ c_k z^k, folds and all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.adapt import settle
from divkit.distributions.base import Law1D
from divkit.generators.folds import FoldedLaw, PolynomialCurve
from divkit.generators.generator import NORMAL, FromNoise, evenly, one_member
from divkit.types import Tensor


@dataclass(frozen=True)
class PolynomialGenerator(FromNoise):
    """x = c_0 + c_1 z + … + c_n z^n; θ is (c_0, …, c_n).

    Parameters
    ----------
    latent : the prior of z, a law on an interval of the line.
    degree : n.

    Raises
    ------
    ValueError
        If the degree is not a positive int, or z is not on the line.

    Examples
    --------
    >>> import torch
    >>> square = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    >>> law = PolynomialGenerator(degree=2).law(square)
    >>> law.cdf(1.0).round(6)  # of z², one degree of freedom
    np.float64(0.682689)
    """

    latent: Law1D = NORMAL
    degree: int = 2

    def __post_init__(self) -> None:
        settle(self, "latent")
        if int(self.degree) != self.degree or self.degree < 1:
            raise ValueError(f"degree must be a positive int; got {self.degree!r}.")
        if not isinstance(self.latent, Law1D):
            raise ValueError(f"latent must be a law on the line; got {self.latent!r}.")

    @property
    def dim(self) -> int:
        """1."""
        return 1

    @property
    def size(self) -> int:
        """n + 1."""
        return self.degree + 1

    def start(self, rng: np.random.Generator) -> Tensor:
        """The identity, and N(0, 0.01) on every coefficient."""
        noise = rng.normal(0.0, 0.1, self.size)
        return torch.from_numpy(noise + np.eye(self.size)[1])

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """The polynomial at z by Horner's rule, and weights 1/n."""
        x = torch.zeros_like(z)
        for k in range(self.degree, -1, -1):
            x = x * z + theta[..., k, None, None]
        return x, evenly(x)

    def law(self, theta: Tensor) -> FoldedLaw:
        """The sum over all preimages.

        Raises
        ------
        ValueError
            If the polynomial is constant.
        """
        curve = PolynomialCurve(tuple(one_member(theta, self.size).tolist()))
        return FoldedLaw(self.latent, curve)
