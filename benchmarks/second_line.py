"""Second roads on the line and of counts: SciPy's densities under SciPy's tanh-sinh rule.

Nothing here is divkit's. Laws of the catalogue are written again by hand, a divergence is an
integral between quantiles and edges, TV a sum of distribution functions
between the crossings, W1 the integral of |F − G|; counts are summed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from scipy import integrate, optimize, special, stats

KINDS = ("kl", "reverse_kl", "js", "hellinger2", "tv", "chi2")
Found = tuple[float, float]
"""A value and its error."""
Road = Callable[[str], Found | None]
"""The name of a divergence -> its value and error; None where this road has none."""
_LOG2 = math.log(2)
_TAIL = (0.0, 1e-15, 1e-9, 1e-5, 1e-3, 0.03, 0.2, 0.5)


def term(kind: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """q f(p/q) of log p and log q."""
    u, v = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
    p, q = np.exp(u), np.exp(v)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        if kind == "kl":
            return np.where(p > 0, p * (u - v), 0.0)
        if kind == "reverse_kl":
            return np.where(q > 0, q * (v - u), 0.0)
        if kind == "js":
            middle = np.logaddexp(u, v) - _LOG2
            return 0.5 * (term("kl", u, middle) + term("kl", v, middle))
        if kind == "hellinger2":
            return 0.5 * (np.exp(0.5 * u) - np.exp(0.5 * v)) ** 2
        if kind == "tv":
            return 0.5 * abs(p - q)
        return np.where(p + q > 0, np.exp(2 * u - v) - 2 * p + q, 0.0)  # chi2


@dataclass(frozen=True)
class Mixed:
    """A mixture of SciPy's laws, with the parts of their interface that are asked for."""

    weights: tuple[float, ...]
    parts: tuple[Any, ...]

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        """Log density."""
        return special.logsumexp(
            [
                math.log(w) + part.logpdf(x)
                for w, part in zip(self.weights, self.parts, strict=True)
            ],
            axis=0,
        )

    def _mean(self, name: str, x: Any) -> Any:
        return sum(w * getattr(p, name)(x) for w, p in zip(self.weights, self.parts, strict=True))

    def cdf(self, x: Any) -> Any:
        """Distribution function."""
        return self._mean("cdf", x)

    def sf(self, x: Any) -> Any:
        """Survival function."""
        return self._mean("sf", x)

    def places(self) -> list[float]:
        """Quantiles of the parts."""
        return [end for part in self.parts for end in places(part)]


