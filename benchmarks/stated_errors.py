"""Stated errors against 80-bit truth: wrapped laws at extreme parameters.

    python benchmarks/stated_errors.py [--cases 300] [--seed 0] [--family NAME]

Continuous laws of SciPy and PyTorch (and divkit's own) against affine copies of themselves, other
shapes, the normal law of the same moments and wide laws, by KL, JS, squared Hellinger distance
and W1. The truth comes from densities written out here, in 80-bit floats with constants and
special functions from mpmath, by composite Gauss-Legendre between quantiles and on steps that
halve towards every end; W1 of a copy that is shifted is the shift, of one that is stretched about
the end of its support the mean. Counted are values that miss their stated errors.
"""

from __future__ import annotations

import argparse
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
import torch
from ridges_random import legendre
from scipy import stats

from divkit.exact.api import divergence

LONG = np.longdouble
ROWS = ("kl", "kl", "js", "hellinger2", "w1")
Log = Callable[..., Any]
INF = math.inf


@dataclass(frozen=True)
class Family:
    """A law of SciPy: standard log density in mpmath, its support, shapes, the one of PyTorch."""

    log_density: Log
    shapes: tuple[tuple[float, ...], ...] = ((),)
    support: Callable[..., tuple[float, float]] = lambda *_: (-INF, INF)
    torch: str | None = None


def _line(*_: float) -> tuple[float, float]:
    return (-INF, INF)


def _half(*_: float) -> tuple[float, float]:
    return (0.0, INF)


def _unit(*_: float) -> tuple[float, float]:
    return (0.0, 1.0)


mp.mp.dps = 30


def _number(value: Any) -> Any:
    """A number of mpmath in 80 bits."""
    return LONG(mp.nstr(value, 25))


class _Elementary:
    """Functions of 80-bit arrays by the names that mpmath gives them; numbers go to mpmath."""

    pi = _number(mp.pi)
    log, log1p, exp, expm1 = np.log, np.log1p, np.exp, np.expm1
    sqrt, cosh, asinh = np.sqrt, np.cosh, np.arcsinh

    @staticmethod
    def each(function: Callable[..., Any], *x: Any) -> Any:
        """A function that only mpmath has, element by element."""
        whole = np.vectorize(lambda *row: _number(function(*(mp.mpf(str(v)) for v in row))))
        return whole(*x).astype(LONG)


E = _Elementary


def _log_phi(x: Any) -> Any:
    return -x * x / 2 - E.log(2 * E.pi) / 2


def _log_upper(x: Any) -> Any:
    """log of the normal mass below x."""
    return E.each(lambda v: mp.log(mp.erfc(-v / mp.sqrt(2)) / 2), x)


def _log_mass(a: float, b: float) -> Any:
    """log of the normal mass of (a, b)."""
    a, b = (-b, -a) if a > 0 else (a, b)
    root = mp.sqrt(2)
    return _number(mp.log((mp.erfc(-b / root) - mp.erfc(-a / root)) / 2))


def _beta(x: Any, a: float, b: float) -> Any:
    a, b = LONG(a), LONG(b)
    level = _number(-mp.log(mp.beta(mp.mpf(float(a)), mp.mpf(float(b)))))
    return (a - 1) * E.log(x) + (b - 1) * E.log1p(-x) + level


def _student(x: Any, nu: float) -> Any:
    nu = mp.mpf(nu)
    level = mp.loggamma((nu + 1) / 2) - mp.loggamma(nu / 2) - mp.log(nu * mp.pi) / 2
    return _number(level) - (_number(nu) + 1) / 2 * E.log1p(x * x / _number(nu))


def _gamma(x: Any, a: float) -> Any:
    """Around the mode, where the terms of (a − 1) log x − x − log Γ(a) cancel."""
    b = mp.mpf(a)
    level = _number((b - 1) * mp.log(b) - b - mp.loggamma(b))
    w = (x - LONG(a)) / LONG(a)
    return level + (LONG(a) - 1) * E.log1p(w) - LONG(a) * w


def _triangular(x: Any, c: float) -> Any:
    c = LONG(c)
    return np.where(x <= c, E.log(2 * x / c), E.log(2 * (1 - x) / (1 - c)))


def _genextreme(x: Any, c: float) -> Any:
    log_t = E.log1p(-LONG(c) * x) / LONG(c)
    return (1 - LONG(c)) * log_t - E.exp(log_t)


