"""The GAN value of two laws by its definition, or from the divergence of that name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from divkit.distributions.base import Law, Law1D
from divkit.distributions.support import Lattice, is_discrete
from divkit.divergences import GAN
from divkit.exact.api import divergence
from divkit.exact.counts.method import Summation
from divkit.exact.discrete import Discrete
from divkit.exact.method import peel
from divkit.exact.quadrature.method import Quadrature
from divkit.results import Result

_BY_PANELS = frozenset({"auto", "quadrature"})
_BY_ATOMS = frozenset({"auto", "discrete"})
_BY_SUMS = frozenset({"auto", "summation"})
"""Methods that integrate, or sum, a value by its definition."""


def gan_value_of(p: Law, q: Law, method: Any, options: Mapping[str, Any]) -> Result:
    """Return max_D V of one pair, in nats."""
    a, b = peel(p, q)
    if method in _BY_PANELS and isinstance(a, Law1D) and isinstance(b, Law1D):
        return Quadrature(**options).gan_value(a, b)
    if method in _BY_SUMS and _both_of_atoms(a, b) and _unlisted(a, b):
        return Summation(**options).gan_value(a, b)
    if method in _BY_ATOMS and _both_of_atoms(a, b):
        return Discrete(**options).gan_value(a, b)
    return divergence(a, b, GAN, method, **options)


def _unlisted(p: Law, q: Law) -> bool:
    return isinstance(p.support, Lattice) or isinstance(q.support, Lattice)


def _both_of_atoms(p: Law, q: Law) -> bool:
    return is_discrete(p.support) and is_discrete(q.support)
