r"""Bandwidths for Gaussian kernels, in units in which the sample has unit spread.

Silverman (1986, equations 3.31 and 4.15) and Scott (1992, equation 6.42) are right for a normal
law; the improved Sheather–Jones rule (Botev, Grotowski, Kroese 2010) solves for the bandwidth of
least asymptotic mean squared error of any smooth law on the line; likelihood cross-validation
takes the one that gives left-out points the largest likelihood (Habbema, Hermans, van den Broek
1974; Duin 1976), in any dimension.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy import fft, optimize

from divkit.types import FloatArray

LeftOut: TypeAlias = Callable[[float], float]
"""Bandwidth -> mean log density of left-out points."""

_CELLS = 2**14
_STAGES = 7
_UNDERFLOW = 745.0


def silverman(n: int, dim: int) -> float:
    """(4/((d + 2) n))^{1/(d+4)}; on the line .9 n^{−1/5}, in units of the robust spread."""
    if dim == 1:
        return float(0.9 * n**-0.2)
    return float((4 / ((dim + 2) * n)) ** (1 / (dim + 4)))


def scott(n: int, dim: int) -> float:
    """n^{−1/(d+4)}."""
    return float(n ** (-1 / (dim + 4)))


def sheather_jones(x: FloatArray) -> float:
    r"""The fixed point t = ξγ^{[7]}(t) of Botev, Grotowski and Kroese, section 5: √t for x (n,).

    ‖f^{(s)}‖² is estimated from the cosine transform of a histogram of 2^14 cells, and each
    stage's bandwidth from the norm of the next derivative.

    Raises
    ------
    ValueError
        If the equation has no root: heavy ties, or outliers that leave a few cells occupied.
    """
    low, high = float(x.min()), float(x.max())
    width = 1.2 * (high - low)
    counts, _ = np.histogram(x, _CELLS, (low - width / 12, high + width / 12))
    wave = fft.dct(counts / len(x), type=2)[1:]
    squares = (0.5 * wave) ** 2
    places = len(np.unique(x))
    powers = np.arange(1.0, _CELLS) ** (2 * np.arange(_STAGES + 1))[:, None] * squares

    def excess(t: float) -> float:
        return t - _fixed_point(t, places, powers)

    grid = np.geomspace(1e-10, 0.1, 60)
    signs = np.sign([excess(t) for t in grid])
    rises = np.flatnonzero((signs[:-1] < 0) & (signs[1:] >= 0))
    if len(rises) == 0:
        raise ValueError(
            "the improved Sheather–Jones equation has no root for this sample, which has "
            f"{places} distinct values over a range of {high - low:.3g}. Pass "
            "bandwidth='silverman', 'cv' or a number."
        )
    root = optimize.brentq(excess, grid[rises[0]], grid[rises[0] + 1], rtol=1e-12)
    return float(math.sqrt(root) * width)


def _fixed_point(t: float, n: int, powers: FloatArray) -> float:
    """ξγ^{[7]}(t); inf where a stage is so smooth that its norm underflows."""
    norm = _norm(_STAGES, t, powers)
    for s in range(_STAGES - 1, 1, -1):
        if norm == 0:
            return math.inf
        odd = math.prod(range(1, 2 * s, 2)) / math.sqrt(2 * math.pi)
        gain = (1 + 0.5 ** (s + 0.5)) / 3
        norm = _norm(s, (2 * gain * odd / (n * norm)) ** (2 / (3 + 2 * s)), powers)
    return math.inf if norm == 0 else float((2 * n * math.sqrt(math.pi) * norm) ** -0.4)


def _norm(s: int, t: float, powers: FloatArray) -> float:
    r"""‖f^{(s)}‖² at time t: 2π^{2s} Σ k^{2s} a_k² e^{−k²π²t}, less what underflows."""
    last = min(powers.shape[1], math.ceil(math.sqrt(_UNDERFLOW / t) / math.pi))
    decay = np.exp(-(np.arange(1.0, last + 1) ** 2) * (math.pi**2 * t))
    return float(2 * math.pi ** (2 * s) * (powers[s, :last] @ decay))


def cross_validated(left_out: LeftOut, start: float) -> float:
    """The bandwidth within a factor of 30 of `start` of the largest left-out likelihood."""
    grid = start * np.geomspace(1 / 30, 3, 17)
    values = np.array([left_out(float(h)) for h in grid])
    best = int(values.argmax())
    ends = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    optimum = optimize.minimize_scalar(
        lambda log_h: -left_out(math.exp(log_h)),
        bounds=(math.log(ends[0]), math.log(ends[1])),
        method="bounded",
        options={"xatol": 1e-3},
    )
    return math.exp(float(optimum.x))
