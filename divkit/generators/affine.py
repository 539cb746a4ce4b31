r"""Affine generators x = b + Az, A diagonal or full: of a normal z, the normal laws."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.adapt import settle
from divkit.distributions.base import Law
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.multivariate import MultivariateNormal, normal_law
from divkit.distributions.families.normal import Normal
from divkit.distributions.maps.scalar import Affine
from divkit.distributions.maps.space import Linear
from divkit.generators.generator import NORMAL, FromNoise, evenly, one_member
from divkit.generators.singular import SingularImage
from divkit.types import Tensor


@dataclass(frozen=True)
class AffineGenerator(FromNoise):
    """x = b + a∘z, or b + Az where `full`; θ is (b, a), or (b, rows of A).

    Parameters
    ----------
    latent : the prior of z.
    dim : number of coordinates of x.
    full : whether A is a matrix (dim, dim z); else dim must be dim z.

    Raises
    ------
    ValueError
        If dim is not positive, or a diagonal A would have to change the dimension.

    Examples
    --------
    >>> import torch
    >>> from divkit.gan import AffineGenerator
    >>> AffineGenerator().law(torch.tensor([1.0, 2.0], dtype=torch.float64))
    Normal(loc=1.0, scale=2.0)
    """

    latent: Law = NORMAL
    dim: int = 1
    full: bool = False

    def __post_init__(self) -> None:
        settle(self, "latent")
        if self.dim < 1:
            raise ValueError(f"dim must be at least 1; got {self.dim!r}.")
        if not self.full and self.dim != self.latent.dim:
            raise ValueError(
                f"a diagonal map keeps the dimension; z has {self.latent.dim} coordinates and x "
                f"{self.dim}. Pass full=True."
            )

    @property
    def size(self) -> int:
        """Entries of b and of A."""
        return self.dim * (1 + (self.latent.dim if self.full else 1))

    def start(self, rng: np.random.Generator) -> Tensor:
        """Shifts N(0, 1); positive factors e^{N(0, ¼)}, or entries N(0, 1/dim z)."""
        shift = rng.normal(size=self.dim)
        if self.full:
            factor = rng.normal(0.0, 1 / math.sqrt(self.latent.dim), self.dim * self.latent.dim)
        else:
            factor = np.exp(rng.normal(0.0, 0.5, self.dim))
        return torch.from_numpy(np.concatenate([shift, factor]))

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """b + Az, and weights 1/n."""
        shift, factor = theta[..., None, : self.dim], theta[..., self.dim :]
        if self.full:
            x = shift + z @ factor.unflatten(-1, (self.dim, self.latent.dim)).mT
        else:
            x = shift + factor[..., None, :] * z
        return x, evenly(x)

    def log_density(self, theta: Tensor, x: Tensor) -> Tensor:
        """log p_z(A⁻¹(x − b)) − log|det A| at points (n, d), for θ (P,), differentiable in both.

        Raises
        ------
        ValueError
            If dim z is not dim x: the image has no density, or none that a change of variables
            gives.
        """
        if self.latent.dim != self.dim:
            raise ValueError(f"{self!r} is not invertible: it has no density to differentiate.")
        gap, factor = x - theta[: self.dim], theta[self.dim :]
        if not self.full:
            logs: Tensor = self.latent.log_prob(gap / factor)
            return logs - factor.abs().log().sum()
        matrix = factor.unflatten(0, (self.dim, self.dim))
        logs = self.latent.log_prob(torch.linalg.solve(matrix, gap.T).T)
        size: Tensor = torch.linalg.slogdet(matrix)[1]
        return logs - size

    def law(self, theta: Tensor) -> Law | None:
        """The image of the latent law; None where A drops coordinates of a z that is not normal.

        Raises
        ------
        ValueError
            If A is singular.
        """
        flat = one_member(theta, self.size)
        shift, factor = flat[: self.dim].numpy(), flat[self.dim :].numpy()
        matrix = factor.reshape(self.dim, -1) if self.full else np.diag(factor)
        if self.latent.dim < self.dim:
            return SingularImage(self, flat)
        if isinstance(self.latent, Normal | MultivariateNormal):
            spread = matrix @ self.latent.covariance @ matrix.T
            return normal_law(matrix @ self.latent.mean + shift, 0.5 * (spread + spread.T))
        if self.latent.dim > self.dim:
            return None
        if self.dim == 1:
            return transformed(self.latent, Affine(float(shift[0]), float(matrix[0, 0])))
        return transformed(
            self.latent, Linear(tuple(map(tuple, matrix.tolist())), tuple(shift.tolist()))
        )
