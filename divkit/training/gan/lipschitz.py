r"""Critics of a WGAN in training, and what their values mean.

The theorem asks for the largest E_p T − E_q T over T of slope at most 1. Two ways to hold T back
change the answer:

- a gradient penalty λ E(|∇T(x̂)| − 1)² lets T be steeper than 1: between two points at distance
  d it settles at slope 1 + d/(2λ), so that E_p T − E_q T reads d + d²/(2λ) in place of d
  (pointwise, max over s of ds − λ(s − 1)²);
- clipped weights bound the slope by some K that depends on the network, and the value by K·W1.
  K is not known: E_p T − E_q T ranks generators, but is no distance. Dividing by a bound on T's
  slope, the product of the layers' spectral norms, leaves a lower bound on W1.

T is a perceptron with one layer of ReLU or tanh units; both maximisers yield every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from scipy.optimize import minimize

from divkit.critics.population import legendre
from divkit.distributions.base import positive
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Tensor

_ROUND = {"maxiter": 20, "ftol": 0.0, "gtol": 1e-12}


@dataclass(frozen=True, eq=False)
class LipschitzCritic:
    """T(x) = v·φ(Wx + b), and what is needed to judge it.

    Attributes
    ----------
    weight, bias, out : W (n, d), b (n,), v (n,).
    smooth : φ is tanh; else ReLU.
    """

    weight: Tensor
    bias: Tensor
    out: Tensor
    smooth: bool = False

    def __call__(self, x: Tensor) -> Tensor:
        """T at points (n, d), as (n,)."""
        z = x @ self.weight.mT + self.bias
        return (torch.tanh(z) if self.smooth else torch.relu(z)) @ self.out

    def gap(self, x: Tensor, y: Tensor) -> Tensor:
        """E_p T − E_q T over samples of p and q, a scalar."""
        return self(x).mean() - self(y).mean()

    def slopes(self, x: Tensor) -> Tensor:
        """|∇T| at points (n, d), as (n,), for smooth critics: in closed form."""
        h = torch.tanh(x @ self.weight.mT + self.bias)
        gradient = ((1 - h * h) * self.out) @ self.weight  # (n, d)
        length: Tensor = torch.linalg.vector_norm(gradient, dim=-1)
        return length

    @property
    def slope_bound(self) -> float:
        """‖W‖·‖v‖, which no slope of T exceeds."""
        return float(torch.linalg.matrix_norm(self.weight, 2) * self.out.norm())

    def moved(self, parts: Iterable[Tensor]) -> LipschitzCritic:
        """The critic with other W, b and v."""
        weight, bias, out = parts
        return LipschitzCritic(weight, bias, out, self.smooth)

    @property
    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """W, b and v."""
        return self.weight, self.bias, self.out


@dataclass(frozen=True)
class ScaledDistance:
    """The value of a clipped critic: K·W1 for a K that nobody knows.

    Attributes
    ----------
    value : E_p T − E_q T, not a distance.
    slope_bound : no slope of T exceeds it.
    """

    value: float
    slope_bound: float

    @property
    def lower_bound(self) -> float:
        """value/slope_bound: E_p T − E_q T of a 1-Lipschitz T, hence at most W1 (in sample)."""
        return self.value / self.slope_bound

    def __repr__(self) -> str:
        return (
            f"K·W1 = {self.value:.6g} with K unknown (at most {self.slope_bound:.6g}); "
            f"W1 ≥ {self.lower_bound:.6g}"
        )


@dataclass(frozen=True)
class Clipping:
    """Ascent with every weight brought back into [−limit, limit] after each step.

    Arjovsky, Chintala, Bottou 2017, algorithm 1.

    Parameters
    ----------
    limit : of every weight and bias.
    rate : of plain gradient steps.

    Raises
    ------
    ValueError
        If a number is not positive.

    Examples
    --------
    >>> critic = lipschitz_critic(dim=1, units=4, rng=0)
    >>> x = torch.linspace(-1, 1, 9, dtype=torch.float64)[:, None]
    >>> bool(next(Clipping(limit=0.1).ascend(critic, x, x + 1)).weight.abs().max() <= 0.1)
    True
    """

    limit: float = 0.1
    rate: float = 0.05

    def __post_init__(self) -> None:
        positive("limit", self.limit)
        positive("rate", self.rate)

    def ascend(self, critic: LipschitzCritic, x: Tensor, y: Tensor) -> Iterator[LipschitzCritic]:
        """Yield the critic after each step, without end."""
        while True:
            free = [part.clone().requires_grad_() for part in critic.parts]
            gap = critic.moved(free).gap(x, y)
            parts = zip(critic.parts, torch.autograd.grad(gap, free), strict=True)
            moved = ((p + self.rate * g).clamp(-self.limit, self.limit) for p, g in parts)
            critic = critic.moved(moved)
            yield critic


@dataclass(frozen=True)
class GradientPenalty:
    """L-BFGS ascent of E_p T − E_q T − λ E(|∇T(x̂)| − 1)², x̂ = uy + (1 − u)x for pairs of points.

    Gulrajani and others 2017, equation 3; u runs over Gauss–Legendre nodes of [0, 1], and rows of
    x and y are paired in their order.

    Parameters
    ----------
    weight : λ.
    nodes : of u.

    Raises
    ------
    ValueError
        If weight is not positive.

    Examples
    --------
    >>> critic = lipschitz_critic(dim=1, units=4, smooth=True, rng=0)
    >>> x, penalty = torch.linspace(-1, 1, 9, dtype=torch.float64)[:, None], GradientPenalty()
    >>> better = next(penalty.ascend(critic, x, x + 1))
    >>> bool(penalty.value(better, x, x + 1) > penalty.value(critic, x, x + 1))
    True
    """

    weight: float = 10.0
    nodes: int = 16

    def __post_init__(self) -> None:
        positive("weight", self.weight)

    def value(self, critic: LipschitzCritic, x: Tensor, y: Tensor) -> Tensor:
        """The penalised value, a scalar."""
        u, mass = legendre(self.nodes)
        share = torch.from_numpy(0.5 * (u + 1))[:, None, None]
        between = share * y + (1 - share) * x  # (nodes, n, d)
        excess = (critic.slopes(between) - 1) ** 2
        penalty = torch.from_numpy(0.5 * mass) @ excess.mean(-1)
        return critic.gap(x, y) - self.weight * penalty

    def ascend(self, critic: LipschitzCritic, x: Tensor, y: Tensor) -> Iterator[LipschitzCritic]:
        """Yield the critic after each of L-BFGS's rounds of 20 steps, without end.

        Raises
        ------
        ValueError
            If the critic is not smooth, or the samples are not equally long.
        """
        if not critic.smooth or len(x) != len(y):
            raise ValueError(
                f"a gradient penalty needs a smooth critic and pairs of points; got smooth="
                f"{critic.smooth}, {len(x)} and {len(y)} points."
            )
        shapes = [part.shape for part in critic.parts]

        def at(flat: Tensor) -> LipschitzCritic:
            parts = flat.split([shape.numel() for shape in shapes])
            return critic.moved(p.reshape(s) for p, s in zip(parts, shapes, strict=True))

        def loss(theta: FloatArray) -> tuple[float, FloatArray]:
            free = torch.tensor(theta, requires_grad=True)
            found = -self.value(at(free), x, y)
            (slope,) = torch.autograd.grad(found, free)
            return float(found.detach()), slope.numpy()

        theta = torch.cat([part.reshape(-1) for part in critic.parts]).numpy()
        while True:
            theta = minimize(loss, theta, jac=True, method="L-BFGS-B", options=_ROUND).x
            yield at(torch.from_numpy(theta.copy()))


def lipschitz_critic(
    dim: int = 1, units: int = 8, scale: float = 1.0, rng: RandomState = None, smooth: bool = False
) -> LipschitzCritic:
    """Return a critic with weights uniform in [−scale, scale].

    Raises
    ------
    ValueError
        If a size or the scale is not positive.

    Examples
    --------
    >>> critic = lipschitz_critic(dim=1, units=4, rng=0)
    >>> critic.bias.shape
    torch.Size([4])
    """
    if dim < 1 or units < 1:
        raise ValueError(f"dim and units must be at least 1; got {dim!r} and {units!r}.")
    source, size = as_generator(rng), positive("scale", scale)
    shapes = ((units, dim), (units,), (units,))
    weight, bias, out = (torch.from_numpy(source.uniform(-size, size, s)) for s in shapes)
    return LipschitzCritic(weight, bias, out, smooth)
