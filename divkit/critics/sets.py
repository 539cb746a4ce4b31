r"""Critics of several points at once, built from one perceptron g.

A pack of k points: f(x_1, …, x_k) = Σ_i g(x_i), since the log ratio of p^k and q^k is a sum (Lin
et al. 2018, PacGAN). A pair for a relativistic game: f(x, y) = g(x) − g(y), since the log ratio of
P×Q and Q×P is l(x) − l(y). Both are Σ_i s_i g(x_i) with signs s.
"""

from __future__ import annotations

from dataclasses import dataclass

from divkit.critics.mlp import MLP, MLPModel
from divkit.critics.model import Pull, WithInner
from divkit.critics.points import Members, WeightedPoints
from divkit.types import Tensor


@dataclass(frozen=True)
class DeepSet:
    """A critic of packs of `pack` points that does not care for their order.

    Raises
    ------
    ValueError
        If pack is not a positive int, or (at training) the dimension is not its multiple.

    Examples
    --------
    >>> DeepSet(2, hidden=(4,))
    DeepSet(pack=2, hidden=(4,))
    """

    pack: int
    hidden: tuple[int, ...] = (16, 16)

    def __post_init__(self) -> None:
        if int(self.pack) != self.pack or self.pack < 1:
            raise ValueError(f"pack must be a positive int; got {self.pack!r}.")

    def bind(self, points: WeightedPoints) -> SignedSumModel:
        """Scale the inputs of g by the pooled coordinates."""
        return _bound((1.0,) * self.pack, MLP(self.hidden), points)


@dataclass(frozen=True)
class Difference:
    """g(x) − g(y) on pairs (x, y): antisymmetric, the class that a relativistic GAN trains.

    >>> Difference(hidden=(4,))
    Difference(hidden=(4,))
    """

    hidden: tuple[int, ...] = (16, 16)

    def bind(self, points: WeightedPoints) -> SignedSumModel:
        """Scale the inputs of g by the pooled coordinates."""
        return _bound((1.0, -1.0), MLP(self.hidden), points)


def _bound(signs: tuple[float, ...], inner: MLP, points: WeightedPoints) -> SignedSumModel:
    k = len(signs)
    if points.dim % k:
        raise ValueError(f"packs of {k} points need d to be a multiple of {k}; got {points.dim}.")
    a, b = (w.repeat_interleave(k, dim=-1) for w in (points.p_weight, points.q_weight))
    pooled = WeightedPoints(_each(points.x, k), a, b)
    return SignedSumModel(signs, inner.bind(pooled))


def _each(x: Tensor, k: int) -> Tensor:
    return x.reshape(*x.shape[:-2], -1, x.shape[-1] // k)  # (..., n·k, d)


def _packs(f: Tensor, k: int) -> Tensor:
    return f.reshape(*f.shape[:-1], -1, k)


@dataclass(frozen=True, eq=False)
class SignedSumModel(WithInner):
    """Σ_i s_i g(x_i) over the points of a pack."""

    signs: tuple[float, ...]
    inner: MLPModel

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """The signed sum of g over each pack, (..., n)."""
        k = len(self.signs)
        f = self.inner.logits(theta, _each(x, k))
        return _packs(f, k) @ f.new_tensor(self.signs)

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and Jacobian, summed over each pack."""
        k = len(self.signs)
        f, jacobian = self.inner.linearise(theta, _each(x, k))
        signs = f.new_tensor(self.signs)
        rows = jacobian.unflatten(-2, (-1, k)) * signs[:, None]
        return _packs(f, k) @ signs, rows.sum(-2)

    def pullback(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """Logits, and u ↦ Jᵀu with each point's sign."""
        k = len(self.signs)
        f, back = self.inner.pullback(theta, _each(x, k))
        signs = f.new_tensor(self.signs)
        return _packs(f, k) @ signs, lambda u: back((u[..., None] * signs).flatten(-2))

    def member(self, at: Members) -> SignedSumModel:
        """The model of one problem, or of some."""
        return SignedSumModel(self.signs, self.inner.member(at))
