r"""Decoders: generators with noise at the output, p(x) = ∫ p(x|z) p(z) dz, z ~ N(0, I).

    Gaussian:  x = μ_θ(z) + s ε, ε ~ N(0, I);      binary:  x_i ~ Ber(σ(l_i)), l = l_θ(z),

with a perceptron μ_θ or l_θ. The law of x is a mixture over z, exactly normalised for any weights
on z that sum to 1; a sum over an even grid of z (the trapezoid rule, whose error falls
exponentially where the decoder is smooth) is refined until neighbours of the grid decode to the
same place. So the exact calculator applies to the law of a VAE, or of an auto-encoder's decoder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from divkit.critics.mlp import MLPModel
from divkit.distributions.base import Law, positive
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.images import all_images
from divkit.generators.generator import FromNoise, Generator, evenly, one_member, standard_normal
from divkit.generators.latent import LatentMixture, finer_codes, finest_grid
from divkit.types import Tensor

_MOST_PIXELS = 12
_CODES = 2**12
_CHANGE = 5e-3


class Decoder(Generator, Protocol):
    """A generator whose likelihood p(x|z) is known."""

    @property
    def code(self) -> int:
        """Coordinates of z."""
        ...

    def mean(self, theta: Tensor, z: Tensor) -> Tensor:
        """E[x|z], (..., n, d), for z (..., n, k)."""
        ...

    def log_likelihood(self, theta: Tensor, z: Tensor, x: Tensor) -> Tensor:
        """log p(x|z), row by row: z (..., n, k) and x (n, d) give (..., n)."""
        ...

    def law(self, theta: Tensor) -> Law:
        """The law of x for θ (P,)."""
        ...


def network(code: int, hidden: tuple[int, ...], outputs: int) -> MLPModel:
    """A perceptron of z, its inputs taken as they are.

    Raises
    ------
    ValueError
        If a width is not a positive int.
    """
    for width in (code, *hidden, outputs):
        if int(width) != width or width < 1:
            raise ValueError(f"code, hidden and dim must be positive ints; got {width!r}.")
    return MLPModel((code, *hidden, outputs))


@dataclass(frozen=True)
class GaussianDecoder(FromNoise):
    """x = μ_θ(z) + s ε; θ is (weights, log s).

    Parameters
    ----------
    dim, code : coordinates of x and of z.
    hidden : widths of the tanh layers.
    noise : s at the start; a large one hides the data's shape, and likelihood training may stay
        with the one wide Gaussian that it then sees.

    Raises
    ------
    ValueError
        If noise is not positive, or (at use) a width is no positive int.

    Examples
    --------
    >>> import numpy as np
    >>> GaussianDecoder(hidden=(4,)).start(np.random.default_rng(0)).shape
    torch.Size([19])
    """

    dim: int = 2
    code: int = 1
    hidden: tuple[int, ...] = (32, 32)
    noise: float = 1.0

    def __post_init__(self) -> None:
        positive("noise", self.noise)

    @cached_property
    def network(self) -> MLPModel:
        """μ_θ."""
        return network(self.code, self.hidden, self.dim)

    @property
    def latent(self) -> Law:
        """(z, ε), standard normal."""
        return standard_normal(self.code + self.dim)

    @property
    def size(self) -> int:
        """Weights, biases and log s."""
        return self.network.size + 1

    def start(self, rng: np.random.Generator) -> Tensor:
        """The network's start, and s = noise."""
        log_s = torch.tensor([math.log(self.noise)], dtype=torch.float64)
        return torch.cat([self.network.start(rng), log_s])

    def mean(self, theta: Tensor, z: Tensor) -> Tensor:
        """μ_θ(z)."""
        return self.network.outputs(theta[..., :-1], z)

    def scale(self, theta: Tensor) -> Tensor:
        """s, (...)."""
        return theta[..., -1].exp()

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """μ_θ(z) + s ε, and weights 1/n."""
        noise = self.scale(theta)[..., None, None] * z[..., self.code :]
        x = self.mean(theta, z[..., : self.code]) + noise
        return x, evenly(x)

    def log_likelihood(self, theta: Tensor, z: Tensor, x: Tensor) -> Tensor:
        """−|x − μ|²/(2s²) − d log s − ½ d log 2π."""
        square = ((x - self.mean(theta, z)) ** 2).sum(-1)
        log_s = theta[..., -1:]
        return (
            -0.5 * square * (-2 * log_s).exp()
            - self.dim * log_s
            - 0.5 * self.dim * math.log(2 * math.pi)
        )

    def law(self, theta: Tensor) -> LatentMixture:
        """The mixture over a grid of z so fine that neighbours decode to within s/2.

        Raises
        ------
        ValueError
            If θ is not one member's finite parameters, or no grid of a million points is so fine.
        """
        flat = one_member(theta, self.size)
        s = float(self.scale(flat))
        z, weight = finest_grid(self.code, lambda z: self.mean(flat, z), 0.5 * s)
        return LatentMixture(self.mean(flat, z), weight, s)