class DoubledSine:
    """Of U uniform on (0, 1), the angle arcsin √U, whose density is sin 2θ on (0, π/2)."""

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        """Log density."""
        return np.log(np.sin(2 * np.asarray(x)))

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Distribution function."""
        return np.sin(np.clip(x, 0, math.pi / 2)) ** 2

    def sf(self, x: np.ndarray) -> np.ndarray:
        """Survival function."""
        return np.cos(np.clip(x, 0, math.pi / 2)) ** 2

    def places(self) -> list[float]:
        """Ends and the middle."""
        return [0.0, math.pi / 4, math.pi / 2]


class SymmetricStable:
    """The stable law of index 1.5 and skewness 0: its Fourier integral, far out its series."""

    alpha = 1.5

    def __init__(self, loc: float = 0.0) -> None:
        self.loc = loc

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        """Log density."""
        away = abs(np.asarray(x, dtype=float) - self.loc)
        t, weight = _PANELS
        near = np.cos(np.minimum(away, 40)[..., None] * t) @ (weight * np.exp(-(t**self.alpha)))
        k = np.arange(1, 9)
        turn = -((-1.0) ** k) * np.sin(k * math.pi * self.alpha / 2)
        parts = special.gamma(self.alpha * k + 1) / special.factorial(k) * turn
        far = np.maximum(away, 1)[..., None] ** (-self.alpha * k - 1) @ parts
        return np.log(np.where(away > 40, far, near) / math.pi)

    def places(self) -> list[float]:
        """Ends of panels."""
        return [
            self.loc + s * r
            for r in (0, 0.5, 1, 2, 4, 8, 16, 40, 100, 1e3, 1e5, math.inf)
            for s in (1, -1)
        ]


def _gauss(ends: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss–Legendre nodes and weights on panels."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    middle, half = 0.5 * (ends[1:] + ends[:-1]), 0.5 * np.diff(ends)
    return (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


_PANELS = _gauss(
    np.concatenate([[0.0], np.geomspace(1e-4, 1, 12), np.linspace(1, 12, 45)[1:]]), 24
)


def places(law: Any) -> list[float]:
    """Places where an integral is cut: quantiles, far into both tails."""
    if hasattr(law, "places"):
        return list(law.places())
    levels = np.array(_TAIL)
    return [float(end) for end in (*law.ppf(levels), *law.isf(levels))]


@dataclass(frozen=True)
class OnTheLine:
    """The road of a pair on the line; `slope` is T' where both are images of it under T."""

    p: Any
    q: Any
    slope: Callable[[np.ndarray], np.ndarray] | None = None

    def __call__(self, kind: str) -> Found | None:
        """Return the value and its error."""
        if kind == "tv" and hasattr(self.p, "cdf"):
            return self._tv()
        if kind == "w1":
            return self._w1()
        ends = self._ends()
        if kind == "tv":
            ends = sorted({*ends, *self._crossings(lambda x: self.p.logpdf(x) - self.q.logpdf(x))})
        return self._sum(lambda x: term(kind, self.p.logpdf(x), self.q.logpdf(x)), ends)

    def _ends(self) -> list[float]:
        found = np.unique(np.array([*places(self.p), *places(self.q)]))
        with np.errstate(invalid="ignore"):
            close = np.diff(found) <= 1e-13 * (1 + abs(found[:-1]))
        return found[~np.concatenate([[False], close])].tolist()

    def _sum(self, at: Callable[[np.ndarray], np.ndarray], ends: list[float]) -> Found:
        with np.errstate(all="ignore"):
            found = integrate.tanhsinh(at, ends[:-1], ends[1:], atol=1e-14, rtol=1e-12)
        value = math.fsum(found.integral)
        return value, math.fsum(abs(found.error)) + 1e-10 * abs(value) + 1e-14

    def _crossings(self, gap: Callable[[np.ndarray], np.ndarray]) -> list[float]:
        ends = [end for end in self._ends() if math.isfinite(end)]
        fine = np.unique(
            np.concatenate([np.linspace(a, b, 60) for a, b in itertools.pairwise(ends)])
        )
        with np.errstate(invalid="ignore"):
            sign = np.sign(np.nan_to_num(gap(fine), posinf=1, neginf=-1))
        return [
            optimize.brentq(lambda x: float(gap(np.array(x))), fine[k], fine[k + 1], xtol=1e-14)
            for k in np.flatnonzero(sign[1:] * sign[:-1] < 0)
        ] + fine[sign == 0].tolist()

    def _tv(self) -> Found:
        """Half the sum of |mass of p − mass of q| between crossings of the densities."""
        edges = [end for law in (self.p, self.q) for end in [min(places(law)), max(places(law))]]
        cuts = self._crossings(lambda x: self.p.logpdf(x) - self.q.logpdf(x))
        ends = np.unique(
            np.array([-math.inf, *cuts, *(e for e in edges if math.isfinite(e)), math.inf])
        )
        mass = [_masses(law, ends) for law in (self.p, self.q)]
        value = 0.5 * float(abs(mass[0] - mass[1]).sum())
        return value, 1e-12 + 1e-11 * value

    def _w1(self) -> Found:
        def gap(x: np.ndarray) -> np.ndarray:
            upper = self.p.sf(x) < 0.5
            return np.where(upper, self.q.sf(x) - self.p.sf(x), self.p.cdf(x) - self.q.cdf(x))

        weight = self.slope or np.ones_like
        ends = np.unique(np.array([*self._ends(), *self._crossings(gap)])).tolist()
        return self._sum(lambda x: abs(gap(x)) * weight(x), ends)


def _masses(law: Any, ends: np.ndarray) -> np.ndarray:
    """Mass between the ends, from whichever side loses no digits."""
    below, above = np.diff(law.cdf(ends)), -np.diff(law.sf(ends))
    return np.where(law.cdf(ends[1:]) < 0.5, below, above)