FAMILIES: dict[str, Family] = {
    "truncnorm": Family(
        lambda x, a, b: _log_phi(x) - _log_mass(a, b),
        (
            (-60.0, -59.0),
            (-60.0, -59.5),
            (59.0, 60.0),
            (-2.0, 1.0),
            (30.0, 31.0),
            (-9.0, -8.0),
            (200.0, 201.0),
        ),
        lambda a, b: (a, b),
    ),
    "triang": Family(_triangular, ((0.158,), (0.5,), (1e-6,), (0.999,)), _unit),
    "invgamma": Family(
        lambda x, a: _gamma(1 / x, a) - 2 * E.log(x),
        ((3.0,), (4.0,), (40.0,), (1e4,), (1.2,)),
        _half,
        "InverseGamma",
    ),
    "weibull_min": Family(
        lambda x, c: E.log(LONG(c)) + (LONG(c) - 1) * E.log(x) - x ** LONG(c),
        ((0.7,), (1.7,), (30.0,), (2.0,)),
        _half,
    ),
    "gamma": Family(_gamma, ((0.3,), (2.0,), (1e4,), (1e8,)), _half, "Gamma"),
    "chi2": Family(
        lambda x, k: _gamma(x / 2, k / 2) - E.log(LONG(2)), ((3.0,), (1e5,)), _half, "Chi2"
    ),
    "beta": Family(_beta, ((2.0, 3.0), (1e4, 2e4), (0.4, 0.7), (1.0, 300.0)), _unit, "Beta"),
    "t": Family(_student, ((3.0,), (1e6,), (2.5,)), _line, "StudentT"),
    "betaprime": Family(
        lambda x, a, b: (
            (LONG(a) - 1) * E.log(x) - (LONG(a) + b) * E.log1p(x) - _number(mp.log(mp.beta(a, b)))
        ),
        ((2.0, 5.0), (50.0, 60.0)),
        _half,
    ),
    "nakagami": Family(
        lambda x, v: _gamma(v * x * x, v) + E.log(2 * v * x),
        ((1.5,), (300.0,)),
        _half,
    ),
    "invgauss": Family(
        lambda x, m: -E.log(2 * E.pi * x**3) / 2 - (x - m) ** 2 / (2 * x * LONG(m) ** 2),
        ((1.0,), (0.01,), (20.0,)),
        _half,
    ),
    "lomax": Family(
        lambda x, c: E.log(LONG(c)) - (LONG(c) + 1) * E.log1p(x), ((2.5,), (40.0,)), _half
    ),
    "fisk": Family(
        lambda x, c: E.log(LONG(c)) + (LONG(c) - 1) * E.log(x) - 2 * E.log1p(x ** LONG(c)),
        ((2.5,), (40.0,)),
        _half,
    ),
    "burr12": Family(
        lambda x, c, d: (
            E.log(LONG(c) * d) + (LONG(c) - 1) * E.log(x) - (LONG(d) + 1) * E.log1p(x ** LONG(c))
        ),
        ((2.0, 3.0), (10.0, 0.5)),
        _half,
    ),
    "halfnorm": Family(lambda x: _log_phi(x) + E.log(LONG(2)), ((),), _half, "HalfNormal"),
    "rayleigh": Family(lambda x: E.log(x) - x * x / 2, ((),), _half),
    "maxwell": Family(lambda x: E.log(2 / E.pi) / 2 + 2 * E.log(x) - x * x / 2, ((),), _half),
    "gumbel_r": Family(lambda x: -x - E.exp(-x), ((),), _line, "Gumbel"),
    "gumbel_l": Family(lambda x: x - E.exp(x), ((),), _line),
    "logistic": Family(lambda x: -x - 2 * E.log1p(E.exp(-x)), ((),), _line),
    "hypsecant": Family(lambda x: -E.log(E.pi * E.cosh(x)), ((),), _line),
    "moyal": Family(lambda x: -(x + E.exp(-x)) / 2 - E.log(2 * E.pi) / 2, ((),), _line),
    "genlogistic": Family(
        lambda x, c: E.log(LONG(c)) - x - (LONG(c) + 1) * E.log1p(E.exp(-x)),
        ((0.5,), (30.0,)),
        _line,
    ),
    "gennorm": Family(
        lambda x, b: E.log(LONG(b) / 2) - _number(mp.loggamma(1 / mp.mpf(b))) - abs(x) ** LONG(b),
        ((1.5,), (8.0,), (0.7,)),
        _line,
    ),
    "dweibull": Family(
        lambda x, c: E.log(LONG(c) / 2) + (LONG(c) - 1) * E.log(abs(x)) - abs(x) ** LONG(c),
        ((1.5,), (3.0,)),
        _line,
    ),
    "powerlaw": Family(
        lambda x, a: E.log(LONG(a)) + (LONG(a) - 1) * E.log(x), ((0.5,), (30.0,)), _unit
    ),
    "arcsine": Family(lambda x: -E.log(E.pi) - E.log(x) / 2 - E.log1p(-x) / 2, ((),), _unit),
    "semicircular": Family(
        lambda x: E.log(2 / E.pi) + E.log1p(-x) / 2 + E.log1p(x) / 2,
        ((),),
        lambda: (-1.0, 1.0),
    ),
    "genpareto": Family(
        lambda x, c: -(1 + 1 / LONG(c)) * E.log1p(c * x),
        ((0.3,), (1e-6,)),
        _half,
    ),
    "genextreme": Family(
        _genextreme, ((0.3,), (-0.3,)), lambda c: (-INF, 1 / c) if c > 0 else (1 / c, INF)
    ),
    "gompertz": Family(lambda x, c: E.log(LONG(c)) + x - c * E.expm1(x), ((0.5,), (1e-3,)), _half),
    "exponweib": Family(
        lambda x, a, c: (
            E.log(LONG(a) * c) + (a - 1) * E.log(-E.expm1(-(x**c))) - x**c + (c - 1) * E.log(x)
        ),
        ((2.0, 1.5),),
        _half,
    ),
    "exponnorm": Family(
        lambda x, k: (
            -E.log(LONG(k)) + 1 / (2 * LONG(k) ** 2) - x / k + _log_upper(x - 1 / LONG(k))
        ),
        ((1.5,), (0.05,), (30.0,)),
        _line,
    ),
    "skewnorm": Family(
        lambda x, a: E.log(LONG(2)) + _log_phi(x) + _log_upper(a * x),
        ((2.0,), (-30.0,)),
        _line,
    ),
    "foldnorm": Family(
        lambda x, c: np.logaddexp(_log_phi(x - c), _log_phi(x + c)), ((2.0,), (30.0,)), _half
    ),
    "johnsonsu": Family(
        lambda x, a, b: E.log(LONG(b)) - E.log1p(x * x) / 2 + _log_phi(a + b * E.asinh(x)),
        ((1.0, 2.0), (-8.0, 3.0)),
        _line,
    ),
    "loguniform": Family(
        lambda x, a, b: -E.log(x) - E.log(E.log(LONG(b) / LONG(a))),
        ((1e-3, 10.0), (1.0, 1.001)),
        lambda a, b: (a, b),
    ),
    "truncexpon": Family(
        lambda x, b: -x - E.log(-E.expm1(-LONG(b))), ((2.0,), (1e-5,)), lambda b: (0.0, b)
    ),
    "geninvgauss": Family(
        lambda x, p, b: (
            (p - 1) * E.log(x) - b * (x + 1 / x) / 2 - _number(mp.log(2 * mp.besselk(p, b)))
        ),
        ((2.0, 1.5),),
        _half,
    ),
    "recipinvgauss": Family(
        lambda x, m: -E.log(2 * E.pi * x) / 2 - (1 - m * x) ** 2 / (2 * x * LONG(m) ** 2),
        ((0.6,),),
        _half,
    ),
}
SLOW = ("exponnorm", "skewnorm")  # by mpmath, and with light tails
PLACES = ((0.0, 1.0), (0.0, 1.0), (1e8, 1.0), (-3.0, 1e-5), (2.0, 7.0))


