"""SciPy's catalogue of laws of counts: masses by their formulas in mpmath, divergences by sums.

A law with infinitely many atoms is summed until its masses are below 1e-40, or over 3,000 atoms;
then the last half of the terms bounds what is left out, as all of them fall like a power above 5.
"""

from __future__ import annotations

import math
from functools import lru_cache

import mpmath
import scipy.stats as ss
from mpmath import mpf
from scipy.stats._distr_params import distdiscrete

mpmath.mp.dps = 30
MOST = 3000
LEAST = mpf(10) ** -40
INF = math.inf

ENTRIES = [(name, tuple(shapes)) for name, shapes in distdiscrete]


def _beta(a, b):
    return mpmath.beta(a, b)


def _choose(n, k):
    return mpmath.binomial(n, k) if 0 <= k <= n else mpf(0)


def _wallenius(total, good, drawn, odds):
    """C(n, x) C(M−n, N−x) ∫₀¹ (1 − t^{ω/D})^x (1 − t^{1/D})^{N−x} dt, the first power expanded.

    With t = s^D the j-th term is (−1)^j C(x, j) D B(D + ωj, N − x + 1).
    """

    def mass(x):
        rest = odds * (good - x) + (total - good - (drawn - x))
        if rest == 0:
            return mpf(1)
        ways = _choose(good, x) * _choose(total - good, drawn - x)
        with mpmath.workdps(200):  # the terms cancel

            def term(j):
                return (-1) ** j * _choose(x, j) * _beta(rest + odds * j, drawn - x + 1)

            return ways * rest * mpmath.fsum(map(term, range(x + 1)))

    return mass


def _fisher(total, good, drawn, odds):
    def weight(x):
        return _choose(good, x) * _choose(total - good, drawn - x) * odds**x

    whole = mpmath.fsum(weight(x) for x in range(drawn + 1))
    return lambda x: weight(x) / whole


def _poisson_binomial(probs):
    table = [mpf(1)]
    for p in map(mpf, probs):
        kept, moved = [*table, mpf(0)], [mpf(0), *table]
        table = [(1 - p) * a + p * b for a, b in zip(kept, moved, strict=True)]
    return lambda k: table[k]


def _over(first, second):
    return mpf(first) / mpf(second)


MASSES = {
    "bernoulli": lambda p: lambda k: mpf(p) if k else 1 - mpf(p),
    "betabinom": lambda n, a, b: lambda k: _choose(n, k) * _beta(k + a, n - k + b) / _beta(a, b),
    "betanbinom": lambda n, a, b: (
        lambda k: mpmath.binomial(n + k - 1, k) * _beta(a + n, b + k) / _beta(a, b)
    ),
    "binom": lambda n, p: lambda k: _choose(n, k) * mpf(p) ** k * (1 - mpf(p)) ** (n - k),
    "boltzmann": lambda l, n: (
        lambda k: mpmath.expm1(-mpf(l)) * mpmath.exp(-l * k) / mpmath.expm1(-mpf(l) * n)
    ),
    "dlaplace": lambda a: lambda k: mpmath.tanh(mpf(a) / 2) * mpmath.exp(-mpf(a) * abs(k)),
    "geom": lambda p: lambda k: mpf(p) * (1 - mpf(p)) ** (k - 1),
    "hypergeom": lambda m, n, d: lambda k: _choose(n, k) * _choose(m - n, d - k) / _choose(m, d),
    "nchypergeom_fisher": lambda m, n, d, w: _fisher(m, n, d, mpf(w)),
    "nchypergeom_wallenius": lambda m, n, d, w: _wallenius(m, n, d, mpf(w)),
    "logser": lambda p: lambda k: -(mpf(p) ** k) / (k * mpmath.log1p(-mpf(p))),
    "nbinom": lambda n, p: (
        lambda k: mpmath.binomial(n + k - 1, k) * mpf(p) ** n * (1 - mpf(p)) ** k
    ),
    "planck": lambda l: lambda k: -mpmath.expm1(-mpf(l)) * mpmath.exp(-mpf(l) * k),
    "poisson": lambda m: lambda k: mpmath.exp(-mpf(m)) * mpf(m) ** k / mpmath.factorial(k),
    "poisson_binom": lambda probs: _poisson_binomial(probs),
    "randint": lambda low, high: lambda k: mpf(1) / (high - low),
    "skellam": lambda a, b: (
        lambda k: (
            mpmath.exp(-mpf(a) - mpf(b))
            * _over(a, b) ** (mpf(k) / 2)
            * mpmath.besseli(abs(k), 2 * mpmath.sqrt(mpf(a) * mpf(b)))
        )
    ),
    "zipf": lambda a: lambda k: mpf(k) ** -mpf(a) / mpmath.zeta(mpf(a)),
    "zipfian": lambda a, n: (
        lambda k: mpf(k) ** -mpf(a) / mpmath.fsum(mpf(j) ** -mpf(a) for j in range(1, n + 1))
    ),
    "yulesimon": lambda a: lambda k: mpf(a) * _beta(k, mpf(a) + 1),
    "nhypergeom": lambda m, n, r: (
        lambda k: mpmath.binomial(k + r - 1, k) * _choose(m - r - k, n - k) / _choose(m, n)
    ),
}

