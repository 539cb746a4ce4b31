"""Divergences of many pairs along a path: in arrays where the batch engine takes them.

A pair that cannot be made, or that no method takes, is a `Refusal` at its point. Where all points
of a divergence are refused there is no curve, and the first refusal is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from divkit.curves.entries import Entry, Refusal
from divkit.curves.paths import Path
from divkit.distributions.base import Law
from divkit.divergences.base import Divergence
from divkit.exact.api import divergence
from divkit.exact.batch.api import divergence_batch
from divkit.exact.batch.laws import shape, stack
from divkit.exact.batch.routes import fast_block
from divkit.exact.method import Method
from divkit.faults import is_advice

AUTO = "auto"
Parameters = tuple[float, ...]
Pair: TypeAlias = "tuple[Any, Any] | str"
"""Two laws, or the words that refuse them."""
Observe: TypeAlias = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Walk:
    """The divergences of a path, at any of its points.

    Attributes
    ----------
    path, kinds, method : as of a curve.
    observe : called with how many points are done and known of, after each.
    """

    path: Path
    kinds: tuple[Divergence, ...]
    method: str | Method = AUTO
    done: dict[Parameters, tuple[Entry, ...]] = field(default_factory=dict, repr=False)
    observe: Observe | None = field(default=None, repr=False)

    def __call__(self, points: Sequence[Parameters]) -> list[tuple[Entry, ...]]:
        """Return the entries of each point, one a divergence; none is computed twice."""
        fresh = list(dict.fromkeys(point for point in points if point not in self.done))
        known = len(self.done) + len(fresh)
        made = [_made(self.path, point) for point in fresh]
        arrays = self._in_arrays(made)
        for i, (point, pair) in enumerate(zip(fresh, made, strict=True)):
            self.done[point] = self._entries(pair, {k: c[i] for k, c in arrays.items() if i in c})
            if self.observe is not None:
                self.observe(len(self.done), known)
        return [self.done[point] for point in points]

    def _in_arrays(self, pairs: Sequence[Pair]) -> dict[Divergence, dict[int, Entry]]:
        """Values of the batch engine, by divergence and index."""
        if self.method != AUTO:
            return {}
        return {kind: _in_arrays(pairs, kind) for kind in self.kinds}

    def _entries(self, pair: Pair, known: dict[Divergence, Entry]) -> tuple[Entry, ...]:
        """The entries of one pair; those that are not known yet share one pass."""
        if isinstance(pair, str):
            return tuple(Refusal(kind.name, pair) for kind in self.kinds)
        p, q = pair
        left = tuple(kind for kind in self.kinds if kind not in known)
        several = _or_refused(lambda: divergence(p, q, left, self.method)) if left else ()
        if isinstance(several, str):
            known |= {kind: self._alone(p, q, kind) for kind in left}
        else:
            known |= dict(zip(left, several, strict=True))
        return tuple(known[kind] for kind in self.kinds)

    def _alone(self, p: Any, q: Any, kind: Divergence) -> Entry:
        found = _or_refused(lambda: divergence(p, q, kind, self.method))
        return Refusal(kind.name, found) if isinstance(found, str) else found


def require_some(columns: Sequence[Sequence[Entry]]) -> None:
    """Raise the first refusal of a divergence that has no result at any point.

    Raises
    ------
    ValueError
        With the words of the refusal.
    """
    for column in columns:
        if all(isinstance(entry, Refusal) for entry in column):
            raise ValueError(column[0].reason)


def _made(path: Path, point: Parameters) -> Pair:
    """The pair at a point, or the words that refuse it."""
    return _or_refused(lambda: path(*point))


def _or_refused(compute: Callable[[], T]) -> T | str:
    try:
        return compute()
    except ValueError as error:
        if not is_advice(error):
            raise
        return str(error)


def _in_arrays(pairs: Sequence[Pair], kind: Divergence) -> dict[int, Entry]:
    """The results, by index, of the pairs that the batch engine computes in arrays."""
    chosen = [i for i, pair in enumerate(pairs) if _stacks(pair)]
    if len(chosen) < 2:
        return {}
    ps, qs = zip(*(pairs[i] for i in chosen), strict=True)
    if not _is_fast(ps[0], qs[0], kind):
        return {}
    batch = _or_refused(lambda: divergence_batch(list(ps), list(qs), kind, engine="numpy"))
    return {} if isinstance(batch, str) else {i: batch[k] for k, i in enumerate(chosen)}


def _is_fast(p: Law, q: Law, kind: Divergence) -> bool:
    """Whether the batch engine has a way for pairs like this one."""
    a, b = stack([p]), stack([q])
    return a is not None and b is not None and not isinstance(fast_block(a, b, kind, "numpy"), str)


def _stacks(pair: Pair) -> bool:
    return not isinstance(pair, str) and all(
        isinstance(law, Law) and shape(law) is not None for law in pair
    )