@dataclass(frozen=True)
class Counted:
    """The road of two tables of log probabilities (K,) at the same atoms, in order of places."""

    u: np.ndarray
    v: np.ndarray
    places: np.ndarray | None = None
    beyond: float = 0.0

    def __call__(self, kind: str) -> Found | None:
        """Return the sum and a bound on its rounding and on what lies beyond the table."""
        if kind == "w1":
            if self.places is None:
                return None
            gap = abs(np.cumsum(np.exp(self.u) - np.exp(self.v)))[:-1]
            value = math.fsum(gap * np.diff(self.places))
        else:
            value = math.fsum(term(kind, self.u, self.v))
        return value, 1e-11 * abs(value) + 1e-13 + self.beyond


def counted(p: Any, q: Any, low: int, high: int) -> Counted:
    """Two of SciPy's laws of counts on low … high, beyond which neither has 1e-25."""
    k = np.arange(low, high + 1)
    return Counted(p.logpmf(k), q.logpmf(k), k.astype(float))


def table(p: list[float], q: list[float], on_the_line: bool = True) -> Counted:
    """Two lists of probabilities."""
    with np.errstate(divide="ignore"):
        return Counted(
            np.log(p), np.log(q), np.arange(len(p), dtype=float) if on_the_line else None
        )


def zipfs(kind: str, a: float = 3.0, b: float = 2.5) -> Found | None:
    """Zipf's laws of exponents a and b, by values of the zeta function; JS by Euler–Maclaurin."""
    za, zb, rho = mpmath.zeta(a), mpmath.zeta(b), mpmath.zeta((a + b) / 2)
    forms = {
        "kl": lambda: (a - b) * mpmath.zeta(a, derivative=1) / za + mpmath.log(zb / za),
        "reverse_kl": lambda: (b - a) * mpmath.zeta(b, derivative=1) / zb + mpmath.log(za / zb),
        "hellinger2": lambda: 1 - rho / mpmath.sqrt(za * zb),
        "chi2": lambda: mpmath.zeta(2 * a - b) * zb / za**2 - 1,
        "tv": lambda: sum(max(k**-a / za - k**-b / zb, 0) for k in range(1, 100)),
        "js": lambda: mpmath.sumem(
            lambda k: _js_of(k**-a / za, k**-b / zb), [2000, mpmath.inf], tol=1e-18
        ) + sum(_js_of(k**-a / za, k**-b / zb) for k in map(mpmath.mpf, range(1, 2000))),
    }  # fmt: skip
    return (float(forms[kind]()), 1e-14) if kind in forms else None


def _js_of(p: Any, q: Any) -> Any:
    middle = (p + q) / 2
    return (p * mpmath.log(p / middle) + q * mpmath.log(q / middle)) / 2


def images(side: int = 3) -> Iterator[tuple[int, ...]]:
    """Every binary image of side × side pixels."""
    return itertools.product((0, 1), repeat=side * side)


def ising(coupling: float, side: int = 3) -> list[float]:
    """Probabilities of the Ising model with free edges."""
    bonds = [
        (side * i + j, side * i + j + step)
        for i in range(side) for j in range(side)
        for step, inside in ((1, j < side - 1), (side, i < side - 1)) if inside
    ]  # fmt: skip
    weights = [
        math.exp(coupling * sum((2 * x[a] - 1) * (2 * x[b] - 1) for a, b in bonds))
        for x in images(side)
    ]
    return [weight / math.fsum(weights) for weight in weights]


def bars(side: int = 3) -> list[float]:
    """Probabilities of bars and stripes."""

    def share(x: tuple[int, ...]) -> float:
        rows = [x[side * i : side * (i + 1)] for i in range(side)]
        alike = all(len(set(row)) == 1 for row in rows), len(set(rows)) == 1
        return sum(alike) * 2.0 ** (-side - 1)

    return [share(x) for x in images(side)]


def normal(mean: float = 0.0, sd: float = 1.0) -> Any:
    """SciPy's normal law."""
    return stats.norm(mean, sd)


def laplace(loc: float = 0.0, scale: float = 1.0) -> Any:
    """Laplace's law: SciPy's own of that name loses its log density 745 scales out."""
    return stats.gennorm(1, loc, scale)


def mixed(*parts: tuple[float, float, float]) -> Mixed:
    """A mixture of (weight, mean, standard deviation)."""
    weights, means, widths = zip(*parts, strict=True)
    return Mixed(weights, tuple(map(normal, means, widths)))
