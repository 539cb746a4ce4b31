r"""A mixture of normal laws with trainable weights, centres and scales.

x = c_k + s_k z with probability w_k. Drawing k would leave no gradient in w; instead every
component has points of its own, each of weight w_k/n_k, so that E_G f ≈ Σ_k (w_k/n_k) Σ_i f(x_ki)
is unbiased, stratified over the components, and differentiable in everything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Law, finite, positive
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.generators.generator import draws, one_member, standard_normal
from divkit.generators.noise import Line
from divkit.rng import RandomState
from divkit.types import FloatArray, Tensor


@dataclass(frozen=True)
class MixtureGenerator:
    """Σ_k w_k N(c_k, diag s_k²); θ is (logits of w, c, log s), K + Kd + Kd numbers.

    Centres and scales in θ are in units of `spread` around `centre`, so that one step size of an
    optimiser suits targets of any size.

    Parameters
    ----------
    components : K.
    dim : number of coordinates of x.
    centre, spread : fixed; where the data lie, and how far they reach.
    width : scale of every component at the start, in units of spread.

    Raises
    ------
    ValueError
        If components or dim is not a positive int, centre is not finite, spread or width is not
        positive, or a batch has fewer points than components.

    Examples
    --------
    >>> import numpy as np
    >>> MixtureGenerator(3).start(np.random.default_rng(0)).shape
    torch.Size([9])
    """

    components: int
    dim: int = 1
    centre: float = 0.0
    spread: float = 1.0
    width: float = 1.0

    def __post_init__(self) -> None:
        finite("centre", self.centre)
        positive("spread", self.spread)
        positive("width", self.width)
        for name in ("components", "dim"):
            value = getattr(self, name)
            if int(value) != value or value < 1:
                raise ValueError(f"{name} must be a positive int; got {value!r}.")

    @property
    def latent(self) -> Law:
        """N(0, I), the noise of each component."""
        return standard_normal(self.dim)

    @property
    def size(self) -> int:
        """K (1 + 2d)."""
        return self.components * (1 + 2 * self.dim)

    def start(self, rng: np.random.Generator) -> Tensor:
        """Equal weights, centres N(centre, spread²), scales width · spread."""
        count = self.components * self.dim
        scales = np.full(count, math.log(self.width))
        parts = [np.zeros(self.components), rng.normal(size=count), scales]
        return torch.from_numpy(np.concatenate(parts))

    def parts(self, theta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Weights (..., K), centres and scales (..., K, d)."""
        k, shape = self.components, (self.components, self.dim)
        logits, centre, log_scale = theta.split([k, k * self.dim, k * self.dim], dim=-1)
        centre, log_scale = centre.unflatten(-1, shape), log_scale.unflatten(-1, shape)
        scale = log_scale.exp()
        if self.spread == 1 and not self.centre:
            return logits.softmax(-1), centre, scale
        return logits.softmax(-1), self.centre + self.spread * centre, self.spread * scale

    def draw(self, n: int, rng: RandomState) -> Tensor:
        """Draws of z (n, d); point i belongs to component i mod K."""
        if n < self.components:
            raise ValueError(f"n must be at least 1 a component, {self.components}; got {n}.")
        return draws(self.latent, n, rng)

    def nodes(self, line: Line) -> tuple[Tensor, Tensor]:
        """Every node of the noise for each component."""
        z, mass = line(self.latent)
        return z.repeat_interleave(self.components, 0), mass.repeat_interleave(self.components)

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Points of every component in turn, with their component's share of weight."""
        weight, centre, scale = self.parts(theta)
        owner = torch.arange(z.shape[-2], device=z.device) % self.components
        share = weight / owner.bincount(minlength=self.components)
        x = centre[..., owner, :] + scale[..., owner, :] * z
        return x, share[..., owner].expand(x.shape[:-1])

    def log_density(self, theta: Tensor, x: Tensor) -> Tensor:
        """log Σ_k w_k N(x; c_k, s_k²) at points (n, d), for θ (P,), differentiable in both."""
        logits, _ = theta.split([self.components, self.size - self.components])
        _, centre, scale = self.parts(theta)
        z = (x[:, None, :] - centre) / scale  # (n, K, d)
        level = scale.log().sum(-1) + 0.5 * self.dim * math.log(2 * math.pi)
        logs: Tensor = logits.log_softmax(-1) - 0.5 * (z * z).sum(-1) - level  # (n, K)
        return logs.logsumexp(-1)

    def law(self, theta: Tensor) -> Law:
        """The mixture of the normal laws."""
        weight, centre, scale = (t.numpy() for t in self.parts(one_member(theta, self.size)))
        return mixture(
            weight.tolist(), [_normal(c, s) for c, s in zip(centre, scale, strict=True)]
        )


def _normal(centre: FloatArray, scale: FloatArray) -> Law:
    if len(centre) == 1:
        return Normal(float(centre[0]), float(scale[0]))
    covariance = tuple(map(tuple, np.diag(scale**2).tolist()))
    return MultivariateNormal(tuple(centre.tolist()), covariance)
