r"""Kernel estimates of several widths, on the line itself, mirrored at hard ends, and rescaled.

Mirrored: the points and their images beyond each end carry kernels, and what lies beyond is cut
off; the mass inside is that of the points (Schuster 1985). Rescaled: kernels on log u, u the
distance from an end, on the logit between two ends, or on arsinh((x − median)/spread), whose
kernels grow with the distance from the middle as heavy tails ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from divkit.density.auto.recipes import FREE, Fit, Recipe
from divkit.density.auto.scales import AxisScale, OnScale, scales
from divkit.density.auto.support import END, Support
from divkit.density.bandwidth import sheather_jones, silverman
from divkit.density.histogram_bins import bayesian_blocks
from divkit.density.kde import line_kernel, robust_spread
from divkit.distributions.base import Law1D
from divkit.distributions.compose.truncated import truncated
from divkit.distributions.families.steps import Steps
from divkit.types import FloatArray

_FACTORS = (0.12, 0.25, 0.5, 1.0)
"""Widths in units of Silverman's, beside Sheather and Jones's."""
_BY_RULE = "Sheather and Jones"
_NO_WIDTH = "their equation has no root, or one far from Silverman's width."
_COARSE = _FACTORS[1:]
"""Those on another scale, on which laws are smoother."""
_REACH = 9.0
_BLOCKS = 1000


@dataclass(frozen=True)
class PlainKernels:
    """Gaussian kernels of `factor` times Silverman's width."""

    factor: float

    def __call__(self, rows: FloatArray) -> list[Law1D]:
        """Fit to rows (n, 1)."""
        x = rows[:, 0]
        return [line_kernel(x, self.factor * _width(x), f"kernels of {self.factor:.3g} widths")]


@dataclass(frozen=True)
class Mirrored:
    """Gaussian kernels, mirrored at the hard ends of the support."""

    factor: float
    support: Support

    def __call__(self, rows: FloatArray) -> list[Law1D]:
        """Fit to rows (n, 1)."""
        x = rows[:, 0]
        low, high = self.support.interval
        h = self.factor * _width(x)
        near = [2 * low - x[x - low < _REACH * h]] if np.isfinite(low) else []
        near += [2 * high - x[high - x < _REACH * h]] if np.isfinite(high) else []
        whole = line_kernel(np.concatenate([x, *near]), h, "mirrored kernels")
        return [truncated(whole, low, high)]


@dataclass(frozen=True)
class Rescaled:
    """Kernels on T⁻¹(x), T the maps of a scale, of `factor` times Silverman's width there."""

    scale: AxisScale
    factor: float

    def __call__(self, rows: FloatArray) -> list[OnScale]:
        """Fit to rows (n, 1)."""
        frame = self.scale.frame(rows[:, 0])
        z = frame(rows[:, 0]).z
        return [OnScale(line_kernel(z, self.factor * _width(z), "rescaled kernels"), frame)]


@dataclass(frozen=True)
class BayesianBlocks:
    """Bayesian blocks, out to the hard ends."""

    support: Support

    def __call__(self, rows: FloatArray) -> list[Law1D]:
        """Fit to rows (n, 1)."""
        x = rows[:, 0]
        edges = bayesian_blocks(x, _BLOCKS)
        low, high = self.support.interval
        if np.isfinite(low):
            edges[0] = low
        if np.isfinite(high):
            edges[-1] = high
        shares = np.histogram(x, edges)[0] / len(x)
        return [Steps(tuple(edges.tolist()), tuple(shares.tolist()), "Bayesian blocks")]


def kernels(x: FloatArray, support: Support) -> tuple[list[Recipe], list[tuple[str, str]]]:
    """Every kernel estimate that a sample and its support allow, and what could not be tried."""
    widths = [(factor, f"{factor:g} of Silverman's") for factor in _FACTORS]
    dropped = []
    try:
        widths.append((_sheather_jones(x), _BY_RULE))
    except ValueError:
        dropped.append((f"kernels, {_BY_RULE}", _NO_WIDTH))
    return list(_of_widths(widths, support)), dropped


def _of_widths(widths: Iterable[tuple[float, str]], support: Support) -> Iterable[Recipe]:
    for factor, words in widths:
        yield _free(f"kernels, {words}", PlainKernels(factor))
        if support.hard:
            yield _free(f"mirrored kernels, {words}", Mirrored(factor, support), support.price)
    for name, scale, price in scales(support):
        for factor in _COARSE:
            words = f"{factor:g} of Silverman's"
            yield _free(f"kernels on the {name} scale, {words}", Rescaled(scale, factor), price)
    natural = sum(side.natural for side in support.hard)
    yield _free("Bayesian blocks", BayesianBlocks(support), END * (2 - natural))


def _free(name: str, fit: Fit, of_ends: float = 0.0) -> Recipe:
    return Recipe((name,), fit, (FREE + of_ends,))


def _sheather_jones(x: FloatArray) -> float:
    """Sheather and Jones's width over Silverman's."""
    factor = sheather_jones(x) / _width(x)
    if not 0.5 * _FACTORS[0] < factor < 2 * _FACTORS[-1]:
        raise ValueError(_NO_WIDTH)
    return factor


def _width(x: FloatArray) -> float:
    return robust_spread(x) * silverman(len(x), 1)
