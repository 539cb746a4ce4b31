"""Many laws as arrays: what the batch engine reads instead of one object a law."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.families.normal import Normal
from divkit.types import FloatArray

_MASS_TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class NormalMixtureBatch:
    """n mixtures of k normals: row i is Σ_j weights[i, j] N(locs[i, j], scales[i, j]²).

    Parameters
    ----------
    weights : (n, k), non-negative, each row sums to 1 within 1e-12; used as they are.
    locs, scales : (n, k), means and standard deviations; inputs broadcast against each other.

    Raises
    ------
    ValueError
        If a value is not finite, a scale not positive, or a row of weights no probability.

    See Also
    --------
    divkit.divergence_batch : their divergences.
    divkit.NormalBatch : of one component each.

    Examples
    --------
    >>> len(NormalMixtureBatch([0.5, 0.5], [[-1.0, 1.0], [-2.0, 2.0]], 1.0))
    2
    """

    weights: FloatArray
    locs: FloatArray
    scales: FloatArray

    def __post_init__(self) -> None:
        arrays = _broadcast(2, weights=self.weights, locs=self.locs, scales=self.scales)
        for name, array in zip(("weights", "locs", "scales"), arrays, strict=True):
            object.__setattr__(self, name, array)
        _demand("scales", self.scales, self.scales > 0, "in (0, inf)")
        _demand("weights", self.weights, self.weights >= 0, "in [0, 1]")
        mass = self.weights.sum(axis=1, keepdims=True)
        _demand("weights.sum(axis=1)", mass, np.abs(mass - 1) <= _MASS_TOLERANCE, "1 within 1e-12")

    def __len__(self) -> int:
        return len(self.locs)

    def law(self, i: int) -> Law:
        """Return row i as a law."""
        parts = tuple(Normal(m, s) for m, s in zip(self.locs[i], self.scales[i], strict=True))
        return parts[0] if len(parts) == 1 else Mixture1D(tuple(self.weights[i].tolist()), parts)


@dataclass(frozen=True, eq=False)
class NormalBatch:
    """n normal laws: row i is N(loc[i], scale[i]²).

    Parameters
    ----------
    loc, scale : (n,), means and standard deviations; inputs broadcast against each other.

    Raises
    ------
    ValueError
        If a value is not finite, or a scale not positive.

    See Also
    --------
    divkit.divergence_batch : their divergences.
    divkit.NormalMixtureBatch : of mixtures.

    Examples
    --------
    >>> len(NormalBatch([0.0, 1.0, 2.0], 1.0))
    3
    """

    loc: FloatArray
    scale: FloatArray

    def __post_init__(self) -> None:
        arrays = _broadcast(1, loc=self.loc, scale=self.scale)
        for name, array in zip(("loc", "scale"), arrays, strict=True):
            object.__setattr__(self, name, array)
        _demand("scale", self.scale, self.scale > 0, "in (0, inf)")

    def __len__(self) -> int:
        return len(self.loc)

    def law(self, i: int) -> Law:
        """Return row i as a law."""
        return Normal(float(self.loc[i]), float(self.scale[i]))

    @property
    def mixtures(self) -> NormalMixtureBatch:
        """The same laws as mixtures of one component."""
        one = np.ones((len(self), 1))
        return NormalMixtureBatch(one, self.loc[:, None], self.scale[:, None])


LawArrays: TypeAlias = NormalBatch | NormalMixtureBatch


def shape(law: Law) -> tuple[type, int] | None:
    """The key of laws that `stack`: the type and the number of normals; None if none do."""
    if type(law) is Normal:
        return (Normal, 1)
    if not isinstance(law, Mixture1D) or law.log_weights is not None:
        return None
    if {type(part) for part in law.components} == {Normal}:
        return (Mixture1D, len(law.components))
    return None


_LOC, _SCALE, _WEIGHTS, _PARTS = map(attrgetter, ("loc", "scale", "weights", "components"))
_LOGS = attrgetter("log_weights")  # a weight that underflows has no place in an array of weights


def stack(laws: Sequence[Any]) -> LawArrays | None:
    """Return laws of one `shape` as arrays, None if they have none; all loops run inside C.

    >>> stack([Normal(0, 1), Normal(1, 2)]).scale
    array([1., 2.])
    """
    kinds = set(map(type, laws))
    if kinds == {Normal}:
        return NormalBatch(_column(map(_LOC, laws)), _column(map(_SCALE, laws)))
    if kinds != {Mixture1D} or any(map(_LOGS, laws)):
        return None
    groups = list(map(_PARTS, laws))
    parts = list(chain.from_iterable(groups))
    if set(map(type, parts)) != {Normal} or len(set(map(len, groups))) != 1:
        return None
    weights = chain.from_iterable(map(_WEIGHTS, laws))
    columns = map(_column, (weights, map(_LOC, parts), map(_SCALE, parts)))
    return NormalMixtureBatch(*(column.reshape(len(laws), -1) for column in columns))


def _column(numbers: Iterable[float]) -> FloatArray:
    return np.fromiter(numbers, dtype=np.float64)


def repeated(laws: LawArrays, n: int) -> LawArrays:
    """Return `laws` as n rows: themselves, or one law n times.

    Raises
    ------
    ValueError
        If there are neither n rows nor one.
    """
    if len(laws) == n:
        return laws
    require_one_length(laws, n)
    if isinstance(laws, NormalBatch):
        return NormalBatch(np.repeat(laws.loc, n), np.repeat(laws.scale, n))
    parts = (laws.weights, laws.locs, laws.scales)
    return NormalMixtureBatch(*(np.repeat(part, n, axis=0) for part in parts))


def taken(laws: LawArrays, rows: NDArray[np.intp]) -> LawArrays:
    """Return these rows of `laws`."""
    if isinstance(laws, NormalBatch):
        return NormalBatch(laws.loc[rows], laws.scale[rows])
    return NormalMixtureBatch(*(part[rows] for part in (laws.weights, laws.locs, laws.scales)))


def require_one_length(laws: Sized, n: int) -> None:
    """Raise a ValueError unless there are n laws, or a single one."""
    if len(laws) not in (1, n):
        raise ValueError(
            f"ps and qs must have one length, or one of them be a single law; "
            f"got {len(laws)} against {n}."
        )


def _broadcast(ndim: int, **arrays: Any) -> list[FloatArray]:
    """Return float64 arrays of one shape with `ndim` axes; name the one that does not fit."""
    floats = {name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}
    shapes = {name: array.shape for name, array in floats.items()}
    try:
        common = np.broadcast_shapes(*shapes.values())
    except ValueError:
        raise ValueError(f"shapes must broadcast against each other; got {shapes}.") from None
    if len(common) > ndim or math.prod(common) == 0:
        raise ValueError(f"expected arrays with {ndim} axes, none empty; got {shapes}.")
    common = (1,) * (ndim - len(common)) + common
    full = [np.array(np.broadcast_to(array, common)) for array in floats.values()]
    for name, array in zip(floats, full, strict=True):
        _demand(name, array, np.isfinite(array), "finite")
    return full


def _demand(name: str, array: FloatArray, holds: np.ndarray[Any, Any], wanted: str) -> None:
    if not holds.all():
        row = np.unravel_index(int(np.argmin(holds)), holds.shape)
        place = ", ".join(str(int(k)) for k in row)
        raise ValueError(f"{name} must be {wanted}; got {array[row]!r} at [{place}].")
