r"""The range of k normal draws over a pooled deviation, named as in scipy.stats.

The range of k standard normal draws has the density

    h(r) = k (k − 1)/(2π) e^{−r²/4} ∫ e^{−y²} (Φ(y + r/2) − Φ(y − r/2))^{k−2} dy

(David, Nagaraja 2003, section 2.3), and q = r/s with ν s² a χ² variable of ν degrees of freedom:

    f(q) = ∫ e^v h(q e^v) g(v) dv,      g(v) = c e^{νv − ν e^{2v}/2},   s = e^v.

Both integrands are analytic and fall off on both sides, so that the trapezoidal rule converges
exponentially. The nodes of the second one are those of a lattice in log r, whatever q, so that h
is a table. All terms are positive: no digit is lost at either end.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import numpy as np
import torch

from divkit.distributions.adapt.forms.form import HALF_LOG_2PI, Form, far, near
from divkit.distributions.tails import LOG
from divkit.distributions.tails import power as growth
from divkit.types import Tensor

_MOST_DRAWS, _MOST_FREEDOM = 1000, 10_000
_STEP, _REACH = 1 / 16, 6.5  # of y: e^{−y²} is 5e-19 there
_SHORT = 1.0  # below, a difference of Φ is Gauss's rule for its density
_TINY = 1e-8  # below, h is a power to all digits
_DEEP = 42.0  # e^{−42} is no part of a float
_CHUNK = 4_000_000
_RULE = np.polynomial.legendre.leggauss(14)


def studentized_range(k: float, df: float) -> Form:
    """f above; h itself where df is infinite."""
    if not (2 <= k <= _MOST_DRAWS and (1 <= df <= _MOST_FREEDOM or df == math.inf)):
        raise ValueError(
            f"scipy.stats.studentized_range must have k in [2, {_MOST_DRAWS}] and df in "
            f"[1, {_MOST_FREEDOM}] or inf; got k = {k!r}, df = {df!r}. With other ones tabulate "
            f"log p once and pass divkit.law(interpolant, support=(0, inf))."
        )
    end = near({LOG: Fraction(k) - 2})
    if math.isinf(df):
        size = 8 * (k + 8) * sys.float_info.epsilon
        tails = end, far({growth(2): 0.25})
        return Form(lambda z, low, high: _log_range(low, k), tails=tails, blur=size)
    blur = 8 * (k + df + 8) * sys.float_info.epsilon
    log_density = _Mixed(k, df)
    return Form(log_density, tails=(end, far({LOG: Fraction(df) + 1})), blur=blur)


class _Mixed:
    """log f, by a table of log h on a lattice of log r."""

    def __init__(self, k: float, df: float) -> None:
        self.k, self.df = k, df
        self.step = min(0.08, 0.2 / math.sqrt(df + k))
        low = math.log(_TINY) - (_DEEP + 0.5 * df) / (k + df - 1)
        high = math.log(math.sqrt(2 * (df + 1)) + 2 * math.sqrt(2 * math.log(k)) + 14)
        self.places = torch.arange(low, high, self.step, dtype=torch.float64)
        self.table = _log_range(torch.exp(self.places), k)
        half = 0.5 * df
        self.constant = half * math.log(half) - half - math.lgamma(half) + math.log(2)

    def __call__(self, z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        """log f at q = `low`."""
        tiny = low < _TINY
        place = torch.log(torch.where(tiny, _TINY, low))
        parts = place.split(max(_CHUNK // len(self.places), 1))
        found = torch.cat([self._mixed(part) for part in parts])
        return found + (self.k - 2) * torch.where(tiny, torch.log(low / _TINY), 0.0)

    def _mixed(self, place: Tensor) -> Tensor:
        v = self.places - place[:, None]  # (n, m)
        logs = (self.df + 1) * v - 0.5 * self.df * torch.expm1(2 * v) + self.table
        return torch.logsumexp(logs, dim=1) + (self.constant + math.log(self.step))


def _log_range(r: Tensor, k: float) -> Tensor:
    """log h, of points (n,)."""
    parts = [_log_range_of(part, k) for part in r.split(10_000)]
    return torch.cat(parts)


def _log_range_of(r: Tensor, k: float) -> Tensor:
    y = torch.arange(0.0, _REACH, _STEP, dtype=torch.float64)
    logs = (k - 2) * _log_between(y, 0.5 * r[:, None]) - y * y
    logs[:, 0] -= math.log(2)  # half of the line, doubled
    constant = math.log(k) + math.log(k - 1) + math.log(_STEP / math.pi)
    return torch.logsumexp(logs, dim=1) - 0.25 * r * r + constant


def _log_between(y: Tensor, half: Tensor) -> Tensor:
    """log(Φ(y + half) − Φ(y − half)), y ≥ 0."""
    close = half < 0.5 * _SHORT
    near_by = torch.where(close, half, 0.5 * _SHORT)
    nodes, weights = (torch.from_numpy(part) for part in _RULE)
    at = y[..., None] + near_by[..., None] * nodes
    mean = torch.log((torch.exp(0.5 * (y * y)[..., None] - 0.5 * at * at) * weights).sum(dim=-1))
    short = torch.log(near_by) + mean - 0.5 * y * y - HALF_LOG_2PI
    root = math.sqrt(0.5)
    wide = torch.where(close, 0.5 * _SHORT, half)
    tails = [torch.special.erfc(root * (y + side * wide)) for side in (-1, 1)]
    return torch.where(close, short, torch.log(0.5 * (tails[0] - tails[1])))
