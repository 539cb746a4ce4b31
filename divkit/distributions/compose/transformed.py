r"""Images of laws under invertible maps: log p_Y(y) = log p_X(x) − log |det T'(x)|, x = T⁻¹(y).

`base` and `map` are public: a divergence does not change under a common map, so that the exact
engine takes it off. Images of laws on the line are in
`divkit.distributions.compose.transformed_line`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch

from divkit.distributions.base import Feature, Law, Law1D
from divkit.distributions.compose.transformed_line import (
    Image,
    Transformed1D,
    check_map,
    minus_slope,
)
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.tables import finite_law, table
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


def transformed(base: Law, map: Map) -> Law:  # the map is called so in the laws
    """Return the law of T(X), X of law `base`.

    Parameters
    ----------
    base : any law; a finite law gives a finite law.
    map : T, an invertible map.

    Raises
    ------
    TypeError
        If base is no law, or map no `Map`.
    ValueError
        If the map acts on another dimension, or is not defined on all of the base's support.

    >>> from divkit.distributions import Exp, Normal
    >>> float(transformed(Normal(), Exp()).cdf(1.0))
    0.5
    """
    check_map(base, map)
    if isinstance(base, FiniteLaw):
        return _moved(base, map)
    atoms = table(base)
    if atoms is not None:
        return _moved(finite_law(atoms, repr(base)), map)
    if isinstance(base, Law1D) and isinstance(map, ScalarMap):
        return Transformed1D(base, map)
    return Transformed(base, map)


def _moved(base: FiniteLaw, map: Map) -> FiniteLaw:
    """The atoms moved, their log probabilities as they are."""
    atoms = map.forward(torch.from_numpy(base.points.copy())).numpy()
    return FiniteLaw(atoms, base.probs, log_weights=base.log_weights)  # type: ignore[arg-type]
