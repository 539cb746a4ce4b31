r"""The law of Kolmogorov's two-sided statistic of n draws and its limit, named as in scipy.stats.

With d = (k − h)/n, k = ⌊nd⌋ + 1, and a matrix H(h) of 2k − 1 rows whose entries are (1 − h^i)/i!
in the first column and the last row and 1/(i − j + 1)! elsewhere,

    P(D < d) = n!/n^n (H^n)_kk

(Marsaglia, Tsang, Wang 2003). The density is n times its derivative by −h, a sum of n products in
which all terms are positive, so that no digit is lost; next to the ends it is a power. The limit
of √n D has two series for its density, one of which converges wherever the other does not.
"""

from __future__ import annotations

import math
import sys

import torch

from divkit.distributions.adapt.forms.form import HALF_LOG_2PI, Form, far, near
from divkit.distributions.tails import LOG
from divkit.distributions.tails import power as growth
from divkit.types import Tensor

MOST_DRAWS = 100  # a product of more matrices leaves the floats
_HELD = 2_000_000  # numbers at once


def kstwo(n: float) -> Form:
    """The derivative of the probability above."""
    count = int(n)
    first = 1 / (2 * count)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        cell = torch.floor(count * z).clamp(0, count - 1) + 1
        out = torch.empty_like(z)
        for k in range(1, count + 1):
            here = cell == k
            if bool(here.any()):
                out[here] = _of_cell(count, k, z[here], low[here], high[here])
        return out

    kinks = tuple(0.5 * j / count for j in range(2, 2 * count))
    ends = near({LOG: count - 1}), near({LOG: count - 1})
    blur = 2 * count * (count + 4) * sys.float_info.epsilon
    return Form(log_density, first, 1.0, ends, kinks, blur)


def kstwobign() -> Form:
    """8z Σ (−1)^{k−1} k² e^{−2k²z²}, or √(2π) Σ (2j²c/z⁴ − 1/z²) e^{−j²c/z²}, c = π²/8, j odd."""
    c = math.pi**2 / 8

    def upper(z: Tensor) -> Tensor:
        terms = (
            (-1) ** (k - 1) * k * k * torch.exp(-2 * (k * k - 1) * z * z) for k in range(1, 9)
        )
        return math.log(8) + torch.log(z) - 2 * z * z + torch.log(torch.stack(list(terms)).sum(0))

    def lower(z: Tensor) -> Tensor:
        y = 1 / z
        terms = (
            (2 * j * j * c - z * z) * torch.exp((1 - j * j) * c * y * y) for j in (1, 3, 5, 7, 9)
        )
        whole = torch.stack(list(terms)).sum(0)
        return HALF_LOG_2PI - c * y * y - 4 * torch.log(z) + torch.log(whole)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        right = z > 1
        return torch.where(right, upper(z.clamp(min=1.0)), lower(torch.where(right, 1.0, z)))

    tails = near({growth(2): c, LOG: -4}), far({growth(2): 2, LOG: -1})
    return Form(log_density, tails=tails)


def _of_cell(n: int, k: int, z: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """log f where ⌊nz⌋ = k − 1."""
    if k == n:  # P(D > d) = 2 (1 − d)^n
        return math.log(2 * n) + torch.xlogy(torch.full_like(high, n - 1.0), high)
    if k == 1:  # P(D < d) = n! (2d − 1/n)^n
        return math.log(2 * n) + math.lgamma(n + 1) + (n - 1) * torch.log(2 * low)
    constant = math.lgamma(n + 1) - (n - 1) * math.log(n)
    parts = (k - n * z).split(max(_HELD // (2 * n * (2 * k - 1)), 1))
    return constant + torch.log(torch.cat([_slope(n, k, h) for h in parts]))


def _slope(n: int, k: int, h: Tensor) -> Tensor:
    """−d(H^n)_kk/dh, (N,): Σ_j e_kᵀ H^j (−dH/dh) H^{n−1−j} e_k."""
    size = 2 * k - 1
    body, edge, corner = _body(size), _edge(size, h), _corner(size, h)
    edge_slope, corner_slope = _edge_slope(size, h), _corner_slope(size, h)
    unit = torch.zeros(len(h), size, dtype=torch.float64)
    unit[:, k - 1] = 1
    lefts, rights = [unit], [unit]
    for _ in range(n - 1):
        lefts.append(_times(lefts[-1], body, edge, corner))
        rights.append(_times(rights[-1].flip(1), body, edge, corner).flip(1))
    total = torch.zeros_like(h)
    for left, right in zip(lefts, reversed(rights), strict=True):
        down = (left[:, :-1] * edge_slope).sum(dim=1) * right[:, 0]
        across = (right[:, 1:] * edge_slope.flip(1)).sum(dim=1) * left[:, -1]
        total = total + down + across + left[:, -1] * corner_slope * right[:, 0]
    return total


def _times(rows: Tensor, body: Tensor, edge: Tensor, corner: Tensor) -> Tensor:
    """Rows (N, m) by H. By its symmetry about the other diagonal columns go as flipped rows."""
    out = rows @ body
    out[:, 0] = (rows[:, :-1] * edge).sum(dim=1) + rows[:, -1] * corner
    out[:, 1:] += rows[:, -1:] * edge.flip(1)
    return out


def _body(size: int) -> Tensor:
    """1/(i − j + 1)!, i ≥ j − 1, without the first column and the last row."""
    out = torch.zeros(size, size, dtype=torch.float64)
    for i in range(size - 1):
        for j in range(1, min(i + 2, size)):
            out[i, j] = math.exp(-math.lgamma(i - j + 2))
    return out


def _orders(size: int) -> tuple[Tensor, Tensor]:
    """1, …, m − 1 and the logs of their factorials."""
    order = torch.arange(1, size, dtype=torch.float64)
    return order, torch.lgamma(order + 1)


def _edge(size: int, h: Tensor) -> Tensor:
    """(1 − h^i)/i!, (N, m − 1)."""
    order, logs = _orders(size)
    return -torch.expm1(order * torch.log(h[:, None])) * torch.exp(-logs)


def _edge_slope(size: int, h: Tensor) -> Tensor:
    """h^{i−1}/(i − 1)!."""
    order, logs = _orders(size)
    return h[:, None] ** (order - 1) * torch.exp(torch.log(order) - logs)


def _corner(size: int, h: Tensor) -> Tensor:
    """(1 − 2h^m + (2h − 1)₊^m)/m!."""
    rest = (2 * h - 1).clamp(min=0) ** size
    return (1 - 2 * h**size + rest) * math.exp(-math.lgamma(size + 1))


def _corner_slope(size: int, h: Tensor) -> Tensor:
    """2 (h^{m−1} − (2h − 1)₊^{m−1})/(m − 1)!."""
    ratio = torch.log1p(-((1 - h) / h)).nan_to_num(nan=-math.inf)
    share = -torch.expm1((size - 1) * torch.where(h > 0.5, ratio, -math.inf))
    return 2 * h ** (size - 1) * share * math.exp(-math.lgamma(size))