@dataclass(frozen=True)
class BinaryDecoder(FromNoise):
    """Pixels x_i ~ Ber(σ(l_i)) given z; θ is the weights of l_θ.

    Parameters
    ----------
    dim, code : pixels (at most 12, since images are enumerated) and coordinates of z.
    hidden : widths of the tanh layers.
    grid : points along each axis of z, over (−8, 8), of the first sum over codes.

    Examples
    --------
    >>> import numpy as np
    >>> BinaryDecoder(dim=4, hidden=(3,)).start(np.random.default_rng(0)).shape
    torch.Size([25])
    """

    dim: int = 9
    code: int = 2
    hidden: tuple[int, ...] = (32,)
    grid: int = 48

    def __post_init__(self) -> None:
        if self.dim > _MOST_PIXELS:
            raise ValueError(f"dim must be at most {_MOST_PIXELS} pixels; got {self.dim!r}.")

    @cached_property
    def network(self) -> MLPModel:
        """l_θ."""
        return network(self.code, self.hidden, self.dim)

    @cached_property
    def images(self) -> Tensor:
        """All images, (2^d, d)."""
        return torch.from_numpy(all_images(self.dim))

    @property
    def latent(self) -> Law:
        """z, standard normal."""
        return standard_normal(self.code)

    @property
    def size(self) -> int:
        """Weights and biases."""
        return self.network.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """The network's start."""
        return self.network.start(rng)

    def logits(self, theta: Tensor, z: Tensor) -> Tensor:
        """l_θ(z), (..., n, d)."""
        return self.network.outputs(theta, z)

    def mean(self, theta: Tensor, z: Tensor) -> Tensor:
        """σ(l_θ(z))."""
        return torch.sigmoid(self.logits(theta, z))

    def log_likelihood(self, theta: Tensor, z: Tensor, x: Tensor) -> Tensor:
        """Σ_i x_i log σ(l_i) + (1 − x_i) log σ(−l_i)."""
        l = self.logits(theta, z)
        return (logsigmoid(-l) + x * l).sum(-1)

    def log_pmf(self, theta: Tensor, z: Tensor, weight: Tensor) -> Tensor:
        """log Σ_j w_j p(x|z_j) for every image, (..., 2^d); differentiable in θ."""
        l = self.logits(theta, z)  # (..., n, d)
        given = self.images.to(l) @ l.mT + logsigmoid(-l).sum(-1)[..., None, :]  # (..., 2^d, n)
        return torch.logsumexp(given + weight.log(), dim=-1)

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """All images, and the probabilities that these z give them: no draw of pixels is made."""
        n = z.shape[-2]
        log_pmf = self.log_pmf(theta, z, z.new_full((n,), 1 / n))
        return self.images.to(log_pmf).expand(*log_pmf.shape, self.dim), log_pmf.exp()

    def law(self, theta: Tensor) -> FiniteLaw:
        """All images with their probabilities, summed over ever more codes.

        The error of each log probability is what it changed by in the last refinement, which ends
        once all probabilities together change by less than 0.005.
        """
        flat = one_member(theta, self.size)
        before: Tensor | None = None
        for z, weight in finer_codes(self.code, self.grid):
            parts = zip(z.split(_CODES), weight.split(_CODES), strict=True)
            sums = [self.log_pmf(flat, *part) for part in parts]
            logs = torch.stack(sums).logsumexp(0).double()
            change = logs.new_zeros(()) if before is None else (logs - before).abs()
            if before is not None and float((logs.exp() - before.exp()).abs().sum()) < _CHANGE:
                break
            before = logs
        radii = change + 1e-13 * (1 + logs.abs())  # sums over pixels and codes
        return FiniteLaw.from_logs(self.images.tolist(), logs.tolist(), radii=radii.tolist())
