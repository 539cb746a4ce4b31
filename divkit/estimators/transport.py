r"""Wasserstein distances between samples: on the line exactly, along random lines, entropic.

On the line W1 = ∫|F̂ − Ĝ|. Its dual potential has slope −sign(F̂ − Ĝ), and the spread of the
potential over x and over y gives the standard error where F ≠ G. Where the laws are equal W1 falls
like n^{−½} with no normal limit: the interval is that of the process, which holds there and
elsewhere (`divkit.estimators.common.empirical`).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from divkit.divergences.base import Divergence, is_metric
from divkit.estimators.common.empirical import w1_ends
from divkit.estimators.common.outcome import outcome
from divkit.estimators.registry import NotEstimableError
from divkit.results import Result, z_of
from divkit.rng import RandomState, as_generator
from divkit.samples import require_memory, two_samples
from divkit.types import FloatArray, Samples, Tensor

_NULL = "the rows do not tell the laws apart: the interval is that of W1 of equal laws, from 0"


@dataclass(frozen=True)
class WassersteinLine:
    """W1 of two samples of one column, exactly, with its standard error.

    The interval holds at equal laws, too; there it begins at 0, and a warning says so. The error
    is the larger of the standard error and of half the interval in units of a normal law's.

    Raises
    ------
    NotEstimableError
        When called, if the divergence is not w1, or the samples have more than one column.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import W1
    >>> x, y = Normal(0, 1).sample(400, rng=0), Normal(1, 1).sample(400, rng=1)
    >>> found = WassersteinLine()(x, y, W1)
    >>> found.interval[0] < 1 < found.interval[1]
    True
    """

    level: float = 0.95

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return W1 from x (n,) of P and y (m,) of Q."""
        start = time.perf_counter()
        pair = two_samples(x, y, constant=True, laws="any")
        if not is_metric(divergence, "w1") or pair.dim != 1:
            raise NotEstimableError(
                f"{self!r} estimates w1 of samples of one column; got {divergence!r} of "
                f"{pair.dim}. Take SlicedWasserstein or Sinkhorn."
            )
        columns = pair.x[:, 0], pair.y[:, 0]
        value, error = w1_line(*columns)
        above, below = w1_ends(*columns, self.level)
        error = max(error, 0.5 * (above / z_of(self.level) + below / z_of(self.level)))
        notes = [_NULL] if value <= above else []
        plain = outcome(value, error, divergence, self, self.level, pair, start, warnings=notes)
        if math.isinf(plain.error):
            return plain
        return replace(plain, interval=(max(value - above, 0.0), value + below))


def w1_line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """∫|F̂ − Ĝ| of points (n,) and (m,), with its standard error."""
    points = np.concatenate([x, y])
    order = np.argsort(points, kind="stable")
    steps = np.where(order < len(x), 1 / len(x), -1 / len(y))
    gap = np.cumsum(steps)[:-1]
    unit = float(np.ptp(points)) or 1.0  # squares of the potential stay within floating point
    moves = np.diff(points[order]) / unit
    potential = np.empty(len(points))
    potential[order] = np.r_[0.0, np.cumsum(-np.sign(gap) * moves)]
    parts = potential[: len(x)], potential[len(x) :]
    error = math.sqrt(sum(float(part.var()) / len(part) for part in parts))
    return unit * float(np.abs(gap) @ moves), unit * error


@dataclass(frozen=True)
class SlicedWasserstein:
    """Mean over random directions of the W1 of the projections (Bonneel et al. 2015).

    On the line it is W1. Elsewhere it is a distance of its own, at most W1: `diagnostics["what"]`
    says so, the error is infinite, and `diagnostics["own_error"]` that of the mean.

    Raises
    ------
    ValueError
        If directions is less than 2.
    NotEstimableError
        When called, if the divergence is not w1.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit.divergences import W1
    >>> x, y = np.random.default_rng(0).normal(size=(2, 100, 2))
    >>> SlicedWasserstein(directions=8)(x, y + 1, W1).unit
    'length'
    """

    directions: int = 200
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.directions < 2:
            raise ValueError(f"directions must be at least 2; got {self.directions!r}.")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the sliced W1 from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        if not is_metric(divergence, "w1"):
            raise NotEstimableError(f"{self!r} estimates w1, sliced; got {divergence!r}.")
        pair = two_samples(x, y, constant=True, laws="any")
        lines = as_generator(self.rng).normal(size=(pair.dim, self.directions))
        lines /= np.linalg.norm(lines, axis=0)
        projected = [w1_line(pair.x @ v, pair.y @ v) for v in lines.T]
        values = np.array([value for value, _ in projected])
        spread = float(values.std(ddof=1)) / math.sqrt(self.directions)
        sampling = float(np.mean([error for _, error in projected]))
        error = math.hypot(spread, sampling)
        own = {"what": "sliced W1, the mean over directions"} if pair.dim > 1 else {}
        return outcome(float(values.mean()), error, divergence, self, self.level, pair, start,
                       **own)  # fmt: skip


