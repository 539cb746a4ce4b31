r"""An expectation is a weighted set of points: the population and a sample are one type.

A game's value is V = Σ_i a_i φ(f(x_i)) + b_i ψ(f(x_i)), f a critic's logit. On samples a is 1/n on
the real points and 0 on the others. On the population the same nodes carry both laws,
a_i = w_i p(x_i) and b_i = w_i q(x_i), with quadrature weights w on the line and the plane, and
beyond them w = 1/(N m(x_i)) at points drawn from m = (p+q)/2. Then a_i/b_i is the true ratio at
every node, so that a critic equal to log p − log q there maximises the sum whatever the nodes
are: the population objective of a finite number of nodes has no noise in its labels.

Sets of points of many problems (pairs of laws, sizes of samples) stack into one, (E, n, d), whose
critics train as one batched computation; a set that is shorter is filled with weightless points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch

from divkit.critics.devices import require_device
from divkit.types import Tensor

Members: TypeAlias = int | slice | Tensor
"""Members of an ensemble: one, a range, or indices."""


@dataclass(frozen=True, eq=False)
class WeightedPoints:
    """Points (n, d), or (E, n, d) for E problems, with their weights (…, n) under p and q.

    Attributes
    ----------
    x, p_weight, q_weight : the points, and the weights of E_p and of E_q.
    log_ratio : log p − log q at the points where it is known, ±inf where one law has no mass.
    origin : what the points are, in words.

    Examples
    --------
    >>> import torch
    >>> from divkit.critics import from_samples
    >>> points = from_samples(torch.zeros(4, 1), torch.ones(2, 1))
    >>> points.p_weight.tolist()
    [0.25, 0.25, 0.25, 0.25, 0.0, 0.0]
    """

    x: Tensor
    p_weight: Tensor
    q_weight: Tensor
    log_ratio: Tensor | None = None
    origin: str = ""

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self.x.shape[-1])

    def __len__(self) -> int:
        return int(self.x.shape[-2])

    @property
    def weight(self) -> Tensor:
        """The weight of each point under m = (p + q)/2, times 2."""
        return self.p_weight + self.q_weight

    @property
    def stacked(self) -> bool:
        """True where this holds one set of points for each member of an ensemble."""
        return self.x.ndim == 3

    def to(self, device: str | torch.device) -> WeightedPoints:
        """The same points on another device.

        Raises
        ------
        ValueError
            If there is no such device here.
        """
        require_device(device)
        return self._each(lambda t: t.to(device))

    def astype(self, dtype: torch.dtype) -> WeightedPoints:
        """The same points in another precision."""
        return self._each(lambda t: t.to(dtype))

    def take(self, rows: Tensor | slice) -> WeightedPoints:
        """The points (not the members) that an index, a mask or a slice picks."""
        return self._each(lambda t: t[..., rows], self.x[..., rows, :])

    def drawn(self, at: Tensor) -> WeightedPoints:
        """The points at indices (E, k), a set for each of E members."""
        where = (torch.arange(len(at), device=at.device)[:, None], at) if self.stacked else (at,)
        points = self._each(lambda t: t[where])
        return replace(points, origin=f"{at.shape[-1]} of {self.origin}")

    def heavier_than(self, mass: float) -> WeightedPoints:
        """The points whose weight a + b exceeds `mass`."""
        kept = self.take(self.weight > mass)
        return replace(kept, origin=f"{self.origin}, {len(kept)} of mass above {mass:g}")

    def blocks(self, size: int) -> list[WeightedPoints]:
        """The points in order, at most `size` at a time; weights are not changed."""
        if len(self) <= size:
            return [self]
        return [self.take(slice(k, k + size)) for k in range(0, len(self), size)]

    def member(self, at: Members) -> WeightedPoints:
        """The points of one problem, or of some; all of them where the set is not stacked."""
        return self._each(lambda t: t[at]) if self.stacked else self

    def _each(self, change: Callable[[Tensor], Tensor], x: Tensor | None = None) -> WeightedPoints:
        """The points with every tensor changed; x as it is given, where it is."""
        x, ratio = change(self.x) if x is None else x, self.log_ratio
        a, b = change(self.p_weight), change(self.q_weight)
        return WeightedPoints(x, a, b, None if ratio is None else change(ratio), self.origin)

    def standardiser(self) -> tuple[Tensor, Tensor]:
        """Per coordinate the weighted median and half the 16 % to 84 % range under m.

        Quantiles exist for every law, the Cauchy too. A range of 0 gives way to the standard
        deviation, and that of a constant coordinate to 1. Each is (d,), or (E, 1, d) if stacked.
        """
        mass = self.weight / self.weight.sum(-1, keepdim=True)
        low, middle, high = quantiles(self.x, mass, (0.16, 0.5, 0.84))
        mean = (mass[..., None] * self.x).sum(-2, keepdim=True)
        deviation = (mass[..., None] * (self.x - mean) ** 2).sum(-2).sqrt()
        spread = torch.where(high > low, 0.5 * (high - low), deviation)
        spread = torch.where(spread > 0, spread, torch.ones_like(spread))
        return (middle[:, None], spread[:, None]) if self.stacked else (middle, spread)


def quantiles(x: Tensor, mass: Tensor, levels: Sequence[float]) -> list[Tensor]:
    """Weighted quantiles of each coordinate of x (…, n, d), mass (…, n): one (…, d) a level."""
    values, order = x.mT.contiguous().sort(dim=-1)  # (..., d, n)
    share = torch.broadcast_to(mass[..., None, :], values.shape).gather(-1, order).cumsum(-1)
    wanted = x.new_tensor(levels).expand(*values.shape[:-1], len(levels)).contiguous()
    at = torch.searchsorted(share, wanted).clamp(max=values.shape[-1] - 1)
    return list(values.gather(-1, at).unbind(-1))


def from_samples(x: Tensor, y: Tensor) -> WeightedPoints:
    """The sample objective: x (n, d) real, y (m, d) from the other law, weights 1/n and 1/m.

    >>> import torch
    >>> from_samples(torch.zeros(4, 1), torch.ones(2, 1)).q_weight
    tensor([0.0000, 0.0000, 0.0000, 0.0000, 0.5000, 0.5000])
    """
    n, m = len(x), len(y)
    a = torch.cat([x.new_full((n,), 1 / n), x.new_zeros(m)])
    b = torch.cat([x.new_zeros(n), x.new_full((m,), 1 / m)])
    return WeightedPoints(torch.cat([x, y]), a, b, None, f"{n} + {m} samples")


def from_nodes(x: Tensor, w: Tensor, lp: Tensor, lq: Tensor, origin: str) -> WeightedPoints:
    """The population objective on quadrature nodes: weights w·p and w·q; empty nodes dropped.

    >>> import torch
    >>> x = torch.tensor([[0.0], [1.0]])
    >>> log_p, log_q = torch.tensor([0.5, 0.5]).log(), torch.tensor([0.25, 0.75]).log()
    >>> from_nodes(x, torch.ones(2), log_p, log_q, "atoms").q_weight
    tensor([0.2500, 0.7500])
    """
    mass = w * torch.logaddexp(lp, lq).exp()
    keep = mass > 0
    x, w, lp, lq = x[keep], w[keep], lp[keep], lq[keep]
    return WeightedPoints(x, w * lp.exp(), w * lq.exp(), lp - lq, origin)


def from_mixture_draws(x: Tensor, lp: Tensor, lq: Tensor, origin: str) -> WeightedPoints:
    """The population objective on N draws from m = (p+q)/2: a = 2σ(l)/N, b = 2σ(−l)/N."""
    ratio, share = lp - lq, 2 / len(x)
    a, b = torch.sigmoid(ratio) * share, torch.sigmoid(-ratio) * share
    return WeightedPoints(x, a, b, ratio, origin)


def stack(sets: Sequence[WeightedPoints]) -> WeightedPoints:
    """Put the points of E problems into one set (E, n, d), to train E critics at once.

    Raises
    ------
    ValueError
        If there is none, or they differ in dimension.

    Examples
    --------
    >>> import torch
    >>> from divkit.critics import from_samples
    >>> one = from_samples(torch.zeros(4, 1), torch.ones(2, 1))
    >>> stack([one, one]).x.shape
    torch.Size([2, 6, 1])
    """
    if len({points.dim for points in sets}) != 1:
        raise ValueError(f"sets must hold points of one dimension; got {[s.dim for s in sets]}.")
    n = max(map(len, sets))
    ratios = [s.log_ratio for s in sets if s.log_ratio is not None]
    ratio = _stacked(ratios, n) if len(ratios) == len(sets) else None
    a, b = _stacked([s.p_weight for s in sets], n), _stacked([s.q_weight for s in sets], n)
    x = torch.stack([torch.cat([s.x, s.x[-1:].expand(n - len(s), -1)]) for s in sets])
    return WeightedPoints(x, a, b, ratio, f"{len(sets)} problems, the first on {sets[0].origin}")


def _stacked(values: Sequence[Tensor], n: int) -> Tensor:
    return torch.stack([torch.cat([v, v.new_zeros(n - len(v))]) for v in values])
