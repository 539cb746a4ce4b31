r"""Divergences in two and three dimensions by adaptive tensor quadrature.

    D_f = f(1) + ∫ integrand(log p, log q) dx,   with ∫ p = ∫ q = 1 integrated on the same boxes.

1. A box around all features of both laws (centres ± 8 scales, within the supports) is cut along
   the supports' faces and halved until near each feature no side exceeds two of its scales,
   growing with the distance: a narrow peak far away is seen before any error is estimated.
2. Shells of doubling width are added until they hold nothing; what is left beyond the last is
   taken from the geometric decay of the last two. Shells that do not decay are not converged.
3. Boxes that carry most of the error are halved along the axes that have it, all of one level
   evaluated at once, until the summed differences of two orders are below the tolerance for the
   divergences and both masses, or fall so slowly that max_points would not bring them there.

The masses are the witness that nothing was missed: what they lack of 1 is added to the error.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.callable.law import CallableLaw
from divkit.distributions.null_sets import share_measure
from divkit.distributions.support import full_space
from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed
from divkit.exact.method import (
    LOG_SIZE,
    NotApplicableError,
    Outcome,
    at_least,
    attempt,
    granted,
    peel,
    transformed,
)
from divkit.exact.quadrature.fields import lacks
from divkit.exact.tensor.rule import Cells
from divkit.exact.tensor.sweep import Sweep
from divkit.results import Result

_EPS = float(np.finfo(float).eps)
_MASS_AT_LEAST = 1e-4
_LOG_ERROR = 1e-14


@dataclass(frozen=True)
class TensorQuadrature:
    """Adaptive Gauss–Kronrod quadrature on boxes, for laws on R² and R³ with a density.

    Applies to every f-divergence and every function of one.

    Parameters
    ----------
    tolerance : wanted error, absolute below 1 and relative above; the error found is reported.
    max_points : evaluations of the two densities at most; about 1 to 5 million a second.
    patience : boxes of 15^d points after which a run stops where, at the rate at which its error
        falls, `max_points` will not bring it to the tolerance, as across kinks and jumps.

    Raises
    ------
    NotApplicableError
        If the dimension is not 2 or 3, a law has no density, or the divergence is no f-divergence.
    ValueError
        If the density of p or q does not integrate to 1; the mass found is named.

    Examples
    --------
    >>> from divkit import product
    >>> from divkit.divergences import TV
    >>> p, q = product(["normal(0, 1)"] * 2), product(["normal(1, 1)", "normal(0, 1)"])
    >>> round(TensorQuadrature(tolerance=1e-6)(p, q, TV).value, 6)
    0.382925
    """

    tolerance: float = 1e-11
    max_points: int = 6_000_000
    patience: int = 3_000

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise ValueError(f"tolerance must be in (0, 1); got {self.tolerance!r}.")
        for name in ("max_points", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)!r}.")

    def coarser(self) -> TensorQuadrature:
        """The same with a thirty-second of the points."""
        return replace(self, max_points=max(self.max_points // 32, 1))

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence of p and q with its error."""
        return granted(self.several(p, q, (divergence,))[0])

    def several(self, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
        """Each divergence, or why there is none; they share densities, boxes and masses.

        One whose integrand is infinite somewhere leaves the others to runs of their own.

        Raises
        ------
        NotApplicableError
            If the laws have no densities on R² or R³.
        """
        require_density(p, q)
        kinds = [kind for kind in divergences if not isinstance(kind, IPM)]
        bases = tuple(dict.fromkeys(map(_base, kinds)))
        known = dict(zip(bases, self._outcomes(p, q, bases), strict=True))
        return [attempt(self._read, kind, known) for kind in divergences]

    def _read(self, divergence: Divergence, known: Mapping[FDivergence, Outcome]) -> Result:
        if isinstance(divergence, IPM):
            raise NotApplicableError(f"tensor quadrature takes f-divergences; got {divergence!r}.")
        base = granted(known[_base(divergence)])
        return transformed(divergence, base) if isinstance(divergence, Transformed) else base

    def _outcomes(self, p: Law, q: Law, bases: tuple[FDivergence, ...]) -> list[Outcome]:
        if len(bases) < 2:
            return [attempt(self._alone, p, q, base) for base in bases]
        try:
            return list(self._integrate(p, q, bases))
        except NotApplicableError:
            return [outcome for base in bases for outcome in self._outcomes(p, q, (base,))]

    def _alone(self, p: Law, q: Law, base: FDivergence) -> Result:
        return self._integrate(p, q, (base,))[0]

    def _integrate(self, p: Law, q: Law, bases: tuple[FDivergence, ...]) -> list[Result]:
        """The divergences on boxes in common."""
        start = time.perf_counter()
        sweep = Sweep(*peel(p, q), bases, self.tolerance, self.max_points, self.patience)
        cells, beyond = sweep.run()
        if sweep.points < self.max_points:
            _check_masses(cells)
        log_error = _LOG_ERROR + LOG_SIZE * (p.blur + q.blur)
        notes: dict[str, Any] = {"shared_with": len(bases) - 1} if len(bases) > 1 else {}
        notes["seconds"] = time.perf_counter() - start
        unseen = [_unseen(p, q, cells, base, log_error) for base in bases]
        own = [
            _assemble(cells.columns([k, -2, -1]), base, log_error) for k, base in enumerate(bases)
        ]
        cut = [bool(beyond[k].isinf()) or bool(unseen[k]) for k in range(len(bases))]
        found = [
            Result.exact(
                own[k][0],
                math.inf if cut[k] else own[k][1] + float(beyond[k]),
                "quadrature",
                repr(self),
                name=base.name,
                mass_p=float(cells.value[:, -2].sum()),
                mass_q=float(cells.value[:, -1].sum()),
                boxes=len(cells),
                nodes=sweep.points,
                warnings=(*sweep.warnings(k, beyond), *unseen[k]),
                **notes,
            )
            for k, base in enumerate(bases)
        ]
        return [
            _part(found[k], own[k][1], base, bool(unseen[k])) if cut[k] else found[k]
            for k, base in enumerate(bases)
        ]


def _part(found: Result, error: float, base: FDivergence, unseen: bool) -> Result:
    """The integral over the boxes as a limit from below; no limit where a density lacks mass."""
    span = base.at_one, base.upper
    if unseen or not math.isfinite(found.value):
        return replace(found, interval=span)
    return at_least(found, found.value - error, span)


def _base(divergence: FDivergence | Transformed) -> FDivergence:
    return divergence.base if isinstance(divergence, Transformed) else divergence


def require_density(p: Law, q: Law) -> None:
    """Raise NotApplicableError unless both laws have densities on R² or R³."""
    if p.dim != q.dim:
        raise ValueError(f"p and q must have one dimension; got {p.dim} and {q.dim}.")
    if p.dim not in (2, 3):
        raise NotApplicableError(f"tensor quadrature takes dimension 2 or 3; got {p.dim}.")
    for name, law in (("p", p), ("q", q)):
        if not share_measure(law.support, full_space(law.dim)):
            raise NotApplicableError(
                f"{name} has no density on R^{law.dim}: its support is {law.support!r}."
            )


def _check_masses(cells: Cells) -> None:
    total, spread = cells.value.sum(dim=0)[-2:], cells.error.sum(dim=0)[-2:]
    for name, mass, error in zip("pq", total.tolist(), spread.tolist(), strict=True):
        if not abs(mass - 1) <= max(_MASS_AT_LEAST, error):
            raise ValueError(
                f"the density of {name} integrates to {mass:.9g} ± {error:.1g}, not 1; check its "
                "normalisation, that it returns log densities, and the features it names."
            )


def _unseen(
    p: Law, q: Law, cells: Cells, divergence: FDivergence, log_error: float
) -> tuple[str, ...]:
    """Words on mass of a callable density that is missing where it may be worth any amount."""
    lack = (cells.value.sum(dim=0)[-2:] - 1).abs().tolist()
    own = (cells.error.sum(dim=0)[-2:] + log_error).tolist()
    prices = (divergence.slope_at_infinity, divergence.at_zero)
    return tuple(
        lacks(name, law, missing)
        for name, law, missing, known, price in zip("pq", (p, q), lack, own, prices, strict=True)
        if missing > known and math.isinf(price) and isinstance(law, CallableLaw)
    )


def _assemble(cells: Cells, divergence: FDivergence, log_error: float) -> tuple[float, float]:
    """The divergence over the boxes, and its error there."""
    total, spread = cells.value.sum(dim=0), cells.error.sum(dim=0)
    lack = (total[1:] - 1).abs()
    known = spread[1:] + log_error  # a defect within this is the quadrature's own
    scale = 1 + abs(float(total[0]))
    missed = sum(
        max(gap - own, 0.0) * price + min(gap, own) * min(price, scale)
        for gap, own, price in zip(
            lack.tolist(), known.tolist(), _price_of_mass(cells, divergence), strict=True
        )
    )
    error = float(spread[0]) + missed + _rounding(float(total[0]), divergence, log_error)
    return divergence.at_one + float(total[0]), error


def _rounding(size: float, divergence: FDivergence, log_error: float) -> float:
    """Worth of errors of that size (1e-14, if no law is blurred) in the log densities.

    Where p ≈ q, D ≈ ½f''(1) ∫q l², so that an error ε of l moves it by ε f''(1) ∫q|l|, which is
    at most ε √(2 f''(1) D); elsewhere by about ε (1 + D).
    """
    near = math.sqrt(2 * divergence.curvature * abs(size)) if size else 0.0
    return log_error * (min(near, 1.0) + abs(size)) + 2 * _EPS * abs(divergence.at_one)


def _price_of_mass(cells: Cells, divergence: FDivergence) -> tuple[float, float]:
    """Cost at most of a unit of p's and of q's missing mass: f's limits, or the dearest box."""
    mass = cells.value[:, 1] + cells.value[:, 2]
    dear = float((cells.value[:, 0] / mass.clamp(min=1e-300)).max().clamp(min=1.0))
    return min(divergence.slope_at_infinity, dear), min(divergence.at_zero, dear)