@dataclass(frozen=True)
class Side:
    """A family with shapes at loc + scale·Z."""

    name: str
    shapes: tuple[float, ...]
    loc: float
    scale: float

    def law(self, library: str) -> Any:
        """The law as an object of that library."""
        if self.name == "norm":
            return stats.norm(self.loc, self.scale)
        if self.name == "cauchy":
            return stats.cauchy(self.loc, self.scale)
        kind = FAMILIES[self.name].torch if self.loc == 0 and library == "torch" else None
        return (
            self._torch(kind)
            if kind
            else getattr(stats, self.name)(*self.shapes, self.loc, self.scale)
        )

    def _torch(self, kind: str) -> Any:
        maker, s = (
            getattr(torch.distributions, kind),
            torch.tensor(self.scale, dtype=torch.float64),
        )
        shapes = [torch.tensor(x, dtype=torch.float64) for x in self.shapes]
        if kind in ("InverseGamma",):
            return maker(shapes[0], s)
        if kind == "Gamma":
            return maker(shapes[0], 1 / s)
        if kind == "HalfNormal":
            return maker(s)
        if kind in ("Gumbel",):
            return maker(torch.zeros_like(s), s)
        if kind == "StudentT":
            return maker(shapes[0], torch.zeros_like(s), s)
        if self.scale == 1:
            return maker(*shapes)
        return getattr(stats, self.name)(*self.shapes, self.loc, self.scale)

    @property
    def support(self) -> tuple[Any, Any]:
        """The ends in units of the standard law."""
        return FAMILIES[self.name].support(*self.shapes) if self.name in FAMILIES else (-INF, INF)

    def log_density(self, origin: Side, z: Any) -> Any:
        """At origin.loc + origin.scale z, in units of 1/origin.scale; −inf off the support."""
        ratio = LONG(origin.scale) / LONG(self.scale)
        y = z * ratio + (LONG(origin.loc) - LONG(self.loc)) / LONG(self.scale)
        low, high = self.support
        inside = (y > low) & (y < high)
        safe = np.where(inside, y, LONG(self.middle))
        if self.name == "norm":
            logs = _log_phi(safe)
        elif self.name == "cauchy":
            logs = -np.log(E.pi) - np.log1p(safe * safe)
        else:
            logs = FAMILIES[self.name].log_density(safe, *self.shapes)
        return np.where(inside, logs + np.log(ratio), -INF)

    @property
    def middle(self) -> float:
        """The median of the standard law."""
        return float(getattr(stats, self.name)(*self.shapes).ppf(0.5))

    def knots(self, origin: Side) -> np.ndarray:
        """Quantiles, and steps towards the ends, the origin and infinity, in units of origin."""
        law = getattr(stats, self.name)(*self.shapes)
        levels = [1e-40, 1e-20, 1e-12, 1e-8, 1e-5, 1e-3, 1e-2, 0.1, 0.25, 0.5, 0.75]
        found = np.array([*law.ppf(levels), *law.isf(levels)])
        found = found[np.isfinite(found)].astype(LONG)
        width = max(float(np.ptp(found[np.abs(found) < 1e18])), 1e-300)
        powers = (-9, 3) if self.name in SLOW else (-70, 200)
        steps = LONG(width) * LONG(2) ** np.arange(*powers, dtype=LONG)
        stops = [LONG(end) for end in (*self.support, 0.0, self.middle) if math.isfinite(end)]
        stops += [LONG(shape) for shape in self.shapes if self.name == "triang"]
        grid = [found, *(np.r_[[stop], stop - steps, stop + steps] for stop in stops)]
        y = np.concatenate(grid)
        shift = (LONG(self.loc) - LONG(origin.loc)) / LONG(origin.scale)
        return shift + y * (LONG(self.scale) / LONG(origin.scale))