SHAPED = {
    "bernoulli": (0.45,),
    "betabinom": (5, 1.5, 0.9),
    "betanbinom": (4, 8.5, 1.2),
    "binom": (7, 0.3),
    "boltzmann": (1.1, 25),
    "dlaplace": (1.1,),
    "geom": (0.35,),
    "hypergeom": (40, 13, 7),
    "nchypergeom_fisher": (140, 80, 60, 0.8),
    "nchypergeom_wallenius": (140, 80, 60, 0.8),
    "logser": (0.5,),
    "nbinom": (2.5, 0.45),
    "planck": (0.7,),
    "poisson": (1.1,),
    "poisson_binom": ([0.2, 0.5, 0.6, 0.9],),
    "randint": (5, 33),
    "skellam": (13, 9),
    "zipf": (5.8,),
    "zipfian": (1.1, 18),
    "yulesimon": (9.0,),
    "nhypergeom": (22, 9, 2),
}
"""Other shapes of each family."""


def partners(name, shapes):
    """(name of the pair, (family, shapes, loc)) of what an entry is set against."""
    yield "moved", (name, shapes, 1)
    yield "shaped", (name, SHAPED[name], 0)
    law = getattr(ss, name)(*shapes)
    mean, var, low = float(law.mean()), float(law.var()), float(law.support()[0])
    if name == "poisson":
        yield "moments", ("nbinom", (4, 4 / (4 + mean)), 0)
    elif low >= 0:
        yield "moments", ("poisson", (mean,), 0)
    else:
        yield "moments", ("skellam", ((var + mean) / 2 + 0.5, (var - mean) / 2 + 0.5), 0)


@lru_cache(maxsize=64)
def _table(name, shapes, loc):
    """k -> mass, and whether it is all of the law."""
    shapes = tuple(list(s) if isinstance(s, tuple) else s for s in shapes)
    law, mass = getattr(ss, name)(*shapes), MASSES[name](*shapes)
    low, high = law.support()
    out, whole = {}, True
    starts = [int(low)] if math.isfinite(low) else [0, -1]
    for start, step in zip(starts, (1, -1), strict=False):
        for j in range(MOST):
            k = start + step * j
            if k > high:
                break
            value = mass(k)
            if value > 0:
                out[k + loc] = value
            if value < LEAST and j > 200:
                break
        else:
            whole = False
    return out, whole


def _term(kind, p, q):
    if kind in ("kl", "rkl"):
        a, b = (p, q) if kind == "kl" else (q, p)
        if a == 0:
            return mpf(0)
        return mpmath.inf if b == 0 else a * mpmath.log(a / b)
    if kind == "js":
        m = (p + q) / 2
        return sum((x * mpmath.log(x / m) for x in (p, q) if x > 0), mpf(0)) / 2
    if kind == "tv":
        return abs(p - q) / 2
    return (mpmath.sqrt(p) - mpmath.sqrt(q)) ** 2 / 2


def divergence(kind, p, q):
    """The sum and a bound of what is left out; an atom beyond both tables is in neither law."""
    first, second = (_hashed(*spec) for spec in (p, q))
    (mass_p, whole_p), (mass_q, whole_q) = _table(*first), _table(*second)
    places = sorted({*mass_p, *mass_q})
    zero = mpf(0)
    high_p, high_q = ss_end(p), ss_end(q)
    terms = []
    for k in places:
        a, b = mass_p.get(k), mass_q.get(k)
        if (a is None and _inside(k, high_p)) or (b is None and _inside(k, high_q)):
            a, b = _full(k, first, a, high_p), _full(k, second, b, high_q)
        terms.append(_term(kind, a or zero, b or zero))
    total = mpmath.fsum(terms)
    left = zero if whole_p and whole_q else mpmath.fsum(map(abs, terms[len(terms) // 2 :]))
    return float(total), float(left) + 1e-15 * (1 + abs(float(total)))


def _hashed(name, shapes, loc):
    return name, tuple(tuple(s) if isinstance(s, list) else s for s in shapes), loc


def ss_end(spec):
    """The ends of the support with its loc."""
    name, shapes, loc = spec
    low, high = getattr(ss, name)(*shapes).support()
    return low + loc, high + loc


def _inside(k, ends):
    return ends[0] <= k <= ends[1]


def _full(k, spec, value, ends):
    """The mass at an atom where the law's own table stopped."""
    if value is not None or not _inside(k, ends):
        return value
    name, shapes, loc = spec
    shapes = tuple(list(s) if isinstance(s, tuple) else s for s in shapes)
    return MASSES[name](*shapes)(k - loc)
