r"""An f-divergence at the sum of the bridges' logits, its bias taken off, and its error.

With the summed logit L = Σ_k l_k at a row and the weights σ(L), σ(−L) of the two laws there, an
f-divergence is a mean over rows of x plus one over rows of y of

    A(L) = I(σ(L), σ(−L)),

I(p, q) the integrand of the table, homogeneous of degree one: ∫ I(p, q) = ∫ (p + q) I(p/(p+q),
q/(p+q)). Where the samples do not meet that is E_p L for KL and −E_q L for its reverse, each
number of them a reading at rows that most bridges were not fitted to.

The value V is jackknifed over groups of pairs, G V − (G − 1) mean_g V₋g. Its error is that of a
statistic of pairs: the part of pair i is its own A(L) at x_i and y_i, less their means, and what
it moves the coefficients by,

    Σ_k (∂V/∂θ_k)ᵀ H_k⁻¹ φ_k(z) · pull(z),     z the waymarks of the pair at both ends of bridge k,

so that it holds whether the logits are quadratic or not. A row that stands in many pairs counts
once (two-way clusters: Cameron, Gelbach, Miller 2011, equation 2.7).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import logsigmoid

from divkit.divergences.base import FDivergence
from divkit.estimators.telescoping.bridges import (
    GROUPS,
    Bridge,
    RowPairs,
    left_out_loss,
    without_groups,
)
from divkit.types import FloatArray

Places: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Crossing:
    """Bridges from x to y with the logit of each at every row.

    Attributes
    ----------
    pairs, bridges : what was fitted.
    on_x, on_y : logits of all, and without each group (1 + G, K, n) and (1 + G, K, m).
    left_out_loss : sum of the bridges' cross-entropies at pairs left out.
    """

    pairs: RowPairs
    bridges: Sequence[Bridge]
    on_x: FloatArray
    on_y: FloatArray
    left_out_loss: float

    def excess(self) -> float:
        """The largest log of a mean of a partial ratio at the far end, 0 at the truth.

        For waymarks p_k of the truth E_q p_k/q = 1 and E_p p_k/p = 1: by Markov's inequality
        either mean is above t with probability below 1/t.
        """
        ahead = np.cumsum(self.on_y[0][::-1], axis=0)  # (K, m): log p_k/q
        behind = np.cumsum(-self.on_x[0], axis=0)  # (K, n): log p_k/p
        return max(
            float((np.logaddexp.reduce(part, axis=1) - math.log(part.shape[1])).max())
            for part in (ahead, behind)
        )


def crossing(pairs: RowPairs, bridges: Sequence[Bridge]) -> Crossing:
    """The logits of bridges at every row, with and without each group."""
    on_x, on_y, loss = [], [], 0.0
    for bridge in bridges:
        theta = without_groups(bridge, pairs.group)  # (1 + G, P)
        on_x.append((bridge.features(pairs.x) @ theta.T).T)
        on_y.append((bridge.features(pairs.y) @ theta.T).T)
        loss += left_out_loss(bridge, theta, pairs.group)
    return Crossing(pairs, bridges, np.stack(on_x, axis=1), np.stack(on_y, axis=1), loss)


def integrand(divergence: FDivergence, logit: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A of the module and its derivative, of the shape of `logit`."""
    l = torch.from_numpy(logit).requires_grad_()
    values = divergence.integrand(logsigmoid(l), logsigmoid(-l))
    (slope,) = torch.autograd.grad(values.sum(), l)
    return values.detach().numpy(), slope.numpy()


def read(divergence: FDivergence, over: Crossing) -> tuple[float, float]:
    """The value and its standard error; both infinite where a payoff is."""
    pairs = over.pairs
    at_x, at_y = over.on_x.sum(axis=1), over.on_y.sum(axis=1)  # (1 + G, n), (1 + G, m)
    (a_x, slope_x), (a_y, slope_y) = integrand(divergence, at_x), integrand(divergence, at_y)
    if not (np.isfinite(a_x).all() and np.isfinite(a_y).all()):
        return math.inf, math.inf
    group_x, group_y = (_groups_of_rows(of, pairs.group) for of in (pairs.of_x, pairs.of_y))
    whole = float(a_x[0].mean() + a_y[0].mean())
    parts = [
        a_x[1 + g][group_x != g].mean() + a_y[1 + g][group_y != g].mean() for g in range(GROUPS)
    ]
    value = divergence.at_one + GROUPS * whole - (GROUPS - 1) * float(np.mean(parts))
    own = _share(a_x[0], pairs.of_x) + _share(a_y[0], pairs.of_y)
    moved = _moves(over, slope_x[0] / len(pairs.x), slope_y[0] / len(pairs.y))
    return value, _error(own + moved, pairs)


def _groups_of_rows(place: Places, group: Places) -> Places:
    """The group of each row, from those of the pairs that it stands in."""
    groups = np.empty(int(place.max()) + 1, dtype=np.intp)
    groups[place] = group
    return groups


def _share(payoff: FloatArray, place: Places) -> FloatArray:
    """Each pair's part (N,) of the fluctuation of a mean of payoffs of rows."""
    times = np.bincount(place, minlength=len(payoff))
    return np.asarray(((payoff - payoff.mean()) / (len(payoff) * times))[place])


def _moves(over: Crossing, slope_x: FloatArray, slope_y: FloatArray) -> FloatArray:
    """Each pair's effect (N,) on the value through the coefficients."""
    total = np.zeros(len(over.pairs.group))
    for bridge in over.bridges:
        slope = slope_x @ bridge.features(over.pairs.x) + slope_y @ bridge.features(over.pairs.y)
        move = (bridge.features(bridge.pool.z) @ bridge.solve(slope)) * bridge.pull
        total += move.reshape(2, -1).sum(axis=0)
    return total


def _error(part: FloatArray, pairs: RowPairs) -> float:
    by_x, by_y = np.bincount(pairs.of_x, part), np.bincount(pairs.of_y, part)
    return math.sqrt(by_x @ by_x + by_y @ by_y - part @ part)