def draw(seed: int, only: str | None) -> tuple[Side, Side, str, str, str]:
    """(p, q, row, library, kind of partner)."""
    rng = np.random.default_rng(seed)
    name = only or str(rng.choice(list(FAMILIES)))
    family = FAMILIES[name]
    shapes = family.shapes[rng.integers(len(family.shapes))]
    loc, scale = PLACES[rng.integers(len(PLACES))]
    row = str(rng.choice(ROWS))
    library = str(rng.choice(["scipy", "scipy", "torch"]))
    if library == "torch":
        loc = 0.0
    p = Side(name, shapes, loc, scale)
    kinds = ["stretched", "shifted", "shape", "normal", "cauchy"]
    kind = str(rng.choice(["stretched", "shifted"] if row == "w1" else kinds))
    if kind == "stretched":
        q = Side(name, shapes, loc, scale * 1.25)
    elif kind == "shifted":
        q = Side(name, shapes, loc + 0.5 * scale, scale)
    elif kind == "shape":
        q = Side(name, family.shapes[rng.integers(len(family.shapes))], loc, scale)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mean, sd = (float(x) for x in (p.law("scipy").mean(), p.law("scipy").std()))
        if not (math.isfinite(mean) and math.isfinite(sd) and sd > 0):
            mean, sd = p.loc, p.scale
        q = Side("norm" if kind == "normal" else "cauchy", (), mean, sd)
    return (
        (p, q, row, library, kind)
        if rng.random() < 0.5 or row == "w1"
        else (q, p, row, library, kind)
    )


