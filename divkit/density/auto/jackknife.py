"""The fits of a stack without each fold of its rows: how far the rows move it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from divkit.density.auto.distance import Price, distance_of, jackknife_error
from divkit.density.auto.left_rows import laws_without
from divkit.density.auto.members import stack_of
from divkit.density.auto.recipes import Recipe, StackMember, folds_of
from divkit.distributions.base import Law
from divkit.results import Result
from divkit.rng import RandomState
from divkit.types import FloatArray


@dataclass
class StackJackknife:
    """Stacks of the same members and weights, without each fold.

    Attributes
    ----------
    rows : of the fit (n, 1).
    folds : how many.
    members, sources : of the stack, with their recipes.
    free : directions in which it is free.
    price : for which members joined it.
    laws : the stacks, of all rows without each fold; where they are not known yet they are fitted
        when they are first asked for.
    """

    rows: FloatArray
    folds: int
    members: Sequence[StackMember]
    sources: Sequence[tuple[Recipe, int]]
    free: int
    price: Price
    laws: tuple[Law, ...] = ()

    def stacks(self) -> tuple[Law, ...]:
        """Return the stacks without each fold."""
        if not self.laws:
            found = laws_without(self.rows, self.sources, folds_of(len(self.rows), self.folds))
            self.laws = tuple(stack_of(self.members, laws) for laws in found)
        return self.laws

    def distance(self, law: Law, level: float, rng: RandomState, method: str) -> Result:
        """Return the limit of the stack's distance from the law of the rows."""
        return distance_of(
            law, self.stacks(), self.free, self.price, n=len(self.rows), level=level, rng=rng,
            method=method,
        )  # fmt: skip

    def error(self, law: Law, points: FloatArray) -> FloatArray:
        """Return the standard error of the stack's density at points (n,), (n,)."""
        return jackknife_error(law, self.stacks(), points)
