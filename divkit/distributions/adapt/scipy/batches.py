"""Several laws in one SciPy object, by parameters that are arrays: stats.norm([0, 1], [1, 2])."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from divkit.distributions.adapt.reading import LawBatch
from divkit.distributions.adapt.scipy.convert import new_style

_FROZEN = (type(stats.norm()), type(stats.bernoulli(0.5)))
_NEW = (stats.Normal.__base__, stats.Binomial.__base__)


def unfold(obj: Any) -> LawBatch | None:
    """The laws of a batch, one frozen object each; None of a single law."""
    if isinstance(obj, _FROZEN):
        return _frozen(obj)
    return _new_style(obj) if isinstance(obj, _NEW) else None


def _frozen(obj: Any) -> LawBatch | None:
    vectors = isinstance(obj.dist, type(stats.poisson_binom))  # of which one law takes several
    shape = _shape([*obj.args, *obj.kwds.values()])
    if vectors or shape == ():
        return None
    args = [_flat(value, shape) for value in obj.args]
    keywords = {name: _flat(value, shape) for name, value in obj.kwds.items()}
    each = range(int(np.prod(shape)))
    return LawBatch(
        shape,
        [
            obj.dist(*(a[k] for a in args), **{name: v[k] for name, v in keywords.items()})
            for k in each
        ],
    )


def _new_style(obj: Any) -> LawBatch | None:
    """A family is made anew from its parameters; of an image of a law, one of all is kept."""
    given = getattr(obj, "_original_parameters", None)
    if not given or (shape := _shape(list(given.values()))) == ():
        return None
    each = range(int(np.prod(shape)))
    if isinstance(obj, stats.Normal | stats.Uniform):
        columns = {name: _flat(value, shape) for name, value in given.items()}
        return LawBatch(shape, [type(obj)(**{n: v[k] for n, v in columns.items()}) for k in each])
    label = " ".join(f"scipy.stats.{obj}".split())
    known = type(obj).__module__.startswith("scipy.")
    return LawBatch(
        shape, [new_style(_ScipyMember(obj, k), f"{label} [{k}]", known) for k in each]
    )


@dataclass(frozen=True, eq=False)
class _ScipyMember:
    """One law of a new-style batch: the object is asked for all of them, and one is kept."""

    obj: Any
    place: int

    def _own(self, values: Any, shape: tuple[int, ...]) -> Any:
        return np.asarray(values).reshape(*shape, -1)[..., self.place]

    def _at(self, method: Callable[[Any], Any], x: Any) -> Any:
        points = np.asarray(x, dtype=np.float64)
        alone = (1,) * len(self.obj._shape)
        return self._own(method(points.reshape(*points.shape, *alone)), points.shape)

    def support(self) -> tuple[Any, Any]:
        """Its ends."""
        low, high = (np.broadcast_to(end, self.obj._shape) for end in self.obj.support())
        return self._own(low, ()), self._own(high, ())

    def logpdf(self, x: Any) -> Any:
        """Its log density."""
        return self._at(self.obj.logpdf, x)

    def cdf(self, x: Any) -> Any:
        """P(X ≤ x)."""
        return self._at(self.obj.cdf, x)

    def ccdf(self, x: Any) -> Any:
        """P(X > x)."""
        return self._at(self.obj.ccdf, x)

    def icdf(self, u: Any) -> Any:
        """The quantile function."""
        return self._at(self.obj.icdf, u)

    def sample(self, n: int, rng: Any) -> Any:
        """n draws of it, among those of all."""
        return self._own(self.obj.sample(n, rng=rng), (n,))


def _shape(values: list[Any]) -> tuple[int, ...]:
    shape: tuple[int, ...] = np.broadcast_shapes(*(np.shape(value) for value in values))
    return shape


def _flat(value: Any, shape: tuple[int, ...]) -> list[Any]:
    rows: list[Any] = np.broadcast_to(np.asarray(value), shape).reshape(-1).tolist()
    return rows
