"""What each divergence is for the certified method: an integral, its other roads, its map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flint import arb

from divkit.divergences import table
from divkit.divergences.base import Divergence
from divkit.exact.certified import affinity as certified_affinity
from divkit.exact.certified.affinity import Transform
from divkit.exact.certified.forms import (
    Form,
    affinity_form,
    harmonic_form,
    jeffreys_form,
    js_form,
    kl_form,
    reverse_kl_form,
)
from divkit.exact.certified.gaussian import Moments, gaussian_kl
from divkit.exact.method import NotApplicableError

Ball = Any


@dataclass(frozen=True)
class Quantity:
    """An integral of a pair, and how else it may be had.

    Attributes
    ----------
    form : the integrand.
    at_equality : the integral where p = q.
    from_affinity : (ρ, tolerance) -> the integral, or None.
    from_moments : the integral for two Gaussians, or None; such integrals add over the blocks of
        a product.
    dense : whether `from_affinity` takes a number of nodes that grows with the square of the
        digits, so that laws on the line are better integrated where many are wanted.
    """

    form: Callable[[], Form]
    at_equality: float = 0.0
    from_affinity: Callable[[Transform, Ball], Ball] | None = None
    from_moments: Callable[[Moments, Moments], Ball] | None = None
    dense: bool = False


@dataclass(frozen=True)
class Reading:
    """A divergence as a quantity and a map of it."""

    quantity: Quantity
    finish: Callable[[Ball], Ball]


def _same(x: Ball) -> Ball:
    return x


def _js(prior: float) -> Quantity:
    from_affinity = partial(certified_affinity.js, prior=prior)
    return Quantity(partial(js_form, prior), 0.0, from_affinity, dense=True)


_JS = _js(0.5)
_AFFINITY = Quantity(affinity_form, 1.0, certified_affinity.affinity)
_HARMONIC = Quantity(harmonic_form, 0.5, certified_affinity.harmonic, dense=True)
_KL = Quantity(kl_form, from_moments=gaussian_kl)
_REVERSE = Quantity(reverse_kl_form, from_moments=lambda p, q: gaussian_kl(q, p))
_JEFFREYS = Quantity(
    jeffreys_form, from_moments=lambda p, q: gaussian_kl(p, q) + gaussian_kl(q, p)
)

_READINGS: Mapping[Divergence, Reading] = {
    table.JS: Reading(_JS, _same),
    table.JS_FGAN: Reading(_JS, lambda x: 2 * x),
    table.GAN: Reading(_JS, lambda x: 2 * x - 2 * arb.const_log2()),
    table.JS_DISTANCE: Reading(_JS, lambda x: x.sqrt()),
    table.HELLINGER2: Reading(_AFFINITY, lambda x: 1 - x),
    table.SQUARED_HELLINGER: Reading(_AFFINITY, lambda x: 2 - 2 * x),
    table.HELLINGER: Reading(_AFFINITY, lambda x: (1 - x).sqrt()),
    table.BHATTACHARYYA: Reading(_AFFINITY, lambda x: -x.log()),
    table.TRIANGULAR: Reading(_HARMONIC, lambda x: 2 - 4 * x),
    table.KL: Reading(_KL, _same),
    table.REVERSE_KL: Reading(_REVERSE, _same),
    table.JEFFREYS: Reading(_JEFFREYS, _same),
}


def reading(divergence: Divergence) -> Reading:
    """Return what a divergence is; total variation has its own road.

    Raises
    ------
    NotApplicableError
        If the divergence has no certified form.
    """
    if isinstance(divergence, table.WeightedJS):
        return Reading(_js(divergence.prior), _same)
    if divergence not in _READINGS:
        raise NotApplicableError(f"no certified value for the divergence {divergence.name!r}.")
    return _READINGS[divergence]
