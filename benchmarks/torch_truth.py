"""Independent truth for the laws of torch.distributions, from textbook densities.

A pair of laws is a set of nodes: log p, log q and weights, at two resolutions. On the line they
are those of the double exponential rule in 80-bit floats (`wrapped_truth`), between kinks and, for
total variation, between the crossings of p and q; for counts they are atoms, masses by mpmath; in
the plane and on the simplex products of rules. Nothing here comes from divkit.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import mpmath
import numpy as np
import wrapped_truth
from wrapped_truth import INF, F, Truth, lgam, log, log1pexp, num

ATOMS = 1500  # of a law of counts: beyond, less than 1e-25 of each law below lies


@dataclass(frozen=True)
class Line:
    """A law on the line, as a `wrapped_truth.Truth`."""

    law: Truth


@dataclass(frozen=True)
class Atoms:
    """Logs of the masses of atoms, in the order that both laws share; short of atoms, −inf."""

    logs: tuple


@dataclass(frozen=True)
class Plane:
    """Normal laws in the plane: mean, covariance."""

    mean: tuple
    cov: tuple

    def log_density(self, x, y):
        """Log p at (x, y)."""
        (a, b), (_, c) = self.cov
        det = a * c - b * b
        u, v = x - self.mean[0], y - self.mean[1]
        form = (c * u * u - 2 * b * u * v + a * v * v) / det
        return -0.5 * form - math.log(2 * math.pi) - 0.5 * math.log(det)


@dataclass(frozen=True)
class Simplex:
    """A density on the simplex of three coordinates: (x₁, x₂, x₃) -> log p(x₁, x₂)."""

    log_density: object


@dataclass(frozen=True)
class Product:
    """Independent factors."""

    parts: tuple


def family(name, *shapes, loc=0.0, scale=1.0):
    """A family by its name in SciPy."""
    return Line(wrapped_truth.law(name, shapes, loc, scale))


def continuous_bernoulli(p):
    t = F(p) - F(0.5)
    logit = log(F(p)) - np.log1p(-F(p))
    norm = log(np.expm1(logit) / logit) if t != 0 else F(0)
    return Line(Truth(lambda x, u, v: logit * u - norm, 0.0, 1.0, (), 0.5, 0.3, True))


def relaxed_bernoulli(heat, p):
    """Maddison, Mnih, Teh 2017, equation 24."""
    odds, t = log(F(p)) - np.log1p(-F(p)), F(heat)

    def density(x, u, v):
        z = odds - t * (log(u) - log(v))
        return log(t) + z - 2 * log1pexp(z) - log(u) - log(v)

    return Line(Truth(density, 0.0, 1.0, (), 0.5, 0.3, True))


def von_mises(loc, concentration):
    norm = num(lambda: mpmath.log(2 * mpmath.pi * mpmath.besseli(0, concentration)))
    pi = math.pi
    k = F(concentration)
    return Line(Truth(lambda x, u, v: k * np.cos(x - F(loc)) - norm, -pi, pi, (), 0.0, 1.0, True))


def mixed(weights, laws):
    """A mixture of laws on one part of the line."""
    parts = [law.law for law in laws]
    total = sum(F(w) for w in weights)

    def density(x, u, v):
        return np.logaddexp.reduce(
            [
                log(F(w) / total) + p.log_density(x, u, v)
                for w, p in zip(weights, parts, strict=True)
            ]
        )

    low, high = parts[0].low, parts[0].high
    kinks = tuple(sorted({p.center for p in parts}))
    width = min(p.width for p in parts)
    return Line(Truth(density, low, high, kinks, parts[0].center, width, True))


def dirichlet(*alphas):
    a = [F(x) for x in alphas]
    norm = lgam(sum(alphas)) - sum(lgam(x) for x in alphas)
    return Simplex(lambda *x: norm + sum((k - 1) * log(c) for k, c in zip(a, x, strict=True)))


def relaxed_one_hot(heat, *probs):
    """Maddison, Mnih, Teh 2017, equation 10."""
    t, n = F(heat), len(probs)
    logs = [log(F(p) / F(sum(probs))) for p in probs]
    norm = lgam(n) + (n - 1) * log(t)

    def density(*x):
        terms = [p - t * log(c) for p, c in zip(logs, x, strict=True)]
        total = np.logaddexp.reduce(terms)
        return norm + sum(terms) - n * total - sum(log(c) for c in x)

    return Simplex(density)


def counts(log_mass, size=ATOMS):
    """Atoms 0, 1, … with log masses by mpmath."""
    with mpmath.workdps(40):
        return Atoms(tuple(F(mpmath.nstr(log_mass(k), 25)) for k in range(size)))


def poisson(rate):
    return counts(lambda k: k * mpmath.log(rate) - rate - mpmath.loggamma(k + 1))


def geometric(p):
    return counts(lambda k: mpmath.log(p) + k * mpmath.log1p(-mpmath.mpf(p)))


def negative_binomial(r, p):
    """Of successes before r failures, each a success with probability p."""
    r, p = mpmath.mpf(r), mpmath.mpf(p)
    choose = lambda k: mpmath.loggamma(k + r) - mpmath.loggamma(k + 1) - mpmath.loggamma(r)  # noqa: E731
    return counts(lambda k: choose(k) + r * mpmath.log1p(-p) + k * mpmath.log(p))


def binomial(n, p):
    n, p = int(n), mpmath.mpf(p)
    choose = lambda k: mpmath.log(mpmath.binomial(n, k))  # noqa: E731
    return counts(lambda k: choose(k) + k * mpmath.log(p) + (n - k) * mpmath.log1p(-p), n + 1)


def categorical(*probs):
    total = sum(mpmath.mpf(p) for p in probs)
    return counts(lambda k: mpmath.log(probs[k] / total), len(probs))


def multinomial(n, *probs):
    total = sum(mpmath.mpf(p) for p in probs)
    cells = [c for c in itertools.product(range(n + 1), repeat=len(probs)) if sum(c) == n]

    def log_mass(k):
        parts = (
            c * mpmath.log(p / total) - mpmath.loggamma(c + 1)
            for c, p in zip(cells[k], probs, strict=True)
        )
        return mpmath.loggamma(n + 1) + mpmath.fsum(parts)

    return counts(log_mass, len(cells))


def product(*parts):
    return Product(tuple(parts))


def divergence(kind, p, q):
    """kl, js, tv or hellinger2 and a bound of its error; inf, 0 where the supports say so."""
    if _singular(p, q):
        return {"kl": (INF, 0.0), "js": (math.log(2), 0.0)}.get(kind, (1.0, 0.0))
    if isinstance(p, Line) and kind != "tv":
        return wrapped_truth.divergence(kind, p.law, q.law)
    if kind == "kl" and not _covers(p, q):
        return INF, 0.0
    exact = isinstance(p, Atoms)
    rule = _of_cut_simplex if kind == "tv" and isinstance(p, Simplex) else _nodes
    levels = [sum(map(float, _values(kind, *rule(p, q, level)))) for level in (0, 1)]
    floor = 1e-15 * (1 + abs(levels[1])) if exact or isinstance(p, Line) else 1e-11
    return levels[1], 4 * abs(levels[1] - levels[0]) + floor


def _singular(p, q):
    return isinstance(p, Atoms) != isinstance(q, Atoms)


def _covers(p, q):
    if isinstance(p, Atoms):
        return len(p.logs) <= len(q.logs)
    if isinstance(p, Product):
        return all(map(_covers, p.parts, q.parts))
    return not isinstance(p, Line) or (q.law.low <= p.law.low and p.law.high <= q.law.high)


def _values(kind, lp, lq, weights):
    """The terms of a divergence, in 80-bit floats."""
    with np.errstate(all="ignore"):
        if kind == "tv":
            return np.abs(np.exp(lp) - np.exp(lq)) / 2 * weights
        values = wrapped_truth._integrand(kind, lp, lq) * weights
    return np.where((weights > 0) & ((lp > -np.inf) | (lq > -np.inf)), values, 0)


def _nodes(p, q, level):
    return _RULES[type(p)](p, q, level)


def _of_atoms(p, q, level):
    size = max(len(p.logs), len(q.logs))
    logs = [np.full(size, -np.inf, F) for _ in range(2)]
    for row, law in zip(logs, (p, q), strict=True):
        row[: len(law.logs)] = law.logs
    return (*logs, np.ones(size, F))


def _of_line(p, q, level, step=1 / 32):
    """Between ends, kinks and crossings, with h = step · 2^−level."""
    a, b, h = p.law, q.law, step / 2**level
    marks = sorted({a.low, a.high, b.low, b.high, a.center, b.center, *a.kinks, *b.kinks})
    marks = sorted({*marks, *_crossings(a, b, marks)})
    width = math.sqrt(a.width * b.width)
    parts = []
    with np.errstate(all="ignore"):
        for low, high in itertools.pairwise(marks):
            x, left, right, w = wrapped_truth._segment(low, high, a.center, width, h)
            logs = [wrapped_truth._at(law, x, low, high, left, right) for law in (a, b)]
            kept = (w > 0) & np.isfinite(w)
            parts.append([part[kept] for part in (*logs, w)])
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _crossings(a, b, marks):
    """Roots of log p − log q, by bisection between nodes of a coarse rule."""
    width, roots = math.sqrt(a.width * b.width), []

    def gap(x):
        low, high = max(m for m in marks if m <= x), min(m for m in marks if m >= x)
        at = np.array([x], F)
        ends = (at - F(low), F(high) - at)
        with np.errstate(all="ignore"):
            found = [wrapped_truth._at(law, at, low, high, *ends)[0] for law in (a, b)]
            return float(found[0] - found[1])

    for low, high in itertools.pairwise(marks):
        with np.errstate(all="ignore"):
            x, left, right, _ = wrapped_truth._segment(low, high, a.center, width, 1 / 32)
            logs = [wrapped_truth._at(law, x, low, high, left, right) for law in (a, b)]
            signs = np.sign(logs[0] - logs[1])
        known = np.isfinite(logs[0]) & np.isfinite(logs[1])
        for i in np.flatnonzero((signs[:-1] * signs[1:] < 0) & known[:-1] & known[1:]):
            roots.append(_bisected(gap, float(x[i]), float(x[i + 1])))
    return roots


def _bisected(gap, low, high):
    side = gap(low)
    for _ in range(90):
        middle = 0.5 * (low + high)
        if gap(middle) * side > 0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _of_plane(p, q, level):
    sides = []
    for k in (0, 1):
        spread = [math.sqrt(law.cov[k][k]) for law in (p, q)]
        low = min(law.mean[k] - 9 * s for law, s in zip((p, q), spread, strict=True))
        high = max(law.mean[k] + 9 * s for law, s in zip((p, q), spread, strict=True))
        sides.append(np.linspace(low, high, 500 * 2**level + 1 + 7 * k))
    x, y = np.meshgrid(*sides, indexing="ij")
    area = np.full(x.shape, math.prod(float(s[1] - s[0]) for s in sides))
    return p.log_density(x, y).ravel(), q.log_density(x, y).ravel(), area.ravel()


def _of_simplex(p, q, level):
    """x₁ = u, x₂ = (1 − u) v: both by the double exponential rule, from both ends."""
    _, left, right, w = wrapped_truth._segment(0.0, 1.0, 0.5, 0.3, 1 / 24 / 2**level)
    point = [
        a.ravel()
        for a in (left[:, None] + 0 * left, right[:, None] * left, right[:, None] * right)
    ]
    weights = (w[:, None] * right[:, None] * w).ravel()
    with np.errstate(all="ignore"):
        logs = [np.nan_to_num(law.log_density(*point), nan=-np.inf) for law in (p, q)]
    return (*logs, weights)


def _of_cut_simplex(p, q, level):
    """As `_of_simplex`, with v cut where p = q: a rule across that kink settles by chance."""
    step = 1 / 24 / 2**level
    _, left, right, w = wrapped_truth._segment(0.0, 1.0, 0.5, 0.3, step)
    parts = [_row_of_simplex(p, q, *node, step) for node in zip(left, right, w, strict=True)]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _row_of_simplex(p, q, u, rest, weight, step):
    """The nodes of one u, (1 − u) = rest."""

    def logs(v, other):
        with np.errstate(all="ignore"):
            at = (u + 0 * v, rest * v, rest * other)
            return [np.nan_to_num(law.log_density(*at), nan=-np.inf) for law in (p, q)]

    def gap(v):
        a, b = logs(np.array([v], F), 1 - np.array([v], F))
        return float(a[0] - b[0])

    v = 1 / (1 + np.exp(-np.linspace(F(-36), F(36), 289)))
    a, b = logs(v, 1 - v)
    known = np.isfinite(a) & np.isfinite(b)
    signs = np.where(known, np.sign(np.where(known, a, 0) - np.where(known, b, 0)), 0)
    turns = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    marks = [0.0, *(_bisected(gap, float(v[i]), float(v[i + 1])) for i in turns), 1.0]
    parts = []
    for low, high in itertools.pairwise(marks):
        middle, width = 0.5 * (low + high), 0.3 * (high - low)
        _, from_low, from_high, w = wrapped_truth._segment(low, high, middle, width, step)
        at = (F(low) + from_low, F(1 - high) + from_high)
        parts.append((*logs(*at), w * weight * rest))
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _of_product(p, q, level):
    lp = lq = np.zeros(1, F)
    weights = np.ones(1, F)
    for a, b in zip(p.parts, q.parts, strict=True):
        found = _of_line(a, b, level, 1 / 6) if isinstance(a, Line) else _nodes(a, b, level)
        lp, lq = (np.add.outer(*pair).ravel() for pair in ((lp, found[0]), (lq, found[1])))
        weights = np.multiply.outer(weights, found[2]).ravel()
    return lp, lq, weights


_RULES = {
    Atoms: _of_atoms,
    Line: _of_line,
    Plane: _of_plane,
    Simplex: _of_simplex,
    Product: _of_product,
}
