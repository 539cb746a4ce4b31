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
from typing import Any, Protocol, runtime_checkable

import torch

from divkit.critics.population import line_points
from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law, Law1D
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences import KL
from divkit.divergences.base import Divergence
from divkit.generators.generator import Generator
from divkit.results import Result
from divkit.training.measures.records import Gradient, Record
from divkit.training.run import run
from divkit.training.systems.exact_steps import (
    ExactStep,
    checked_start,
    exact_record,
    law_of,
    truths,
)
from divkit.training.trainable import Trainable
from divkit.types import Tensor

_ORDER = 24
_TRIALS = 25  # of a line search; torch takes the evaluations that are left, 0 of its default


@runtime_checkable
class Explicit(Generator, Protocol):
    """A generator whose log density is differentiable in θ."""

    def log_density(self, theta: Tensor, x: Tensor) -> Tensor:
        """log p_θ at points (n, d), as (n,)."""
        ...


@dataclass(frozen=True)
class LikelihoodDescent:
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

    Examples
    --------
    >>> import torch
    >>> from divkit import Normal
    >>> from divkit.gan import AffineGenerator
    >>> start = torch.tensor([1.0, 1.0], dtype=torch.float64)
    >>> *_, last = LikelihoodDescent()(Normal(0, 1), AffineGenerator(), start)
    >>> last.record.js.value < 1e-12
    True
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
        self, p: Any, generator: Explicit, theta: Tensor, *, on: Tensor | None = None
    ) -> Iterator[ExactStep]:
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
        return run(LikelihoodTraining(self, as_law(p), generator, theta, on), every=1)


@dataclass(frozen=True, eq=False)
class LikelihoodState:
    """θ (P,), the slope of the objective there, and the search, which moves on."""

    step: int
    theta: Tensor
    slope: Tensor
    search: Search


@dataclass(frozen=True, eq=False)
class LikelihoodTraining(Trainable[LikelihoodState, Record]):
    """A generator fitted to p, or to a sample `on` (m, d), from a start θ (P,)."""

    likelihood: LikelihoodDescent
    p: Law
    generator: Explicit
    start: Tensor
    on: Tensor | None = None

    @property
    def steps(self) -> int:
        """At most."""
        return self.likelihood.steps

    def begin(self) -> LikelihoodState:
        """The start, and a search with no memory."""
        on = self.on
        points = population(self.p) if on is None else _sample(on, self.generator.dim)
        start = checked_start(self.start, self.generator.size).requires_grad_()
        return Search(self.generator, *points, start).state(0)

    def step(self, state: LikelihoodState) -> LikelihoodState | None:
        """The state after one step, or None where none lowers the objective."""
        if float(state.slope.abs().max()) <= self.likelihood.tolerance:
            return None
        state.search.move()
        if bool((state.search.at.detach() == state.theta).all()):
            return None
        return state.search.state(state.step + 1)

    def measure(self, state: LikelihoodState) -> tuple[Record]:
        """E_p[−log p_θ], its slope, and exact divergences."""
        theta, weight = state.theta, state.search.weight
        with torch.no_grad():
            logs = self.generator.log_density(theta, state.search.x)
        objective = _objective(-logs, weight, sampled=self.on is not None)
        rounding = 64 * sys.float_info.epsilon * float((weight * logs.abs()).sum())
        kinds = (KL, *self.likelihood.kinds)
        found = truths(self.p, law_of(self.generator, theta), kinds)
        return (exact_record(state.step, found, objective, Gradient(state.slope, rounding)),)

    def law(self, state: LikelihoodState, member: int = 0) -> Law | None:
        """The generator's."""
        return self.generator.law(state.theta)


class Search:
    """L-BFGS with a strong Wolfe search on −Σ w log p_θ(x), at a θ that it moves in place."""

    def __init__(self, generator: Explicit, x: Tensor, weight: Tensor, at: Tensor) -> None:
        self.generator, self.x, self.weight, self.at = generator, x, weight, at
        self._method = torch.optim.LBFGS(
            [at], max_iter=1, max_eval=1 + _TRIALS, history_size=20,
            tolerance_grad=0.0, tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )  # fmt: skip

    def move(self) -> None:
        """One step, or none where no step lowers the loss."""
        self._method.step(self._loss)

    def state(self, k: int) -> LikelihoodState:
        """Where it is, with the slope there."""
        self._loss()
        slope = torch.zeros_like(self.at) if self.at.grad is None else self.at.grad.clone()
        return LikelihoodState(k, self.at.detach().clone(), slope, self)

    def _loss(self) -> Tensor:
        self._method.zero_grad()
        value = -(self.weight * self.generator.log_density(self.at, self.x)).sum()
        value.backward()
        return value


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
