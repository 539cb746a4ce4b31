r"""Maximum likelihood on the targets and generators of the game, with the same record beside it.

    E_p[−log p_θ] = H(p) + KL(p‖p_θ),

so that it descends on KL(p‖p_θ) as the GAN does on JSD. The expectation is a weighted set of
points: the population (quadrature nodes of p on the line, atoms of a finite p), or a sample.
L-BFGS with a strong Wolfe search moves θ, so that the objective falls at every step; where no step
lowers it any more, to rounding, the training has ended.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch

from divkit.critics.population import line_points
from divkit.distributions.base import Law, Law1D
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences.base import Divergence
from divkit.divergences.table import KL
from divkit.gan.generators.generator import Generator
from divkit.gan.law_steps import LawStep, start_of, truths
from divkit.results import Result
from divkit.types import Tensor

_ORDER = 24


@runtime_checkable
class Explicit(Generator, Protocol):
    """A generator whose log density is differentiable in θ."""

    def log_density(self, theta: Tensor, x: Tensor) -> Tensor:
        """log p_θ at points (n, d), as (n,)."""
        ...


@dataclass(frozen=True)
class MaximumLikelihood:
    """L-BFGS on E[−log p_θ]; called, it yields a step at a time.

    Parameters
    ----------
    steps : at most; it ends before where no step lowers the objective in float64.
    tolerance : of the gradient's largest entry, at which it ends too.
    kinds : further divergences to report beside JSD and KL.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """

    steps: int = 100
    tolerance: float = 1e-12
    kinds: tuple[Divergence, ...] = ()

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1; got {self.steps!r}.")
        if not 0 <= self.tolerance < math.inf:
            raise ValueError(f"tolerance must be in [0, inf); got {self.tolerance!r}.")

    def __call__(
        self, p: Law, generator: Explicit, theta: Tensor, *, on: Tensor | None = None
    ) -> Iterator[LawStep]:
        """Yield the state at the start and after each step.

        Parameters
        ----------
        p : the law of the data, which the record compares with.
        generator : with a differentiable log density.
        theta : the start (P,).
        on : a sample (m, d) to fit; the population of p where None.

        Raises
        ------
        TypeError
            If the generator has no differentiable log density.
        ValueError
            If the population has neither atoms nor nodes on the line, or shapes do not fit.
        ArithmeticError
            If the objective is not finite.
        """
        if not isinstance(generator, Explicit):
            raise TypeError(f"{generator!r} has no log_density(theta, x) to follow in θ.")
        x, weight = population(p) if on is None else _sample(on, generator.dim)
        at = start_of(theta, generator.size).requires_grad_()
        method = torch.optim.LBFGS(
            [at], max_iter=1, history_size=20, tolerance_grad=0.0, tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )  # fmt: skip

        def loss() -> Tensor:
            method.zero_grad()
            value = -(weight * generator.log_density(at, x)).sum()
            value.backward()
            return value

        for k in range(self.steps + 1):
            loss()
            step = self._state(k, p, generator, at, x, weight, sampled=on is not None)
            yield step
            if float(step.slope.abs().max()) <= self.tolerance:
                return
            method.step(loss)
            if bool((at.detach() == step.theta).all()):
                return

    def _state(
        self,
        k: int,
        p: Law,
        generator: Explicit,
        at: Tensor,
        x: Tensor,
        weight: Tensor,
        *,
        sampled: bool,
    ) -> LawStep:
        theta = at.detach().clone()
        with torch.no_grad():
            logs = generator.log_density(theta, x)
        objective = _objective(-logs, weight, sampled=sampled)
        law = generator.law(theta)
        if law is None or at.grad is None:
            raise ValueError(f"the law of {generator!r} is not known.")
        rounding = 64 * sys.float_info.epsilon * float((weight * logs.abs()).sum())
        found = truths(p, law, (KL, *self.kinds))
        return LawStep(k, theta, objective, at.grad.clone(), rounding, found)


def population(p: Law) -> tuple[Tensor, Tensor]:
    """Points (n, d) and weights (n,) that carry E_p: atoms, or quadrature nodes on the line.

    Raises
    ------
    ValueError
        If p is neither finite nor a law on the line.
    """
    if isinstance(p, FiniteLaw):
        return torch.tensor(p.atoms, dtype=torch.float64), p.log_probs.exp()
    if not isinstance(p, Law1D):
        raise ValueError(
            f"the population of {p!r} has no exact nodes; pass on= a sample, as p.sample(n, rng)."
        )
    nodes = line_points(p, p, _ORDER)
    return nodes.x, nodes.p_weight


def _sample(on: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    x = on.detach().to("cpu", torch.float64)
    if x.ndim != 2 or x.shape[1] != dim or not len(x):
        raise ValueError(f"on must be a sample (m, {dim}), m ≥ 1; got shape {tuple(x.shape)}.")
    return x, x.new_full((len(x),), 1 / len(x))


def _objective(losses: Tensor, weight: Tensor, *, sampled: bool) -> Result:
    value = float((weight * losses).sum())
    if not math.isfinite(value):
        raise ArithmeticError(f"E[−log p_θ] = {value}: a point lies where p_θ has no mass.")
    if sampled:
        error = float(losses.std(correction=0)) / math.sqrt(len(losses))
        return Result.normal(value, error, "mean of a sample", level=0.95, name="nll")
    error = 64 * sys.float_info.epsilon * float((weight * losses.abs()).sum())
    return Result.exact(value, error, "quadrature", "nodes of the population", name="nll")
