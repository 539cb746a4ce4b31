"""Capabilities of mixtures and products, by those of their parts.

In an inverse transform a mixture spends its first coordinate on the component: equal slices of a
Sobol' sequence fall into the components in proportion to their weights, which stratifies the
choice without bias. The weights of a mixture in balls are divided by their exact sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from flint import arb

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import Mixture, Mixture1D, MixtureLaw
from divkit.distributions.compose.product import Product
from divkit.exact.balls.place import LogDensity, Place, log, real_part
from divkit.exact.balls.shares import log_shares
from divkit.exact.capabilities.base import (
    Balls,
    Capabilities,
    Component,
    Inverse,
    Tame,
    declare,
)
from divkit.exact.capabilities.queries import (
    cdf,
    gaussian_components,
    inverse,
    log_density,
    tame,
)
from divkit.exact.method import NotApplicableError
from divkit.types import Ball, FloatArray

Covariance = tuple[tuple[Fraction, ...], ...]


def components(law: Law) -> Iterator[tuple[Ball, Law]]:
    """Weight and law of each component, weights divided by their sum; a plain law is its own."""
    if not isinstance(law, Mixture1D):
        yield arb(1), law
        return
    shares = log_shares(law.weights, law.log_weights)
    for share, component in zip(shares, law.components, strict=True):
        for inner, leaf in components(component):
            yield inner * share.exp(), leaf


def _mixture_density(law: Mixture1D, place: Place) -> LogDensity | None:
    terms: list[LogDensity] = []
    shifts: list[Ball] = []
    shares = log_shares(law.weights, law.log_weights)
    for share, component in zip(shares, law.components, strict=True):
        density = log_density(component, place)
        if density is not None:
            terms.append(density)
            shifts.append(share)
    if not terms:
        return None
    return lambda at: _log_sum([term(at) + s for term, s in zip(terms, shifts, strict=True)])


def _log_sum(logs: list[Ball]) -> Ball:
    """log Σ e^{l}, with the largest taken out."""
    top = 0
    largest = real_part(logs[0])
    for i in range(1, len(logs)):
        size = real_part(logs[i])
        if size > largest:
            top, largest = i, size
    rest = sum(((l - logs[top]).exp() for i, l in enumerate(logs) if i != top), 1)
    return logs[top] + log(rest) if len(logs) > 1 else logs[top]


def _mixture_gaussian(law: MixtureLaw) -> list[Component]:
    total = sum(Fraction(w) for w in law.weights)
    return [
        Component(Fraction(w) / total * part.weight, part.loc, part.cov)
        for w, inner in zip(law.weights, law.components, strict=True)
        for part in gaussian_components(inner)
    ]


def _mixture_inverse(law: MixtureLaw) -> Inverse | None:
    parts = [part for component in law.components if (part := inverse(component)) is not None]
    if len(parts) < len(law.components):
        return None
    shares = np.cumsum(law.weights) / np.sum(law.weights)

    def points(u: FloatArray) -> FloatArray:
        chosen = np.minimum(np.searchsorted(shares, u[:, 0], side="right"), len(parts) - 1)
        out = np.empty((len(u), law.dim))
        for k, part in enumerate(parts):
            rows = chosen == k
            out[rows] = part.points(u[rows, 1 : 1 + part.dim])
        return out

    return Inverse(1 + max(part.dim for part in parts), points)


def _mixture_tame(law: MixtureLaw) -> Tame | None:
    return _worst([tame(component) for component in law.components])


declare(
    Mixture,
    Capabilities[Mixture](
        gaussian=_mixture_gaussian, inverse=_mixture_inverse, tame=_mixture_tame
    ),
)
declare(
    Mixture1D,
    Capabilities[Mixture1D](
        balls=Balls[Mixture1D](
            _mixture_density,
            lambda law, at: sum((w * cdf(leaf, at) for w, leaf in components(law)), arb(0)),
        ),
        gaussian=_mixture_gaussian,
        inverse=_mixture_inverse,
        tame=_mixture_tame,
    ),
)


def _product_gaussian(law: Product) -> list[Component]:
    parts = [gaussian_components(factor) for factor in law.factors]
    if any(len(part) > 1 for part in parts):
        raise NotApplicableError("a product of mixtures is not opened")
    blocks = [part[0] for part in parts]
    loc = tuple(x for block in blocks for x in block.loc)
    return [Component(Fraction(1), loc, _block_diagonal([block.cov for block in blocks]))]


def _block_diagonal(blocks: list[Covariance]) -> Covariance:
    size, start, rows = sum(map(len, blocks)), 0, []
    for block in blocks:
        after = size - start - len(block)
        rows += [(Fraction(0),) * start + row + (Fraction(0),) * after for row in block]
        start += len(block)
    return tuple(rows)


def _product_inverse(law: Product) -> Inverse | None:
    parts = [part for factor in law.factors if (part := inverse(factor)) is not None]
    if len(parts) < len(law.factors):
        return None
    ends = np.cumsum([0, *(part.dim for part in parts)])

    def points(u: FloatArray) -> FloatArray:
        pairs = zip(parts, ends[:-1], ends[1:], strict=True)
        return np.concatenate([part.points(u[:, a:b]) for part, a, b in pairs], axis=1)

    return Inverse(int(ends[-1]), points)


declare(
    Product,
    Capabilities[Product](
        gaussian=_product_gaussian,
        inverse=_product_inverse,
        tame=lambda law: _worst([tame(factor) for factor in law.factors]),
    ),
)


def _worst(parts: list[Tame | None]) -> Tame | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Tame(max(part.degree for part in known), min(part.moments for part in known))
