"""Every divergence of two tables of masses by its definition, summed by mpmath."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
from atoms_masses import Mass
from mpmath import mpf

SUMS = [
    "kl reverse_kl jeffreys js weighted_js(0.3) tv hellinger2 squared_hellinger hellinger",
    "bhattacharyya chi2 neyman triangular js_distance js_fgan alpha(-1.5) alpha(0.3) alpha(3)",
    "alpha(20) renyi(0.1) renyi(0.5) renyi(2) renyi(7) gan",
]
KINDS = " ".join(SUMS).split()
METRICS = ["w1", "w2", "energy", "mmd"]


class Truth:
    """Every divergence of two tables of masses, by its definition."""

    def __init__(self, p: Mass, q: Mass):
        both = sorted({*p, *q})
        zero = mpf(0)
        self.pairs = [(p.get(a, zero), q.get(a, zero)) for a in both]
        self.places = both
        self.logs: dict[int, Any] = {}

    def total(self, term: Callable[[Any, Any], Any]) -> Any:
        """Σ term(p, q), inf if one is."""
        return mpmath.fsum(term(a, b) for a, b in self.pairs)

    def kl(self, swap: bool = False) -> Any:
        """Σ p log(p/q)."""
        return self.total(lambda a, b: _kl(b, a) if swap else _kl(a, b))

    def affinity(self, order: float) -> Any:
        """Σ p^α q^(1−α)."""
        a0 = mpf(order)
        return self.total(lambda a, b: _power(a, b, a0))

    def js(self, w: float = 0.5) -> Any:
        """The weighted Jensen–Shannon divergence."""
        w = mpf(w)
        return self.total(
            lambda a, b: w * _kl(a, w * a + (1 - w) * b) + (1 - w) * _kl(b, w * a + (1 - w) * b)
        )

    def alpha(self, order: float) -> Any:
        """(ρ − 1)/(α(α − 1))."""
        a = mpf(order)
        return (self.affinity(order) - 1) / (a * (a - 1))

    def renyi(self, order: float) -> Any:
        """log ρ/(α − 1)."""
        rho = self.affinity(order)
        if rho in (0, mpmath.inf):
            return mpmath.inf
        return mpmath.log(rho) / (mpf(order) - 1)

    def metric(self, name: str) -> Any:
        """W1, W2, energy, MMD."""
        d = [(mpf(x[0]), a - b) for x, (a, b) in zip(self.places, self.pairs, strict=True)]
        if name in ("energy", "mmd"):
            kernel = (
                (lambda r: -abs(r)) if name == "energy" else (lambda r: mpmath.exp(-r * r / 2))
            )
            return mpmath.fsum(u * v * kernel(x - y) for x, u in d for y, v in d)
        if name == "w1":
            lead, value = mpf(0), mpf(0)
            for (x, u), (y, _) in itertools.pairwise(d):
                lead += u
                value += abs(lead) * (y - x)
            return value
        return mpmath.sqrt(self._w2())

    def _w2(self) -> Any:
        left = [[x, a] for x, (a, _) in zip(self.places, self.pairs, strict=True) if a > 0]
        right = [[x, b] for x, (_, b) in zip(self.places, self.pairs, strict=True) if b > 0]
        value, i, j = mpf(0), 0, 0
        while i < len(left) and j < len(right):
            step = min(left[i][1], right[j][1])
            value += step * (mpf(left[i][0][0]) - mpf(right[j][0][0])) ** 2
            left[i][1] -= step
            right[j][1] -= step
            i, j = i + (left[i][1] <= 0), j + (right[j][1] <= 0)
        return value

    def of(self, kind: str) -> Any:
        """The divergence of this name."""
        if kind in METRICS:
            return self.metric(kind)
        name, _, rest = kind.partition("(")
        order = float(rest[:-1]) if rest else 0.5
        h2 = "hellinger2", "squared_hellinger", "hellinger", "bhattacharyya"
        if name in h2:
            rho = self.affinity(0.5)
            value = 1 - rho
            return {
                "hellinger2": value,
                "squared_hellinger": 2 * value,
                "hellinger": mpmath.sqrt(max(value, mpf(0))),
                "bhattacharyya": -mpmath.log(rho) if rho > 0 else mpmath.inf,
            }[name]
        table: dict[str, Callable[[], Any]] = {
            "kl": self.kl,
            "reverse_kl": lambda: self.kl(True),
            "jeffreys": lambda: self.kl() + self.kl(True),
            "js": self.js,
            "weighted_js": lambda: self.js(order),
            "js_fgan": lambda: 2 * self.js(),
            "gan": lambda: 2 * self.js() - 2 * mpmath.log(2),
            "js_distance": lambda: mpmath.sqrt(max(self.js(), mpf(0))),
            "tv": lambda: self.total(lambda a, b: abs(a - b) / 2),
            "chi2": lambda: self.affinity(2) - 1,
            "neyman": lambda: self.affinity(-1) - 1,
            "triangular": lambda: self.total(lambda a, b: (a - b) ** 2 / (a + b)),
            "alpha": lambda: self.alpha(order),
            "renyi": lambda: self.renyi(order),
        }
        return table[name]()


def _kl(a: Any, b: Any) -> Any:
    if a == 0:
        return mpf(0)
    return mpmath.inf if b == 0 else a * mpmath.log(a / b)


def _power(a: Any, b: Any, order: Any) -> Any:
    if a > 0 and b > 0:
        return a**order * b ** (1 - order)
    if (a > 0 and order > 1) or (b > 0 and order < 0):
        return mpmath.inf
    return mpf(0)