def integral(f: Callable[[Any], Any], p: Side, q: Side) -> tuple[Any, Any]:
    """∫ f over z = (x − p.loc)/p.scale, and a bound of its error."""
    knots = np.unique(np.concatenate([p.knots(p), q.knots(p)]))
    knots = knots[np.r_[True, np.diff(knots) > 4e-19 * np.abs(knots[1:])]]
    values = []
    for n in (40, 28):
        nodes, weights = legendre(n)
        low, high = knots[:-1, None], knots[1:, None]
        z = (low + high) / 2 + (high - low) / 2 * nodes
        with np.errstate(all="ignore"):
            values.append(((high - low)[:, 0] / 2) * (f(z) @ weights))
    best, other = values
    bound = np.abs(best - other).sum() + LONG(1e-17) * np.abs(best).sum()
    return best.sum(), bound


def truth(p: Side, q: Side, row: str, kind: str) -> tuple[Any, Any] | None:
    """The value and its error; None where this script has no formula."""
    if row == "w1":
        if kind == "shifted":
            return abs(LONG(q.loc) - LONG(p.loc)), LONG(0)
        if p.support[0] < 0:
            return None
        one = Side(p.name, p.shapes, 0.0, 1.0)
        mean, error = integral(lambda z: z * np.exp(one.log_density(one, z)), one, one)
        stretch = abs(LONG(q.scale) - LONG(p.scale))
        return stretch * mean, error * stretch

    def integrand(z: Any) -> Any:
        lp, lq = p.log_density(p, z), q.log_density(p, z)
        u, v = np.exp(lp), np.exp(lq)
        if row == "hellinger2":
            return (np.sqrt(u) - np.sqrt(v)) ** 2 / 2
        if row == "kl":
            return np.where(u > 0, u * (lp - lq), 0)
        middle = np.logaddexp(lp, lq) - np.log(LONG(2))
        return (np.where(u > 0, u * (lp - middle), 0) + np.where(v > 0, v * (lq - middle), 0)) / 2

    return integral(integrand, p, q)


def run(seed: int, only: str | None) -> tuple[str, float, str]:
    """Outcome, excess over the stated error as a ratio, description."""
    p, q, row, library, kind = draw(seed, only)
    words = f"seed {seed}: {row} {library} {kind} {p} {q}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = divergence(p.law(library), q.law(library), row)
        except (ValueError, ArithmeticError) as refusal:
            return "refused", 0.0, f"{words}: {str(refusal)[:150]}"
        if getattr(found, "one_sided", None) or math.isinf(found.error):
            return "flagged", 0.0, words
        if math.isinf(found.value):
            return "infinite, with its proof", 0.0, words
        right = truth(p, q, row, kind)
    if right is None:
        return "no formula", 0.0, words
    value, bound = right
    miss = abs(LONG(found.value) - value)
    off = float(found.value - value)
    text = f"{words}\n  {found.value!r} ± {found.error:.3g}, off {off:.3g}, ± {float(bound):.1g}"
    if not bound <= max(0.5 * found.error, 1e-25):
        return "truth not good enough", 0.0, text
    ratio = float(max(miss - bound, 0) / found.error) if found.error else float(miss > 1e-300)
    if ratio > 1:
        return "silent", ratio, text
    return "right", ratio, text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", choices=sorted(FAMILIES), default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tally: Counter[str] = Counter()
    worst = 0.0
    for seed in range(options.seed, options.seed + options.cases):
        outcome, ratio, text = run(seed, options.family)
        tally[outcome] += 1
        worst = max(worst, ratio)
        if outcome not in ("right", "no formula", "infinite, with its proof"):
            print(f"{outcome}: {text}", flush=True)
    for name, number in sorted(tally.items()):
        print(f"{name:>26}: {number}")
    print(f"largest |value − truth| / error: {worst:.3g}")
    return 1 if tally["silent"] else 0


if __name__ == "__main__":
    sys.exit(main())
