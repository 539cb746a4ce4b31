r"""Laws with atoms in some coordinates and a density in the others: mixed laws.

A stratum is a place, values of the coordinates that are at atoms, and the law of the others there.
With weights w_s,

    log p(x) = log w_s + log p_s(x_free),   s the stratum of x with the most coordinates fixed,

a density with respect to the sum of Lebesgue's measures on the strata, counting measure on points.
Strata of different places are null sets of each other's laws.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D, finite
from divkit.distributions.compose.mixed_line import MixedCurve
from divkit.distributions.compose.mixture import MixtureLaw, mixture
from divkit.distributions.compose.product import Product, product
from divkit.distributions.finite.tables import table
from divkit.distributions.finite.weights import check_weights
from divkit.distributions.null_sets import share_measure
from divkit.distributions.strata import Place, Strata, fixed, free
from divkit.distributions.support import Boxes, full_space, is_discrete
from divkit.types import FloatArray, Tensor

_MOST_STRATA = 2**12


@dataclass(frozen=True)
class Stratum:
    """A place, and the law of its free coordinates.

    Parameters
    ----------
    place : of each coordinate the value of its atom, or None where it has a density.
    law : a density of the free coordinates, in order; None of a point.

    Raises
    ------
    ValueError
        If a value is not finite, or the law is no density of as many coordinates as are free.

    Examples
    --------
    >>> from divkit import Exponential
    >>> Stratum((0.0, None), Exponential(1.0)).law.dim  # x₁ = 0, a density along x₂
    1
    """

    place: Place
    law: Law | None = None

    def __post_init__(self) -> None:
        place = tuple(v if v is None else finite("place", v) + 0.0 for v in self.place)
        object.__setattr__(self, "place", place)
        size = len(free(place))
        if (0 if self.law is None else self.law.dim) != size:
            raise ValueError(f"the law at place {place} must have dim {size}; got {self.law!r}.")
        if self.law is not None and not share_measure(self.law.support, full_space(size)):
            raise ValueError(f"the law at place {place} must have a density; got {self.law!r}.")


@dataclass(frozen=True)
class MixedLaw(Law):
    """Strata with their weights; `mixture` makes one of laws with atoms and laws with a density.

    Parameters
    ----------
    weights : non-negative floats that sum to 1 within 1e-12; strata of weight 0 are dropped.
    strata : of different places in one space.
    nominal : coordinates whose values are codes of names; see `Law.nominal`.

    Raises
    ------
    ValueError
        If weights are none, two strata have one place, or their spaces differ.

    Examples
    --------
    >>> from divkit.distributions import Exponential
    >>> law = MixedLaw((0.25, 0.75), (Stratum((0.0,)), Stratum((None,), Exponential(1.0))))
    >>> law.log_prob([0.0, 1.0]).round(4).tolist()
    [-1.3863, -1.2877]
    """

    weights: tuple[float, ...]
    strata: tuple[Stratum, ...]
    nominal: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        weights, strata = check_weights(self.weights), tuple(self.strata)
        if len(weights) != len(strata):
            raise ValueError(f"got {len(weights)} weights for {len(strata)} strata.")
        if len({len(each.place) for each in strata}) > 1:
            raise ValueError("strata must lie in one space; their places differ in length.")
        if len({each.place for each in strata}) < len(strata):
            raise ValueError("strata must have different places; mix the laws at one place.")
        present = [k for k, w in enumerate(weights) if w > 0]
        object.__setattr__(self, "weights", tuple(weights[k] for k in present))
        object.__setattr__(self, "strata", tuple(strata[k] for k in present))

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.strata[0].place)

    @cached_property
    def support(self) -> Strata:
        """The strata, each with the support of its law."""
        return Strata(
            tuple((s.place, None if s.law is None else s.law.support) for s in self.strata)
        )

    @property
    def blur(self) -> float:
        """The strata's worst."""
        return max(0.0 if s.law is None else s.law.blur for s in self.strata)

    @cached_property
    def mean(self) -> FloatArray | None:
        """Σ w_s times the place and the mean of the law there, where these are known."""
        means = np.empty((len(self.strata), self.dim))
        for row, stratum in zip(means, self.strata, strict=True):
            own = None if stratum.law is None else stratum.law.mean
            if own is None and stratum.law is not None:
                return None
            row[list(fixed(stratum.place))] = [v for v in stratum.place if v is not None]
            row[list(free(stratum.place))] = own if own is not None else ()
        return np.asarray(np.array(self.weights) @ means)

    @cached_property
    def curve(self) -> MixedCurve:
        """The distribution function, of a law on the line.

        Raises
        ------
        ValueError
            If the law has several coordinates, is one on names, or has no density on the line.
        """
        held = [(w, s.law) for w, s in zip(self.weights, self.strata, strict=True) if s.law]
        if self.dim > 1 or self.nominal or len(held) != 1 or not isinstance(held[0][1], Law1D):
            raise ValueError(
                "a distribution function is that of numbers on the line, atoms beside a density "
                f"of divkit; got {self!r}."
            )
        points = [(s.place[0], w) for w, s in zip(self.weights, self.strata, strict=True)
                  if s.law is None]  # fmt: skip
        atoms, masses = np.array(sorted(points), dtype=np.float64).reshape(-1, 2).T
        total = math.fsum(self.weights)
        return MixedCurve(atoms, masses / total, held[0][0] / total, held[0][1])

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x), elementwise, of a law on the line; a ValueError elsewhere."""
        return self.curve.cdf(x)

    def sf(self, x: Any) -> FloatArray:
        """P(X > x), elementwise, of a law on the line; a ValueError elsewhere."""
        return self.curve.sf(x)

    def ppf(self, u: Any) -> FloatArray:
        """inf {x : F(x) ≥ u}, elementwise, of a law on the line; a ValueError elsewhere."""
        return self.curve.ppf(u)

    @cached_property
    def _by_fixed(self) -> Mapping[tuple[int, ...], Mapping[tuple[float, ...], int]]:
        """For the coordinates that are fixed, most first: the stratum's number by their values."""
        found: dict[tuple[int, ...], dict[tuple[float, ...], int]] = {}
        for k, stratum in enumerate(self.strata):
            values = tuple(v for v in stratum.place if v is not None)
            found.setdefault(fixed(stratum.place), {})[values] = k
        return dict(sorted(found.items(), key=lambda item: -len(item[0])))

    def stratum_of(self, x: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """Return the number of the stratum of each row of x (n, d), −1 where there is none."""
        out = np.full(len(x), -1)
        for axes, numbers in self._by_fixed.items():
            left = np.flatnonzero(out < 0)
            own = x[left][:, list(axes)] + 0.0
            values, which = np.unique(own, axis=0, return_inverse=True)
            number = np.array([numbers.get(tuple(v), -1) for v in values.tolist()], dtype=np.intp)
            out[left] = number[which.reshape(-1)]
        return out

    def _log_prob(self, x: Tensor) -> Tensor:
        out = torch.full_like(x[:, 0], -math.inf)
        where = torch.from_numpy(self.stratum_of(x.detach().cpu().numpy())).to(x.device)
        for k in where.unique().tolist():
            rows = (where == k).nonzero()[:, 0]
            out = out.index_put((rows,), self._log_prob_in(k, x[rows])) if k >= 0 else out
        return out

    def _log_prob_in(self, k: int, x: Tensor) -> Tensor:
        place, law = self.strata[k].place, self.strata[k].law
        level = math.log(self.weights[k])
        if law is None:
            return torch.full_like(x[:, 0], level)
        found: Tensor = law.log_prob(x[:, list(free(place))])
        return found + level

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        shares = np.array(self.weights)
        picked = rng.choice(len(shares), n, p=shares / shares.sum())
        out = np.empty((n, self.dim))
        for k in np.unique(picked).tolist():
            rows, stratum = np.flatnonzero(picked == k), self.strata[k]
            for axis in fixed(stratum.place):
                out[rows, axis] = stratum.place[axis]
            if stratum.law is not None:
                drawn = stratum.law.sample(len(rows), rng).numpy()
                out[rows[:, None], list(free(stratum.place))] = drawn
        return out


Part = tuple[float, Stratum]
"""A log weight, and a stratum."""


def parts_of(law: Law) -> list[Part] | None:
    """Return a law's strata with the logs of their weights; None where they are not known.

    Atoms are strata, and so is a density on boxes; a product has those of its factors together.
    Where a support is not known, a law may have atoms that its density does not show.
    """
    if isinstance(law, MixedLaw):
        return list(zip(map(math.log, law.weights), law.strata, strict=True))
    if is_discrete(law.support):
        atoms = table(law)
        if atoms is None:
            return None
        rows = zip(atoms.logs.tolist(), atoms.points.tolist(), strict=True)
        return [(log, Stratum(tuple(point))) for log, point in rows]
    if isinstance(law.support, Boxes):
        return [(0.0, Stratum((None,) * law.dim, law))]
    if isinstance(law, MixtureLaw):
        return _of_components([parts_of(c) for c in law.components], law.log_shares[0].tolist())
    return _of_factors([parts_of(f) for f in law.factors]) if isinstance(law, Product) else None


def _of_factors(factors: Sequence[list[Part] | None]) -> list[Part] | None:
    known = [parts for parts in factors if parts is not None]
    if len(known) < len(factors) or math.prod(map(len, known)) > _MOST_STRATA:
        return None
    return [_together(chosen) for chosen in itertools.product(*known)]


def _together(chosen: Sequence[Part]) -> Part:
    place = tuple(itertools.chain.from_iterable(s.place for _, s in chosen))
    laws = [s.law for _, s in chosen if s.law is not None]
    return math.fsum(log for log, _ in chosen), Stratum(place, product(laws) if laws else None)


def _of_components(
    components: Sequence[list[Part] | None], logs: Sequence[float]
) -> list[Part] | None:
    """Strata of a mixture: at one place laws are mixed."""
    at: dict[Place, list[Part]] = {}
    for parts, share in zip(components, logs, strict=True):
        if parts is None:
            return None
        for log, stratum in parts:
            at.setdefault(stratum.place, []).append((share + log, stratum))
    return [_mixed_at(place, own) for place, own in at.items()]


def _mixed_at(place: Place, own: list[Part]) -> Part:
    if len(own) == 1:
        return own[0]
    total = float(np.logaddexp.reduce([log for log, _ in own]))
    laws = [s.law for _, s in own if s.law is not None]
    if not laws:
        return total, Stratum(place)
    weights = [math.exp(log - total) for log, _ in own]
    return total, Stratum(place, mixture(weights, laws, normalize=True))


def mixed(weights: Sequence[float], laws: Iterable[Law]) -> MixedLaw | None:
    """Return the mixture of laws with atoms and with densities; None if not of known strata."""
    logs = [math.log(w) if w > 0 else -math.inf for w in weights]
    laws = tuple(laws)
    kept = [(log, law) for log, law in zip(logs, laws, strict=True) if log > -math.inf]
    parts = _of_components([parts_of(law) for _, law in kept], [log for log, _ in kept])
    if parts is None:
        return None
    shares = np.exp([log for log, _ in parts])
    weighed = tuple((shares / shares.sum()).tolist())
    return MixedLaw(weighed, tuple(s for _, s in parts), laws[0].nominal)
