r"""Atoms that one sample has and the other does not, where the log ratio is infinite.

An atom of x, or the pattern of several, that no row of y has is taken for x's *alone* if its rows
are so many that of rows dealt out to both samples all would be x's with probability below
`CHANCE`, whichever of the patterns it were. What m rows of y cannot exclude is mass that y has
there after all: of K patterns, a set of k, chosen because no row of y is in it, has with
probability 1 − δ a mass of at most

    b = [log 1/δ + k log(eK/k)]/m

(the rule of three for each set, and a union bound over the sets). With x's mass a there, the
divergence is then less by up to

    h(a, 0) − h(a, b),      h(a, b) = b f(a/b),

which makes the lower end of the interval; the error has it at b = 1/m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.divergences.base import FDivergence
from divkit.samples import Categories

CHANCE = 1e-3
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class UnsharedAtoms:
    """The rows whose pattern of atoms the other sample does not have.

    Attributes
    ----------
    x, y : which rows of x (n,) and of y (m,).
    patterns : how many there are of x's alone, of y's alone, and in all.
    """

    x: Mask
    y: Mask
    patterns: tuple[int, int, int]

    @property
    def masses(self) -> tuple[float, float]:
        """Shares of x and of y."""
        return float(self.x.mean()), float(self.y.mean())

    def missing(self, level: float) -> tuple[float, float]:
        """Mass b of y where x is alone, and of x where y is, at confidence `level`."""
        risk, kinds = math.log(1 / (1 - level)), self.patterns[2]
        sides = zip(self.patterns[:2], (len(self.y), len(self.x)), strict=True)
        bounds = [
            (risk + k * math.log(math.e * kinds / k)) / rows if k else 0.0 for k, rows in sides
        ]
        return bounds[0], bounds[1]

    def loss(self, divergence: FDivergence, missing: tuple[float, float]) -> float:
        """Return the decrease of the divergence by such masses of the other law."""
        a, b = self.masses
        return _loss(divergence, (a, missing[0]), True) + _loss(divergence, (b, missing[1]), False)


def unshared_atoms(atoms: Categories) -> UnsharedAtoms:
    """Return the rows that one sample alone has: by single columns first, then by patterns."""
    n, m = len(atoms.x), len(atoms.y)
    only_x, only_y = np.zeros(n, dtype=bool), np.zeros(m, dtype=bool)
    ours, theirs, kinds = 0, 0, 0
    for k, each in enumerate(atoms.columns):
        if len(each.atoms):
            single = _single(atoms.x[:, k], atoms.y[:, k], len(each.atoms) + 1)
            only_x, only_y = only_x | single.x, only_y | single.y
            ours, theirs, kinds = (
                a + b for a, b in zip((ours, theirs, kinds), single.patterns, strict=True)
            )
    place_x, place_y, count = cells(atoms.x[~only_x], atoms.y[~only_y])
    single = _single(place_x, place_y, count)
    if len(place_x) and len(place_y):
        only_x[~only_x], only_y[~only_y] = single.x, single.y
        ours, theirs, kinds = (
            a + b for a, b in zip((ours, theirs, kinds), single.patterns, strict=True)
        )
    if only_x.all() != only_y.all():  # the rest of one sample meets no row of the other
        ours, theirs = ours + int(only_y.all()), theirs + int(only_x.all())
        only_x[:], only_y[:] = True, True
    return UnsharedAtoms(only_x, only_y, (ours, theirs, max(kinds, ours + theirs)))


def cells(
    x: NDArray[np.int64], y: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The number of each row's pattern, of x (n,) and y (m,), and how many patterns there are."""
    place = np.unique(np.concatenate([x, y]), axis=0, return_inverse=True)[1].reshape(-1)
    return place[: len(x)], place[len(x) :], int(place.max(initial=-1)) + 1


def _single(x: NDArray[np.int64], y: NDArray[np.int64], kinds: int) -> UnsharedAtoms:
    """The places (from −1 on) that one sample alone has, with rows enough to show it."""
    size = int(max(x.max(initial=-1), y.max(initial=-1))) + 2
    in_x, in_y = (np.bincount(s + 1, minlength=size) for s in (x, y))
    n, m = max(len(x), 1), max(len(y), 1)
    least = [math.log(max(kinds, 1) / CHANCE) / math.log((n + m) / rows) for rows in (n, m)]
    only_x, only_y = (in_y == 0) & (in_x >= least[0]), (in_x == 0) & (in_y >= least[1])
    present = int(((in_x + in_y) > 0).sum())
    return UnsharedAtoms(
        only_x[x + 1], only_y[y + 1], (int(only_x.sum()), int(only_y.sum()), present)
    )


def _loss(divergence: FDivergence, masses: tuple[float, float], of_x: bool) -> float:
    own, other = masses
    if own == 0 or other == 0:
        return 0.0
    without, with_it = (_integrand(divergence, own, b, of_x) for b in (0.0, min(other, own)))
    return max(0.0, without - with_it)


def _integrand(divergence: FDivergence, own: float, other: float, of_x: bool) -> float:
    logs = (math.log(v) if v else -math.inf for v in (own, other))
    own_log, other_log = (torch.tensor(v, dtype=torch.float64) for v in logs)
    sides = (own_log, other_log) if of_x else (other_log, own_log)
    return float(divergence.integrand(*sides))
