r"""An f-divergence's value at logits that were fitted to the same samples.

D_f is the largest E_p T(l) − E_q f*(T(l)) over functions l, T = f'(e^l), and l* = log p − log q.
At a fitted l̂ its mean over the same rows is too large, as l̂ was fitted to them; its mean over
logits that left each row out is too small, by the slack of l̂. Where l̂ is fitted by the very
value that is read, with k parameters, the two biases are ± k/(4n) for the JSD, and cancel in the
mean of the two (`cross-fit-bias` in `divkit verify`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from divkit.divergences.base import FDivergence
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class Readout:
    """A value with what it is made of.

    Attributes
    ----------
    value : the estimate.
    payoff : each row's part (N,), whose means over x and over y add to the value.
    error : standard error: of the payoffs' means, of the curvature's fluctuation, of the
        spread between models, and of what ridges hold back, in quadrature.
    parts : all of them, by name.
    """

    value: float
    payoff: FloatArray
    error: float
    parts: dict[str, float]

    def with_part(self, name: str, size: float) -> Readout:
        """Return the same with one more part of the error; a part of size 0 is none."""
        if size == 0:
            return self
        parts = {**self.parts, name: size}
        return replace(self, error=float(np.hypot.reduce([*parts.values()])), parts=parts)


def payoffs(divergence: FDivergence, logit: FloatArray, sign: FloatArray) -> FloatArray:
    """T(l) at rows of x, −f*(T(l)) at rows of y (N,)."""
    l = torch.from_numpy(logit)
    gains, losses = divergence.witness(l).numpy(), divergence.conjugate_at(l).numpy()
    return np.where(sign > 0, gains, -losses)


def mean(pool: Pooled, payoff: FloatArray) -> float:
    """Mean over x plus mean over y."""
    return float(2 * pool.weight @ payoff)


def standard_error(pool: Pooled, payoff: FloatArray) -> float:
    """√(Var_x/n + Var_y/m) of the payoffs."""
    x, y = payoff[pool.sign > 0], payoff[pool.sign < 0]
    return float(np.sqrt(x.var(ddof=1) / len(x) + y.var(ddof=1) / len(y)))


def steadiness(pool: Pooled, fits: Sequence[Fit]) -> FloatArray:
    """Shares of the models (K,), ∝ the inverse square of the mean standard error of a logit.

    Left-out likelihood does not see the logits of rows that the other sample does not reach, and
    divergences without a largest value consist of them: models alike by likelihood differ there,
    and the steadier one is nearer.
    """
    spread = np.array([pool.weight @ np.sqrt(fit.variance) for fit in fits])
    return np.asarray(spread**-2.0 / np.sum(spread**-2.0))


def averaged(
    divergence: FDivergence,
    pool: Pooled,
    fits: Sequence[Fit],
    shares: FloatArray | None = None,
    held_back: FloatArray | None = None,
) -> Readout:
    r"""The mean of fitted and left-out values, over all models, alike or by `shares` (K,).

    With k effective parameters the mean of the two fluctuates, whatever the truth, like
    (χ²_k − k)/(4n) for the JSD, k of it bias that was taken off: half the gap of the two values
    is k/(4n), and the fluctuation √(2/k) of that. It is all of the error where p = q. Where shares
    `held_back` (K,) by ridges are given (`kernel_logistic.shrinkage`), so much of half the gap is
    in the error as well.
    """
    averages = []
    for fit in fits:
        inside, outside = (payoffs(divergence, l, pool.sign) for l in (fit.logit, fit.left_out))
        averages.append(
            (0.5 * (inside + outside), 0.5 * (mean(pool, inside) - mean(pool, outside)))
        )
    share = np.full(len(fits), 1 / len(fits)) if shares is None else shares
    values = np.array([mean(pool, payoff) for payoff, _ in averages])
    value = float(share @ values)
    payoff = share @ np.array([payoff for payoff, _ in averages])
    curved = [
        gap * np.sqrt(2 / fit.parameters) for fit, (_, gap) in zip(fits, averages, strict=True)
    ]
    parts = {
        "samples": standard_error(pool, payoff),
        "curvature": float(share @ np.abs(curved)),
        "models": float(np.sqrt(share @ (values - value) ** 2)),
    }
    if held_back is not None:
        gaps = np.array([gap for _, gap in averages])
        parts["shrinkage"] = float(share @ np.abs(gaps * held_back))
    return Readout(value, payoff, float(np.hypot.reduce([*parts.values()])), parts)