@dataclass(frozen=True)
class Sinkhorn:
    r"""The Sinkhorn divergence S = W_ε(x, y) − ½W_ε(x, x) − ½W_ε(y, y), for w1 or w2.

    W_ε is the optimal transport cost with entropy ε (Feydy et al. 2019), of costs |x − y| for w1
    and |x − y|² for w2, whose root is then returned; iterations are in logarithms. S is no W1 or
    W2: the error is infinite, `diagnostics["what"]` says so, and "own_error" is that of S.

    Parameters
    ----------
    blur : ε as a share of the mean cost between x and y.
    tolerance : on the marginals, in total variation.
    iterations : at most; beyond it a warning says what is left.
    level : of the interval.

    Raises
    ------
    ValueError
        If a parameter is not positive; when called, if the cost matrix is too large.
    NotEstimableError
        When called, if the divergence is neither w1 nor w2.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit.divergences import W2
    >>> x, y = np.random.default_rng(0).normal(size=(2, 60, 2))
    >>> 1 < Sinkhorn()(x, y + 1, W2).value < 2
    True
    """

    blur: float = 0.05
    tolerance: float = 1e-4
    iterations: int = 500
    level: float = 0.95

    def __post_init__(self) -> None:
        if not (0 < self.blur < math.inf and 0 < self.tolerance < 1 and self.iterations >= 1):
            raise ValueError(f"blur, tolerance and iterations must be positive; got {self!r}.")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the divergence from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        if not is_metric(divergence, "w1", "w2"):
            raise NotEstimableError(f"{self!r} estimates w1 and w2; got {divergence!r}.")
        pair = two_samples(x, y, constant=True, laws="any")
        require_memory(
            24 * len(pair.x) * len(pair.y), "Sinkhorn's cost matrix", "Take fewer rows."
        )
        *scaled, unit = pair.in_one_unit()
        a, b = (torch.from_numpy(sample) for sample in scaled)
        power = 1 if is_metric(divergence, "w1") else 2
        blur = self.blur * float(_costs(a, b, power).mean())
        f, g, left = self._potentials(a, b, power, blur)
        own = [self._potentials(s, s, power, blur) for s in (a, b)]
        at_x = (f - 0.5 * (own[0][0] + own[0][1])).numpy()
        at_y = (g - 0.5 * (own[1][0] + own[1][1])).numpy()
        total = float(at_x.mean() + at_y.mean())
        error = math.sqrt(float(at_x.var()) / len(at_x) + float(at_y.var()) / len(at_y))
        value, slope = (total, 1.0) if power == 1 else _root(total)
        worst = max(left, *(o[2] for o in own))
        notes = [] if worst <= self.tolerance else [
            f"not converged: the marginals are off by {worst:.2g} after {self.iterations} steps"
        ]  # fmt: skip
        what = f"Sinkhorn divergence of {divergence.name}, blur {blur * unit**power:.3g}"
        return outcome(unit * value, unit * slope * error, divergence, self, self.level, pair,
                       start, warnings=notes, what=what)  # fmt: skip

    def _potentials(
        self, x: Tensor, y: Tensor, power: int, blur: float
    ) -> tuple[Tensor, Tensor, float]:
        """Dual potentials (n,), (m,), and how far the marginal of x is off.

        The entropy falls by halves from the largest cost, each level started from the last.
        """
        costs = _costs(x, y, power)
        f, g, left = x.new_zeros(len(x)), y.new_zeros(len(y)), math.inf
        falls = math.ceil(math.log2(max(1.0, float(costs.max()) / blur)))
        levels = [blur * 2.0**k for k in range(falls, 0, -1)] + [blur] * self.iterations
        for level in levels:
            before = f
            f = -level * torch.logsumexp((g - costs) / level, dim=1) + level * math.log(len(y))
            left = float(torch.expm1((before - f) / level).abs().mean())
            if level == blur and left <= self.tolerance:
                break
            g = -level * torch.logsumexp((f[:, None] - costs) / level, dim=0)
            g = g + level * math.log(len(x))
        return f, g, left


def _costs(x: Tensor, y: Tensor, power: int) -> Tensor:
    away = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    return away if power == 1 else away**2


def _root(total: float) -> tuple[float, float]:
    """√total and its slope; a negative total, which rounding may leave at p = q, has none."""
    if total <= 0:
        return 0.0, math.inf
    return math.sqrt(total), 0.5 / math.sqrt(total)
