r"""Kernel density estimates with Gaussian kernels, f(x) = (1/n) Σ_i N(x; x_i, H).

On the line H = h², in space H = h²Σ̂ with the sample's covariance Σ̂, so that an affine map of the
sample maps the estimate. On the line and in the plane the sample is first shared out to a grid
much finer than h: the cost of a density is then that of the grid, not of the sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from divkit.density.bandwidth import cross_validated, scott, sheather_jones, silverman
from divkit.density.base import DensityEstimator
from divkit.density.kernel_bins import bin_line
from divkit.density.kernel_line import LineKernel
from divkit.density.kernel_plane import fits_a_grid, plane_kernel
from divkit.density.kernel_space import SpaceKernel, Whitening, whitening
from divkit.density.options import Either, OneOf, PositiveNumber, options
from divkit.distributions.base import Law
from divkit.rng import as_generator
from divkit.samples import Sample
from divkit.types import FloatArray

Rule: TypeAlias = Literal["silverman", "scott", "isj", "cv"]
_PER_BANDWIDTH = 128.0
_LINE_ROWS = 100_000
_PAIRS = 2 * 10**8
_ALONE = -1e-3  # log of the share of a point's own kernel beyond which it is taken out by hand


class KernelDensity(DensityEstimator):
    """A Gaussian kernel density estimate.

    Parameters
    ----------
    bandwidth : "silverman", "scott", "isj" (improved Sheather–Jones, on the line), "cv"
        (likelihood cross-validation), or a number: the kernel's standard deviation, on the line in
        the units of the sample, in space in standard deviations of the whitened sample.

    Attributes
    ----------
    bandwidth_ : the number that was used.
    law_ : the fitted law.

    Raises
    ------
    ValueError
        At `fit`, if the bandwidth is neither a rule nor positive.

    Examples
    --------
    >>> import numpy as np
    >>> fitted = KernelDensity("silverman").fit(np.linspace(-1, 1, 101)[:, None])
    >>> round(float(fitted.score_samples([0.0])[0]), 3)
    -0.703
    """

    smooth = True
    squares = True
    asks = options(bandwidth=Either(OneOf(get_args(Rule)), PositiveNumber()))
    bandwidth_: float
    exact_: SpaceKernel

    def __init__(self, bandwidth: Rule | float = "silverman") -> None:
        self.bandwidth = bandwidth

    def _fit(self, sample: Sample) -> Law:
        rule = self._rule()
        if sample.dim == 1:
            return self._fit_line(sample.x, rule)
        frame = whitening(sample.x)
        z = frame.of(sample.x)
        self.bandwidth_ = rule if isinstance(rule, float) else _RULES[rule].in_space(z)
        self.exact_ = space_kernel(frame, z, self.bandwidth_, self._label(len(z)))
        if sample.dim == 2 and fits_a_grid(z, self.bandwidth_):
            return plane_kernel(frame, z, self.bandwidth_, self._label(len(z)))
        return self.exact_

    def _rule(self) -> str | float:
        given = self.bandwidth
        return given if isinstance(given, str) else float(given)

    def _label(self, n: int) -> str:
        return f"{self!r} fitted to {n} points"

    def _fit_line(self, x: FloatArray, rule: str | float) -> LineKernel:
        label, flat = self._label(len(x)), x[:, 0]
        self.bandwidth_ = rule if isinstance(rule, float) else _RULES[rule].on_line(flat)
        self.exact_ = line_as_space(flat, self.bandwidth_, label)
        return line_kernel(flat, self.bandwidth_, label)

    def left_out(self) -> FloatArray:
        """Log density of the fit without row i at row i, in the units of the sample, (n,)."""
        return without_own(self.as_law(), self.exact_, np.arange(len(self.exact_.centres)))


def without_own(law: Law, exact: SpaceKernel, rows: NDArray[np.intp]) -> FloatArray:
    """Log density at centres of `exact` less their own kernel, from the density `law` there.

    Where their own kernel is nearly all of the density, the others are summed one by one.
    """
    n = len(exact.centres)
    x = exact.frame.inverse(exact.centres[rows])
    logs = np.asarray(law.log_prob(x), dtype=np.float64)
    own = float(exact.peaks[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        out = logs + np.log(-np.expm1(own - logs)) + math.log(n / (n - 1))
    alone = ~(own - logs < _ALONE)
    out[alone] = exact.left_out(rows[alone])
    return out


def line_kernel(x: FloatArray, h: float, label: str) -> LineKernel:
    """Return (1/n) Σ N(x_i, h²), from a grid of h/128."""
    step = h / _PER_BANDWIDTH
    return LineKernel(bin_line(x, step), math.sqrt(h**2 - step**2 / 6), label)


def robust_spread(x: FloatArray) -> float:
    """The lesser of the standard deviation and the interquartile range over 1.349, if not 0."""
    spread = float(x.std())
    quartiles = np.quantile(x, [0.25, 0.75])
    narrow = float(quartiles[1] - quartiles[0]) / 1.349
    return min(spread, narrow) if narrow > 0 else spread


def space_kernel(frame: Whitening, z: FloatArray, h: float, label: str) -> SpaceKernel:
    """Return (1/n) Σ N(x_i, h²LLᵀ) of whitened points z (n, d)."""
    n = len(z)
    return SpaceKernel(frame, z, np.full(n, h), np.full(n, 1 / n), label)


def line_as_space(x: FloatArray, h: float, label: str) -> SpaceKernel:
    """Return the exact sum (1/n) Σ N(x_i, h²) of points x (n,)."""
    centre = 0.5 * float(x.min() + x.max())
    return space_kernel(Whitening(np.array([centre]), np.eye(1)), (x - centre)[:, None], h, label)


@dataclass(frozen=True)
class BandwidthRule:
    """A rule for h, from points on the line (n,) and from whitened points (n, d)."""

    on_line: Callable[[FloatArray], float]
    in_space: Callable[[FloatArray], float]


def _of_size(factor: Callable[[int, int], float]) -> BandwidthRule:
    """Return the rule of a factor of the spread that depends on n and d alone."""
    return BandwidthRule(
        lambda x: robust_spread(x) * factor(len(x), 1), lambda z: factor(len(z), z.shape[1])
    )


def _refused_in_space(z: FloatArray) -> float:
    raise ValueError(
        f"bandwidth='isj' is for samples of one column; got {z.shape[1]}. Pass 'silverman', "
        "'scott', 'cv' or a number."
    )


def _validated_on_line(x: FloatArray) -> float:
    rows = _some_rows(len(x), _LINE_ROWS)
    return cross_validated(
        lambda h: float(without_own(line_kernel(x, h, ""), line_as_space(x, h, ""), rows).mean()),
        robust_spread(x) * scott(len(x), 1),
    )


def _validated_in_space(z: FloatArray) -> float:
    n, dim = z.shape
    rows, frame = _some_rows(n, max(100, _PAIRS // n)), Whitening(np.zeros(dim), np.eye(dim))
    return cross_validated(
        lambda h: float(space_kernel(frame, z, h, "").left_out(rows).mean()), scott(n, dim)
    )


def _some_rows(n: int, most: int) -> NDArray[np.intp]:
    """Rows at which left-out likelihoods are compared: all, or `most`, the same for each h."""
    return np.sort(as_generator(0).permutation(n)[:most])


_RULES: Mapping[str, BandwidthRule] = {
    "silverman": _of_size(silverman),
    "scott": _of_size(scott),
    "isj": BandwidthRule(sheather_jones, _refused_in_space),
    "cv": BandwidthRule(_validated_on_line, _validated_in_space),
}
