r"""Images of laws under invertible maps: log p_Y(y) = log p_X(x) − log |det T'(x)|, x = T⁻¹(y).

`base` and `map` are public: a divergence does not change under a common map, so that the exact
engine takes it off. Images of laws on the line are in
`divkit.distributions.compose.transformed_line`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, cast

import torch

from divkit.distributions.base import Feature, Law, Law1D
from divkit.distributions.compose.mixture import Mixture, MixtureLaw
from divkit.distributions.compose.transformed_line import (
    Image,
    Transformed1D,
    check_map,
    minus_slope,
)
from divkit.distributions.counts.image import CountImage, count_image
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.tables import finite_law, table
from divkit.distributions.given import given_law
from divkit.distributions.maps.features import pushed
from divkit.distributions.maps.space import Map, ScalarMap
from divkit.types import Tensor

__all__ = ["Transformed", "Transformed1D", "transformed"]


@dataclass(frozen=True)
class Transformed(Image):
    """The law of T(X) in R^d; make one by `transformed`.

    Parameters
    ----------
    base : the law of X, with a density.
    map : T.

    Raises
    ------
    TypeError
        If base is no law, or map no `Map`.
    ValueError
        If the map acts on another dimension, or is not defined on all of the base's support.

    Examples
    --------
    >>> from divkit.distributions import Bend, product, transformed
    >>> law = transformed(product(["normal(0, 1)"] * 2), Bend(1.0))
    >>> law.log_prob([[0.0, 0.0]])
    array([-1.83787707])
    """

    base: Law
    map: Map

    def __post_init__(self) -> None:
        check_map(self.base, self.map)
        self.map.image(self.base.support)

    @property
    def dim(self) -> int:
        """Number of coordinates d, that of the base."""
        return self.base.dim

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Images of the base's, and for curved maps of points up to 6 scales away on each axis."""
        return pushed(self.map, self.base.features, self._has_mass)

    def _has_mass(self, center: tuple[float, ...]) -> bool:
        point = torch.tensor([center], dtype=torch.float64)
        return float(self.base.log_prob(point)) > -math.inf

    def _log_prob(self, x: Tensor) -> Tensor:
        source = self.map.inverse(x)
        return minus_slope(self.base.log_prob(source), self.map.log_abs_det(source))


def transformed(base: Any, map: Map) -> Law:  # the map is called so in the laws
    """Return the law of T(X), X of law `base`.

    Parameters
    ----------
    base : any law, or whatever `divkit.as_law` reads; a finite law gives a
        finite law, a law of counts one on another lattice.
    map : T, an invertible map.

    Returns
    -------
    Law
        The image of the base.

    Raises
    ------
    TypeError
        If base is no law, or map no `Map`.
    ValueError
        If the map acts on another dimension, is not defined on all of the base's support, or is
        not affine and the base is a law of counts.

    See Also
    --------
    divkit.product : the base of maps of several coordinates.
    divkit.LogNormal : a family of images.

    Examples
    --------
    >>> from divkit.distributions import Exp, Normal
    >>> float(transformed(Normal(), Exp()).cdf(1.0))
    0.5
    """
    base = given_law(base, "base must be a law; got")
    check_map(base, map)
    if isinstance(base, FiniteLaw):
        return _moved(base, map)
    if of_counts(base):
        return _counts_moved(base, map)
    atoms = table(base)
    if atoms is not None:
        return _moved(finite_law(atoms, repr(base)), map)
    if isinstance(base, Law1D) and isinstance(map, ScalarMap):
        return Transformed1D(base, map)
    return Transformed(base, map)


def of_counts(law: Law) -> bool:
    """Whether a law is one of counts, or a mixture in which one is."""
    if isinstance(law, MixtureLaw):
        return any(map(of_counts, law.components))
    return isinstance(law, CountLaw | CountImage)


def _counts_moved(base: Law, map: Map) -> Law:
    """Shift and factor taken exactly; a mixture's components are moved one by one."""
    parts = map.affine(1)
    if parts is None:
        raise ValueError(
            f"{map!r} takes counts off their lattice; affine maps do not. No f-divergence changes "
            "under a common map: compare the counts themselves."
        )
    if isinstance(base, MixtureLaw):
        moved = tuple(transformed(component, map) for component in base.components)
        given = () if base.log_weights is not None else base.weights
        return Mixture(given, moved, log_weights=base.log_weights)
    factor, shift = Fraction(float(parts[0][0, 0])), Fraction(float(parts[1][0]))
    return count_image(cast("CountLaw | CountImage", base), shift, factor)


def _moved(base: FiniteLaw, map: Map) -> FiniteLaw:
    """The atoms moved, their log probabilities as they are."""
    atoms = map.forward(torch.from_numpy(base.points.copy())).numpy()
    return FiniteLaw(atoms, base.masses, log_weights=base.log_weights)  # type: ignore[arg-type]
