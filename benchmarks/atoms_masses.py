"""Finite laws as tables of masses in mpmath: what `atoms_cases.py` writes down, and its truth."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath
from mpmath import mpf

Mass = dict[tuple[float, ...], Any]
"""Atom -> mass; atoms without mass are left out."""


def shares(weights: Any, atoms: Any = None) -> Mass:
    """Weights over their sum on 0, 1, … or on the atoms; zeros dropped."""
    weights = [mpf(w) for w in weights]
    total = mpmath.fsum(weights)
    places = [(float(k),) for k in range(len(weights))] if atoms is None else atoms
    return {tuple(a): w / total for a, w in zip(places, weights, strict=True) if w > 0}


def softmax(logs: Any, atoms: Any = None) -> Mass:
    """Shares of e^log."""
    top = max(logs)
    powers = [mpf(0) if l == -math.inf else mpmath.exp(mpf(l) - mpf(top)) for l in logs]
    return shares(powers, atoms)


def binomial(n: int, p: Any) -> Mass:
    """C(n, k) p^k (1 − p)^(n−k)."""
    p = mpf(p)
    both = ((k, mpmath.binomial(n, k) * p**k * (1 - p) ** (n - k)) for k in range(n + 1))
    return {(float(k),): w for k, w in both if w > 0}


def softmax_binomial(n: int, logit: float) -> Mass:
    """C(n, k) e^(k logit), normalised."""
    odds = mpmath.exp(mpf(logit))
    return shares([mpmath.binomial(n, k) * odds**k for k in range(n + 1)])


def counts(n: int, mass: Mass) -> Mass:
    """Counts of three cells in n draws."""
    p = [mass.get((float(k),), mpf(0)) for k in range(3)]
    out: Mass = {}
    for a, b in itertools.product(range(n + 1), repeat=2):
        if a + b <= n:
            c = n - a - b
            ways = mpmath.binomial(n, a) * mpmath.binomial(n - a, b)
            weight = ways * p[0] ** a * p[1] ** b * p[2] ** c
            if weight > 0:
                out[(float(a), float(b), float(c))] = weight
    return out


def outer(*factors: Mass) -> Mass:
    """Independent blocks."""
    out: Mass = {(): mpf(1)}
    for factor in factors:
        out = {a + b: u * v for (a, u), (b, v) in itertools.product(out.items(), factor.items())}
    return out


def blend(weights: Mass, parts: list[Mass]) -> Mass:
    """A mixture; weights on (0,), (1,), …."""
    out: Mass = {}
    for (k,), w in weights.items():
        for atom, v in parts[int(k)].items():
            out[atom] = out.get(atom, mpf(0)) + w * v
    return out
