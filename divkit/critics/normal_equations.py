r"""The linear systems (JᵀWJ + λI)δ = r of a Gauss–Newton step, three ways.

- `Primal`: the P × P matrix JᵀWJ, summed over blocks of points, and a Cholesky factor a λ.
- `Dual`: with fewer points than parameters, by Woodbury's identity the n × n matrix of
  A = W^½J instead: δ = (r − Aᵀ(AAᵀ + λI)⁻¹Ar)/λ.
- `MatrixFree`: conjugate gradients on products v ↦ Jᵀ(W(Jv)); nothing of size n × P or P × P
  exists. Jᵀu is the model's pullback, and since that is linear in u, its own derivative in u is
  v ↦ Jv: one more sweep, without a forward pass. The residual is orthogonal to δ, so that
  the rise that the model promises, gᵀδ − ½δᵀJᵀWJδ, is ½(gᵀδ + λ|δ|²) in all three.

`choose` takes the first of Dual, Primal that fits into the memory allowed, else MatrixFree.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch

from divkit.critics.model import Model, Pull
from divkit.critics.payoff import slope_and_curvature
from divkit.critics.points import WeightedPoints
from divkit.games import Game
from divkit.types import Tensor

Solver: TypeAlias = Callable[[Tensor], Tensor]
"""Right sides (E, P) to solutions (E, P)."""

_BYTES = 8
_PIECES = 4


@dataclass(frozen=True, eq=False)
class NormalEquations:
    """JᵀWJ at one θ for each member, to be solved for any λ.

    `logits` are f at the points (E, n), `gradient` is Jᵀg (E, P), `curvature` W (E, n).
    """

    logits: Tensor
    gradient: Tensor
    curvature: Tensor

    def factor(self, damping: Tensor) -> Solver:
        """The inverse of JᵀWJ + λI, λ (E,)."""
        raise NotImplementedError


Maker: TypeAlias = Callable[[Model, WeightedPoints, Game, Tensor], NormalEquations]


@dataclass(frozen=True)
class Formulation:
    """A way to set up the equations, and its name in words."""

    make: Maker
    label: str


def choose(members: int, points: int, parameters: int, memory: int) -> Formulation:
    """The system for E members, n points and P parameters within `memory` bytes."""
    n, size = points, parameters
    shape = f"{members} members, " if members > 1 else ""
    if n < size and _BYTES * members * n * (2 * size + 2 * n) <= memory:
        return Formulation(dual, f"{shape}dual system {n} × {n}")
    if _BYTES * members * 3 * size * size <= memory:
        block = max(256, memory // (_BYTES * members * 2 * size))
        return Formulation(primal(block), f"{shape}normal equations {size} × {size}")
    block = max(256, memory // (_BYTES * members * 64))
    return Formulation(matrix_free(block), f"{shape}conjugate gradients in {size} parameters")


@dataclass(frozen=True, eq=False)
class Primal(NormalEquations):
    """JᵀWJ as a matrix (E, P, P)."""

    matrix: Tensor

    def factor(self, damping: Tensor) -> Solver:
        """By Cholesky; where λ is lost in rounding the step comes out NaN and is refused."""
        lower = _cholesky(self.matrix, damping)
        return lambda right: torch.cholesky_solve(right[..., None], lower)[..., 0]


def primal(block: int) -> Maker:
    """Sum the normal equations over at most `block` points at a time."""

    def make(model: Model, points: WeightedPoints, game: Game, theta: Tensor) -> Primal:
        logits, curvatures = [], []
        gradient = torch.zeros_like(theta)
        matrix = theta.new_zeros(*theta.shape, theta.shape[-1])
        for part in points.blocks(block):
            f, jacobian = model.linearise(theta, part.x)
            slope, curvature = slope_and_curvature(game, f, part.p_weight, part.q_weight)
            gradient = gradient + (jacobian.mT @ slope[..., None])[..., 0]
            matrix += gram(jacobian * curvature.sqrt()[..., None])
            logits.append(f)
            curvatures.append(curvature)
        return Primal(torch.cat(logits, -1), gradient, torch.cat(curvatures, -1), matrix)

    return make


def gram(rows: Tensor) -> Tensor:
    """RowsᵀRows (…, P, P) by blocks of columns on and above the diagonal."""
    size = rows.shape[-1]
    if size < 64:
        return rows.mT @ rows
    out = rows.new_empty(*rows.shape[:-2], size, size)
    cuts = [round(size * k / _PIECES) for k in range(_PIECES + 1)]
    for low, high in itertools.pairwise(cuts):
        strip = rows[..., low:high].mT @ rows[..., low:]
        out[..., low:high, low:] = strip
        out[..., low:, low:high] = strip.mT
    return out


def _cholesky(matrix: Tensor, damping: Tensor) -> Tensor:
    shifted = matrix.clone()
    shifted.diagonal(dim1=-2, dim2=-1).add_(damping[:, None])
    lower, info = torch.linalg.cholesky_ex(shifted)
    return torch.where((info > 0)[:, None, None], torch.nan, lower)


@dataclass(frozen=True, eq=False)
class Dual(NormalEquations):
    """A = W^½J (E, n, P), and AAᵀ."""

    rows: Tensor
    matrix: Tensor

    def factor(self, damping: Tensor) -> Solver:
        """By Woodbury's identity."""
        lower = _cholesky(self.matrix, damping)

        def solve(right: Tensor) -> Tensor:
            inner = torch.cholesky_solve(self.rows @ right[..., None], lower)
            return (right - (self.rows.mT @ inner)[..., 0]) / damping[:, None]

        return solve


