r"""Families of other libraries that divkit writes in logs itself: SciPy's names, divkit's density.

log p(x) = form(z) − log scale with z = (x − loc)/scale. Quantiles, distribution functions and
draws stay the library's; the log density, which a divergence is made of, is ours. A library forms
a density and takes its log, so that it is −inf where e^{log p} underflows and NaN where a power
overflows on the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from inspect import isfunction
from typing import Any

import numpy as np
import torch

from divkit.distributions.adapt.forms import (
    bounded,
    half_line_heavy,
    half_line_inverse,
    half_line_light,
    half_line_normal,
    hyperbolic,
    kolmogorov,
    lambdas,
    landau,
    line,
    noncentral,
    noncentral_chi2,
    ranges,
    smirnov,
)
from divkit.distributions.adapt.forms.form import Form
from divkit.distributions.base import Feature, Law1D, finite, positive
from divkit.distributions.callable.cumulative import Cumulative
from divkit.distributions.callable.law import Curves, Sampler
from divkit.distributions.maps import tails as tail_maps
from divkit.distributions.support import Boxes, interval
from divkit.distributions.tails import Tail
from divkit.types import FloatArray, Tensor

_MODULES = (
    half_line_heavy,
    half_line_light,
    half_line_normal,
    half_line_inverse,
    hyperbolic,
    line,
    landau,
    smirnov,
    ranges,
    kolmogorov,
    lambdas,
    noncentral,
    noncentral_chi2,
    bounded,
)  # every public function of theirs is a form

FORMS: dict[str, Callable[..., Form]] = {
    name: form
    for module in _MODULES
    for name, form in vars(module).items()
    if isfunction(form) and form.__module__ == module.__name__ and not name.startswith("_")
}
"""(shape parameters...) -> the form, by SciPy's name of the family."""


@dataclass(frozen=True)
class FormulaLaw(Law1D):
    """A law of one of the families in `FORMS`; make one by `divkit.as_law`.

    Parameters
    ----------
    family : SciPy's name of the family.
    shapes : its shape parameters.
    loc, scale : of the affine map from the family's own axis; scale is positive.
    marks : features.
    curves : distribution and quantile functions.
    draw : (n, generator) -> draws.

    Raises
    ------
    ValueError
        If loc is not finite, or scale not positive and finite.
    """

    family: str
    shapes: tuple[float, ...]
    loc: float
    scale: float
    marks: tuple[Feature, ...] = field(repr=False, compare=False)
    curves: Curves = field(repr=False, compare=False)
    draw: Sampler = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "loc", finite("loc", self.loc))
        object.__setattr__(self, "scale", positive("scale", self.scale))

    @cached_property
    def form(self) -> Form:
        """The family's member on its own axis."""
        return FORMS[self.family](*self.shapes)

    @cached_property
    def _ends(self) -> tuple[float, float]:
        return (self.loc + self.scale * self.form.low, self.loc + self.scale * self.form.high)

    def displacement(self, anchor: float) -> float:
        """The effect of rounding on loc + scale · end of either end, and on anchor − loc."""
        own = abs(Fraction(anchor) - Fraction(self.loc) - Fraction(anchor - self.loc))
        return max(self._off_ends, float(own))

    @cached_property
    def _off_ends(self) -> float:
        loc, scale = Fraction(self.loc), Fraction(self.scale)
        known = zip(self._ends, (self.form.low, self.form.high), strict=True)
        found = (
            abs(loc + scale * Fraction(own) - Fraction(end))
            for end, own in known
            if math.isfinite(end) and math.isfinite(own)
        )
        return float(max(found, default=Fraction(0)))

    @property
    def support(self) -> Boxes:
        """loc + scale · the form's."""
        return interval(*self._ends)

    @property
    def features(self) -> tuple[Feature, ...]:
        """As given: quantiles."""
        return self.marks

    @property
    def kinks(self) -> tuple[float, ...]:
        """loc + scale · the form's."""
        return tuple(self.loc + self.scale * kink for kink in self.form.kinks)

    @property
    def blur(self) -> float:
        """The form's."""
        return self.form.blur

    @property
    def reach(self) -> tuple[float, float]:
        """The ends of the support."""
        return self._ends

    @cached_property
    def tails(self) -> tuple[Tail | None, Tail | None]:
        """The form's in the variable x; irrational coefficients are rounded."""
        lower, upper = self.form.tails
        return (self._moved(lower, -1), self._moved(upper, 1))

    def _moved(self, tail: Tail | None, side: int) -> Tail | None:
        if tail is None:
            return None
        scale = Fraction(self.scale)
        if tail.at == "endpoint":
            return tail_maps.change(tail, tail_maps.nearly_scaled(scale), {}, "endpoint")
        shift = side * Fraction(self.loc)
        grown = tail_maps.nearly_scaled_and_shifted(scale, shift)
        return tail_maps.change(tail, grown, {}, "infinity")

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        low, high = self._ends
        below, above = _distance(anchor, offset, low, 1), _distance(anchor, offset, high, -1)
        z = ((anchor - self.loc) + offset) / self.scale
        inside = (below >= 0) & (above >= 0) & z.isfinite()
        out = torch.full_like(offset, -math.inf)
        if not bool(inside.any()):
            return out
        parts = (part[inside] for part in (z, below / self.scale, above / self.scale))
        values = self.form.log_density(*parts) - math.log(self.scale)
        return out.index_put((inside,), _known(values))

    def with_own_curves(self) -> FormulaLaw:
        """The law with the integrals of its density for curves, and draws by them."""

        def log_density(x: FloatArray) -> FloatArray:
            return np.asarray(self._log_prob_at(0.0, torch.from_numpy(x)).numpy())

        curves = Cumulative(log_density, self.support, self.marks)
        return replace(self, curves=curves, draw=lambda n, rng: curves.ppf(rng.random(n)))

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return self.curves.cdf(x)

    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        return self.curves.sf(x)

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return self.curves.ppf(u)

    def _sample(self, n: int, rng: Any) -> Any:
        return self.draw(n, rng)


def _distance(anchor: float, offset: Tensor, end: float, side: int) -> Tensor:
    """The distance of anchor + offset from an end, inwards; inf where there is none."""
    if math.isinf(end):
        return torch.full_like(offset, math.inf)
    return side * ((anchor - end) + offset)


def _known(values: Tensor) -> Tensor:
    """−inf where two terms overflow against each other, beyond every density."""
    return torch.where(values.isnan(), -math.inf, values)
