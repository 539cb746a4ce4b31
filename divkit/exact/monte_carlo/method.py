r"""Divergences by sampling from the laws themselves, in any dimension.

With m = (p + q)/2 and an integrand that is homogeneous in (p, q),

    D_f = f(1) + E_m g,      g = integrand(log p/m, log q/m) ∈ [0, 2 max(f(0), f'(∞))],

estimated by half of the points from p and half from q. Bounded g (JS, TV, H², …) suits both
methods here: `QuasiMonteCarlo` gives an estimate with a standard error, `DistributionFree` an
interval that is a proof.

Where BC = ∫√(pq) is known, sech(l/2) = √(pq)/m, whose mean under m is BC, is a control variate:
both it and g are functions of l = log p − log q that are nearly affine in each other
(log 2 (1 − BC) ≤ JSD ≤ log 2 (1 − BC) + 0.1039), which takes most of the variance away.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy import special

from divkit import betting
from divkit.distributions.base import Law
from divkit.distributions.null_sets import share_measure
from divkit.divergences.base import Divergence, FDivergence, Transformed
from divkit.divergences.stable import LOG2
from divkit.exact.affinity.pairs import log_affinity
from divkit.exact.capabilities import inverse
from divkit.exact.method import (
    LOG_SIZE,
    NotApplicableError,
    Outcome,
    granted,
    peel,
    read_each,
    transformed,
)
from divkit.exact.monte_carlo.variance import bound_under_mixture, variance_is_finite
from divkit.results import Result, require_level
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Tensor

_BITS = 52
_DISAGREE = 9.0  # a t with 15 degrees of freedom is beyond 9 twice in ten million times
_EXACT = 1e-12
_ROUNDING = 1e-13  # what log densities of size 100 and their sums are worth


@dataclass(frozen=True, eq=False)
class DrawnRatios:
    """log p/m and log q/m at points of each replicate, (R, n); the affinity BC where known."""

    lp: Tensor
    lq: Tensor
    bc: float | None
    sobol: bool
    blur: float

    @cached_property
    def control(self) -> FloatArray:
        """sech(l/2), (R, n)."""
        both = (self.lp > -math.inf) & (self.lq > -math.inf)
        half = 0.5 * (self.lp + self.lq)
        return np.asarray(torch.where(both, half, torch.full_like(half, -math.inf)).exp().numpy())


@dataclass(frozen=True)
class QuasiMonteCarlo:
    """Randomised quasi-Monte Carlo with a Student interval from independent replicates.

    Scrambled Sobol' points go through the laws' inverse transforms where both laws have one (1-D
    laws, Gaussians, mixtures, products, images under maps); independent draws are used otherwise.

    Parameters
    ----------
    n : points per replicate, half from each law; a power of two of at least 4.
    replicates : independent randomisations, at least 2; their spread is the standard error.
    rng : an int ≥ 0, a NumPy Generator or SeedSequence, or a torch.Generator.
    level : confidence of the interval, in (0, 1).
    control : use the control variate sech(l/2) where its mean BC is known exactly.

    Raises
    ------
    NotApplicableError
        If the variance of the estimate is not known to be finite (χ² always; KL unless tails are
        known), a law has no density or mass function, or the divergence is no f-divergence.
    ValueError
        If the sampler of p or q does not follow its density.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> found = QuasiMonteCarlo(n=2**8)(Normal(0, 1), Normal(1, 1), JS)
    >>> found.interval[0] < 0.11142 < found.interval[1]
    True
    """

    n: int = 2**14
    replicates: int = 16
    rng: RandomState = 0
    level: float = 0.95
    control: bool = True

    def __post_init__(self) -> None:
        if self.n < 4 or self.n & (self.n - 1):
            raise ValueError(f"n must be a power of two of at least 4; got {self.n!r}.")
        if self.replicates < 2:
            raise ValueError(f"replicates must be at least 2; got {self.replicates!r}.")
        require_level(self.level)

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return an estimate with its standard error."""
        return granted(self.several(p, q, (divergence,))[0])

    def several(self, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
        """Each estimate, or why there is none; they share points and densities."""
        start = time.perf_counter()

        def read(drawn: DrawnRatios, base: FDivergence, kind: Divergence) -> Result:
            result = self._estimate(drawn, base, start)
            return transformed(kind, result) if isinstance(kind, Transformed) else result

        return read_each(
            divergences, lambda kind: _with_variance(p, q, kind), lambda: self._drawn(p, q), read
        )

    def _drawn(self, p: Law, q: Law) -> DrawnRatios:
        """The points of all replicates, through the laws."""
        p, q = peel(p, q)
        known = _known_bc(p, q) if self.control else None
        streams = as_generator(self.rng).spawn(2 * self.replicates)
        sobol = inverse(p) is not None and inverse(q) is not None
        pairs = zip(streams[::2], streams[1::2], strict=True)
        runs = [
            np.concatenate([draw(p, self.n // 2, a, sobol), draw(q, self.n // 2, b, sobol)])
            for a, b in pairs
        ]
        sides = [ratios_to_mixture(x, p, q) for x in runs]
        blur = LOG_SIZE * (p.blur + q.blur)
        lp, lq = (torch.stack(side) for side in zip(*sides, strict=True))
        drawn = DrawnRatios(lp, lq, known, sobol, blur)
        _check_sampler(drawn.lp.exp().mean(dim=1).numpy())
        return drawn

    def _estimate(self, drawn: DrawnRatios, divergence: FDivergence, start: float) -> Result:
        g = divergence.integrand(drawn.lp, drawn.lq).numpy()
        estimates, slope = _controlled(g, drawn.control, drawn.bc)
        notes = {"sobol": drawn.sobol, "bc": drawn.bc, "control_slope": slope}
        return self._result(divergence, estimates, drawn.blur, start, **notes)

    def _result(
        self,
        divergence: FDivergence,
        estimates: FloatArray,
        blur: float,
        start: float,
        **diagnostics: Any,
    ) -> Result:
        value = divergence.at_one + float(estimates.mean())
        error = float(estimates.std(ddof=1)) / math.sqrt(self.replicates)
        rounding = (_ROUNDING + blur) * (1 + abs(value))
        width = error * float(special.stdtrit(self.replicates - 1, 0.5 * (1 + self.level)))
        width, error = width + rounding, error + rounding
        diagnostics |= {
            "n": self.n * self.replicates,
            "seconds": time.perf_counter() - start,
        }
        ends = (value - width, value + width)
        return Result(
            value, error, "standard error", ends, self.level, repr(self), diagnostics,
            divergence.name, warnings=_outside(value, divergence),
        )  # fmt: skip


@dataclass(frozen=True)
class DistributionFree:
    """Independent draws with an interval that holds whatever the laws are.

    `interval` covers the divergence with probability at least `level` (Waudby-Smith, Ramdas 2024);
    it needs nothing but that both samplers follow their densities. `error` is the standard error
    of the value, as `kind` says: the guarantee is the interval.

    Parameters
    ----------
    n : draws from each law.
    level : confidence of the interval, in (0, 1); a default so near 1 that it may be called proof.
    rng : an int ≥ 0, a NumPy Generator or SeedSequence, or a torch.Generator.

    Raises
    ------
    NotApplicableError
        If the divergence is unbounded (KL, χ²): no interval without assumptions exists for it.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> found = DistributionFree(n=2000)(Normal(0, 1), Normal(1, 1), JS)
    >>> found.interval[0] < 0.11142 < found.interval[1]
    True
    """

    n: int = 100_000
    level: float = 1 - 1e-6
    rng: RandomState = 0

    def __post_init__(self) -> None:
        if self.n < 2:
            raise ValueError(f"n must be at least 2; got {self.n!r}.")
        require_level(self.level)

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the mean over pairs of draws and the interval that covers the divergence."""
        if isinstance(divergence, Transformed):
            return transformed(divergence, self(p, q, divergence.base))
        start = time.perf_counter()
        f_divergence = _require(p, q, divergence)
        top = bound_under_mixture(f_divergence)
        if not math.isfinite(top):
            raise NotApplicableError(
                f"{f_divergence.name} is unbounded: no interval holds for every pair. Use a "
                "bounded divergence such as js, hellinger2 or tv."
            )
        streams = as_generator(self.rng).spawn(2)
        draws = [law.sample(self.n, s).numpy() for law, s in zip((p, q), streams, strict=True)]
        halves = [under_mixture(x, p, q, f_divergence) for x in draws]
        pairs = 0.5 * (halves[0] + halves[1])  # in [0, top], up to rounding
        room, width = _ROUNDING * top, (1 + 2 * _ROUNDING) * top
        ends = betting.interval((pairs + room) / width, self.level)
        low, high = max(width * ends[0] - room, 0.0), min(width * ends[1] - room, top)
        value = f_divergence.at_one + float(pairs.mean())
        error = float(pairs.std(ddof=1)) / math.sqrt(self.n)
        diagnostics = {"n": 2 * self.n, "bound": top, "seconds": time.perf_counter() - start}
        return Result(
            value,
            error,
            "standard error",
            (low, high),
            self.level,
            repr(self),
            diagnostics,
            f_divergence.name,
        )


def draw(law: Law, n: int, rng: np.random.Generator, sobol: bool) -> FloatArray:
    """Return n points of the law: scrambled Sobol' points through its inverse, or plain draws."""
    way = inverse(law) if sobol else None
    if way is None:
        return np.asarray(law.sample(n, rng).numpy())
    from scipy.stats import qmc  # takes longer to import than all of divkit.exact

    points = qmc.Sobol(way.dim, bits=_BITS, rng=rng).random(n)
    return way.points(points + 2.0 ** -(_BITS + 1))  # the middle of each cell: never 0 or 1


def under_mixture(x: FloatArray, p: Law, q: Law, divergence: FDivergence) -> FloatArray:
    """Return g at points (n, d), as (n,)."""
    return np.asarray(divergence.integrand(*ratios_to_mixture(x, p, q)).numpy())


def ratios_to_mixture(x: FloatArray, p: Law, q: Law) -> tuple[Tensor, Tensor]:
    """Return log p/m and log q/m at points (n, d), (n,) each."""
    points = torch.from_numpy(x)
    return to_mixture(p.log_prob(points), q.log_prob(points), points)


def to_mixture(lp: Tensor, lq: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """log p/m and log q/m, m = ½(p + q); at a pole of one law, to which draws round, its limit.

    Raises
    ------
    ValueError
        If both densities are zero, or both infinite, at a draw: no ratio can be read there.
    """
    lost = (lp == lq) & lp.isinf()
    if bool(lost.any()):
        at = points[lost][0].tolist()
        raise ValueError(
            f"p and q have log density {float(lp[lost][0])!r} both at their draw x = {at}, where "
            f"draws are rounded to: no ratio can be read there. Take method='quadrature', or "
            f"units in which the laws lie within the floats."
        )
    lm = torch.logaddexp(lp, lq) - LOG2
    pole = lm == math.inf
    safe = torch.where(pole, torch.zeros_like(lm), lm)
    sides = (torch.where(l == math.inf, LOG2, -math.inf) for l in (lp, lq))
    over_p, over_q = (
        torch.where(pole, side, torch.where(pole, torch.zeros_like(l), l) - safe)
        for side, l in zip(sides, (lp, lq), strict=True)
    )
    return over_p, over_q


def _controlled(
    g: FloatArray, control: FloatArray, mean: float | None
) -> tuple[FloatArray, float | None]:
    """Means over each replicate (R, n), less slope·(control − mean), and the mean slope.

    Each replicate's slope is regressed on the points of the others, so that it is independent of
    the points that it corrects.
    """
    if mean is None:
        return g.mean(axis=1), None
    centred, moved = control - mean, g - g.mean()
    cross, square = (centred * moved).sum(axis=1), (centred * centred).sum(axis=1)
    rest = square.sum() - square
    slope = np.where(rest > 0, (cross.sum() - cross) / np.where(rest > 0, rest, 1.0), 0.0)
    return g.mean(axis=1) - slope * centred.mean(axis=1), float(slope.mean())


def _known_bc(p: Law, q: Law) -> float | None:
    """∫√(pq) where the affinity is to be had, to rounding; None otherwise."""
    try:
        rho = log_affinity(p, q, np.zeros(1), line=True)
    except NotApplicableError:
        return None
    return float(np.exp(rho.log_rho[0].real)) if rho.slack[0] < _EXACT else None


def _check_sampler(shares: FloatArray) -> None:
    """Under m the mean of p/m is ∫p = 1, if both samplers follow their densities."""
    mean, error = float(shares.mean()), float(shares.std(ddof=1)) / math.sqrt(len(shares))
    if abs(mean - 1) > _DISAGREE * error + 1e-12:
        raise ValueError(
            f"samplers and densities disagree: p/m has mean {mean:.6g} ± {error:.1g} under m, not "
            "1. A density is not normalised, or a sampler does not follow it."
        )


def _with_variance(p: Law, q: Law, divergence: Divergence) -> FDivergence:
    """The f-divergence that is estimated, if its estimate has a variance."""
    base = divergence.base if isinstance(divergence, Transformed) else divergence
    f_divergence = _require(p, q, base)
    if not variance_is_finite(p, q, f_divergence):
        raise NotApplicableError(
            f"the variance of a Monte Carlo estimate of {f_divergence.name} is not known "
            "to be finite for this pair, and a sample cannot tell. Use quadrature or a closed "
            "form, or a bounded divergence such as js, hellinger2 or tv."
        )
    return f_divergence


def _require(p: Law, q: Law, divergence: Divergence) -> FDivergence:
    if not isinstance(divergence, FDivergence):
        raise NotApplicableError(f"Monte Carlo takes f-divergences; got {divergence!r}.")
    if p.dim != q.dim:
        raise ValueError(f"p and q must have one dimension; got {p.dim} and {q.dim}.")
    if not share_measure(p.support, q.support):
        raise NotApplicableError(
            "both laws need densities that refer to one measure, or both atoms; supports are "
            f"{p.support!r}, {q.support!r}."
        )
    return divergence


def _outside(value: float, divergence: FDivergence) -> tuple[str, ...]:
    if divergence.at_one <= value <= divergence.upper:
        return ()
    return (f"the value lies outside [{divergence.at_one:.6g}, {divergence.upper:.6g}]",)