def dual(model: Model, points: WeightedPoints, game: Game, theta: Tensor) -> Dual:
    """Keep the rows, form their products."""
    f, jacobian = model.linearise(theta, points.x)
    slope, curvature = slope_and_curvature(game, f, points.p_weight, points.q_weight)
    gradient = (jacobian.mT @ slope[..., None])[..., 0]
    rows = jacobian * curvature.sqrt()[..., None]
    return Dual(f, gradient, curvature, rows, rows @ rows.mT)


@dataclass(frozen=True, eq=False)
class MatrixFree(NormalEquations):
    """Products with JᵀWJ; conjugate gradients to a relative residual."""

    product: Solver
    residual: float = 1e-3
    most: int = 250

    def factor(self, damping: Tensor) -> Solver:
        """By conjugate gradients on each member at once."""

        def shifted(v: Tensor) -> Tensor:
            return self.product(v) + damping[:, None] * v

        return lambda right: conjugate_gradients(shifted, right, self.residual, self.most)


def matrix_free(block: int) -> Maker:
    """Products over at most `block` points at a time."""

    def make(model: Model, points: WeightedPoints, game: Game, theta: Tensor) -> MatrixFree:
        logits, curvatures, products = [], [], []
        gradient = torch.zeros_like(theta)
        for part in points.blocks(block):
            f, back = model.pullback(theta, part.x)
            slope, curvature = slope_and_curvature(game, f, part.p_weight, part.q_weight)
            gradient = gradient + back(slope)
            logits.append(f)
            curvatures.append(curvature)
            products.append(_product(back, curvature))
        return MatrixFree(
            torch.cat(logits, -1),
            gradient,
            torch.cat(curvatures, -1),
            lambda v: torch.stack([product(v) for product in products]).sum(0),
        )

    return make


def _product(back: Pull, curvature: Tensor) -> Solver:
    forward = push(back, curvature)
    return lambda v: back(curvature * forward(v))


def push(back: Pull, like: Tensor) -> Solver:
    """v ↦ Jv (..., n) of the map u ↦ Jᵀu, u of the shape of `like`."""
    u = torch.zeros_like(like, requires_grad=True)
    with torch.enable_grad():
        pulled = back(u)
    return lambda v: torch.autograd.grad(pulled, u, v, retain_graph=True)[0]


def conjugate_gradients(product: Solver, right: Tensor, residual: float, most: int) -> Tensor:
    """Solve A x = right (E, P) for positive definite A until |r| ≤ residual·|right| in each row.

    Hestenes and Stiefel 1952. A row that is done keeps its solution.
    """
    x, r = torch.zeros_like(right), right
    direction, square = r, (r * r).sum(-1)
    goal = residual**2 * square
    for _ in range(most):
        live = square > goal
        if not bool(live.any()):
            break
        image = product(direction)
        length = torch.where(live, square / (direction * image).sum(-1), 0.0)[:, None]
        x, r = x + length * direction, r - length * image
        fresh = (r * r).sum(-1)
        ratio = torch.where(live, fresh / square, 0.0)[:, None]
        direction, square = r + ratio * direction, torch.where(live, fresh, square)
    return x
