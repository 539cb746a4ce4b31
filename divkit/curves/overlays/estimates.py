"""Estimates from samples along a curve: how near they come, and how they spread."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from divkit.curves.layers import Layer
from divkit.curves.overlays.spots import Tally, spots
from divkit.curves.table import Curve, Strand
from divkit.curves.walk import Observe
from divkit.distributions.adapt import sample
from divkit.divergences.base import Divergence
from divkit.estimators.api import as_estimator, estimate
from divkit.faults import is_advice
from divkit.plain import require_count
from divkit.results import Result
from divkit.rng import spawn
from divkit.types import Samples

Drawn = tuple[Samples, Samples]


@dataclass(frozen=True)
class Estimates:
    """Estimates from samples of both laws, over many seeds.

    Of several seeds the line is the mean of the estimates and the band holds the middle `share` of
    them; of one seed it is the estimate with its own interval. Rows are drawn anew for each seed,
    and are the same for every estimator.

    Parameters
    ----------
    samples : rows of each law.
    estimators : names as `divkit.estimate` takes them.
    seeds : how many samples are drawn at each point.
    points : of a line at which samples are drawn, at most.
    seed : from which all seeds descend.
    share : of the estimates that the band holds.
    observe : called after each estimate with how many are done, and how many there are.

    Raises
    ------
    ValueError
        If a number is out of its range, or an estimator is not known.

    Examples
    --------
    >>> from divkit import curve
    >>> few = Estimates(samples=50, estimators=("knn",), seeds=2, points=2)
    >>> found = curve("normal(0, 1)", "normal(t, 1)", "kl", over="t=1:2:2", overlays=[few])
    >>> [layer.name for layer in found.layers]
    ['by knn, n = 50, 2 seeds']
    """

    samples: int = 500
    estimators: tuple[str, ...] = ("auto",)
    seeds: int = 20
    points: int = 9
    seed: int = 0
    share: float = 0.9
    observe: Observe | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, least in (("samples", 2), ("seeds", 1), ("points", 1), ("seed", 0)):
            require_count(name, getattr(self, name), least)
        if not 0 < self.share < 1:
            raise ValueError(f"share must be in (0, 1); got {self.share!r}.")
        for name in self.estimators:
            as_estimator(name)  # an unknown name is refused before any work

    def __call__(self, curve: Curve) -> list[Layer]:
        """Return one layer an estimator, divergence and line."""
        at = [(strand, spots(curve, strand, self.points)) for strand in curve.lines]
        each = len(curve.kinds) * len(self.estimators) * self.seeds
        tally = Tally(each * sum(len(spot) for _, spot in at), self.observe)
        return [layer for strand, spot in at for layer in self._of(curve, strand, spot, tally)]

    def _of(
        self, curve: Curve, strand: Strand, at: Sequence[int], tally: Tally
    ) -> Iterator[Layer]:
        drawn = [self._drawn(curve, i) for i in at]
        for k, kind in enumerate(curve.kinds):
            for name in self.estimators:
                cells = [[_estimated(*xy, kind, name, tally) for xy in rows] for rows in drawn]
                truth = [curve.results[k][i].value for i in at]
                yield self._layer(curve, strand, kind, name, at, cells, truth)

    def _drawn(self, curve: Curve, i: int) -> list[Drawn]:
        try:
            p, q = curve.path(*curve.points[i])
        except ValueError as error:
            if not is_advice(error):
                raise
            return []
        n = self.samples
        streams = (np.random.SeedSequence([self.seed, s]) for s in range(self.seeds))
        pairs = (spawn(stream, 2) for stream in streams)
        return [(sample(p, n, rng=a), sample(q, n, rng=b)) for a, b in pairs]

    def _layer(
        self,
        curve: Curve,
        strand: Strand,
        kind: Divergence,
        name: str,
        at: Sequence[int],
        cells: Sequence[Sequence[Result | str]],
        truth: Sequence[float],
    ) -> Layer:
        numbers = [self._summary(cell) for cell in cells]
        value, low, high = zip(*numbers, strict=True)
        results = [r for cell in cells for r in cell if isinstance(r, Result)]
        seeds = f", {self.seeds} seeds" if self.seeds > 1 else ""
        return Layer(
            f"by {name}, n = {self.samples}{seeds}",
            kind.name,
            "band",
            tuple(curve.values[i] for i in at),
            value,
            low,
            high,
            strand.level,
            results[0].unit if results else "",
            repr(self),
            tuple(_words(cells)),
            {
                "covered": _covered(cells, truth),
                "estimates": len(results),
                "sides": [_side(cell) for cell in cells],
            },
        )

    def _summary(self, cell: Sequence[Result | str]) -> tuple[float, float, float]:
        """The line and the ends of the band at a point."""
        results = [r for r in cell if isinstance(r, Result)]
        if not results:
            return math.nan, math.nan, math.nan
        if len(results) == 1:
            return (results[0].value, *results[0].interval)
        values = np.array([r.value for r in results])
        tail = 0.5 * (1 - self.share)
        low, high = np.quantile(values, [tail, 1 - tail])
        return float(values.mean()), float(low), float(high)


def _estimated(x: Samples, y: Samples, kind: Divergence, name: str, tally: Tally) -> Result | str:
    """An estimate, or the words that refuse it."""
    try:
        return estimate(x, y, kind, name)
    except ValueError as error:
        if not is_advice(error):
            raise
        return str(error)
    finally:
        tally.one_more()


def _side(cell: Sequence[Result | str]) -> str:
    """The side from which estimates at a point are limits: "lower", "upper", "both", or ""."""
    sides = {r.one_sided for r in cell if isinstance(r, Result)} - {None}
    return "both" if len(sides) > 1 else next(iter(sides), None) or ""


def _covered(cells: Sequence[Sequence[Result | str]], truth: Sequence[float]) -> float:
    """The share of the estimates' own intervals that hold the truth."""
    held = [
        r.interval[0] <= t <= r.interval[1]
        for cell, t in zip(cells, truth, strict=True)
        for r in cell
        if isinstance(r, Result)
    ]
    return sum(held) / len(held) if held else math.nan


def _words(cells: Sequence[Sequence[Result | str]]) -> Iterator[str]:
    flat = [r for cell in cells for r in cell]
    refused = [r for r in flat if isinstance(r, str)]
    warned = [r for r in flat if isinstance(r, Result) and r.warnings]
    sided = [r for r in flat if isinstance(r, Result) and r.one_sided]
    for found, what in (
        (refused, f"refused: {refused[0].splitlines()[0] if refused else ''}"),
        (warned, f"warned: {warned[0].warnings[0] if warned else ''}"),
        (sided, "are limits from one side"),
    ):
        if found:
            yield f"{len(found)} of {len(flat)} estimates {what}"
