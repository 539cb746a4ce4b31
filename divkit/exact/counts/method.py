r"""Laws of counts by summation.

    D = f(1) + Σ_k g(log p_k, log q_k) over the lattice of both laws,

in logs, from their bulk out to where a bound of the rest (`remainder`) is of no account, or to
1e300. Up to 16384 terms are all summed; more are summed by rules that adapt (`grid`). The error
adds the rounding of the log probabilities, carried through g, what two rules differ by, and the
bound of the rest. Where the rest is not bounded, as for a user's law that says too little, the sum
is a lower limit, because no term is negative.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.counts.alignment import CountClass, NoLatticeError, align
from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed
from divkit.exact.counts.grid import (
    CountNodes,
    Functionals,
    ends_of,
    grid,
    joined,
    listed,
    nodes_at,
    with_mass,
)
from divkit.exact.counts.metrics import metric_of_counts
from divkit.exact.counts.remainder import (
    MASSES,
    Costs,
    costs_of,
    log_overlap,
    log_remainder,
    log_sum,
)
from divkit.exact.discrete import UNSHARED
from divkit.exact.finite_sums import Logs, PowerSum, Sum, log_affinity, total
from divkit.exact.method import NotApplicableError, beyond_floats, transformed
from divkit.exact.quadrature.fields import Integrand, gan_definition, of_divergence
from divkit.results import Result
from divkit.types import CLOSED_FORM, Kind

_NEGLIGIBLE = -80.0
_NEAR = 0.5
_MASS = 1e-9
_GAN = Costs(math.log(2), math.log(2))


@dataclass(frozen=True)
class Counted:
    """CountNodes of both laws, their logs with the weights added, and what the sums miss.

    `relative` are the errors of the grid's sums over their sizes: p, q, g, and p^α q^{1−α};
    `rest` is the log of the bound of what lies beyond, `masses` that of both laws' masses there.
    """

    nodes: CountNodes
    logs: Logs
    relative: tuple[float, ...]
    rest: float
    masses: float
    overlap: float
    exact: bool

    @property
    def kind(self) -> Kind:
        """Whether all terms are summed, or rules that adapt were used."""
        return CLOSED_FORM if self.exact else "quadrature"


@dataclass(frozen=True)
class Summation:
    """Sums over the atoms of two laws of counts, of mixtures of such, and with finite laws.

    Raises
    ------
    NotApplicableError
        If a law is none of counts, the lattices share none near their own, or a metric is asked
        for that takes too many atoms.
    ValueError
        If a law's probabilities do not sum to 1.
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with its error."""
        start = time.perf_counter()
        if isinstance(divergence, IPM):
            return metric_of_counts(p, q, divergence, repr(self))
        base = divergence if isinstance(divergence, FDivergence) else divergence.base
        power = None if base.order is None else PowerSum(base.order, base.factor)
        found = summed(p, q, of_divergence(base), costs_of(base), base.order)
        sum_ = total(found.logs, of_divergence(base), power)
        result = self._result(found, sum_, base.name, start, base.at_one)
        if isinstance(divergence, FDivergence):
            return result
        gain = divergence.log_gain
        if gain is not None and abs(sum_.value) >= _NEAR * abs(base.factor):
            return self._from_log(found, divergence, gain, start)
        return transformed(divergence, result)

    def gan_value(self, p: Law, q: Law) -> Result:
        """Σ p log D* + q log(1 − D*), D* = p/(p + q), by its definition."""
        start = time.perf_counter()
        found = summed(p, q, gan_definition(), _GAN, None)
        value = total(found.logs, gan_definition(), None)
        return self._result(found, value, "gan value", start)

    def _result(
        self, found: Counted, value: Sum, name: str, start: float, constant: float = 0.0
    ) -> Result:
        atoms, seconds = len(found.nodes.places), time.perf_counter() - start
        if value.log is not None and math.isinf(value.value):
            return beyond_floats(value.log, repr(self), name, atoms=atoms)
        rest, kind = _exp(found.rest), found.kind
        size = abs(value.value - constant)  # g has one sign
        error = value.error + (found.relative[2] * size if found.relative[2] else 0.0) + rest
        if math.isinf(rest) and math.isfinite(value.value):
            words = ("what lies beyond the sum is not bounded: the sum is a lower limit",)
            low = value.value - value.error - found.relative[2] * size
            notes = {"atoms": atoms, "seconds": seconds}
            return Result.bound(
                value.value,
                (low, math.inf),
                repr(self),
                kind=kind,
                name=name,
                warnings=words,
                diagnostics=notes,
            )
        infinite = math.isinf(value.value)
        vague = math.isinf(error) and not infinite
        return Result.exact(
            value.value,
            0.0 if infinite else error,
            kind,
            repr(self),
            name=name,
            warnings=("the bound of the error exceeds the range of floats",) if vague else (),
            reason=UNSHARED if infinite else None,
            atoms=atoms,
            seconds=seconds,
        )

    def _from_log(
        self, found: Counted, divergence: Transformed, gain: float, start: float
    ) -> Result:
        """gain · log ρ where ρ is far from 1."""
        order = divergence.base.order if divergence.base.order is not None else math.nan
        own, other = (found.logs.p, found.logs.q) if order > 0 else (found.logs.q, found.logs.p)
        alone = bool(((own > -math.inf) & (other == -math.inf)).any())
        log_rho = log_affinity(found.logs, order)
        if math.isinf(log_rho.value) or (alone and not 0 < order < 1):
            infinite = Sum(math.inf, 0.0)
            return self._result(replace(found, rest=-math.inf), infinite, divergence.name, start)
        beyond = found.overlap - log_rho.value
        missed = math.log1p(_exp(beyond)) + math.log1p(2 * found.relative[3])
        value = gain * log_rho.value
        error = abs(gain) * (log_rho.error + missed) + 2.0**-51 * abs(value)
        return self._result(
            replace(found, rest=-math.inf, relative=(0.0,) * 4),
            Sum(value, error),
            divergence.name,
            start,
        )


def _exp(log: float) -> float:
    return math.exp(log) if log < 709 else math.inf


def summed(
    p: Law, q: Law, integrand: Integrand, costs: Costs | None, order: float | None
) -> Counted:
    """The nodes on which an integrand of two laws is summed, and what they miss.

    Raises
    ------
    NotApplicableError
        If the laws are not of counts on one lattice.
    ValueError
        If a law's probabilities do not sum to 1.
    """
    try:
        whole = align(p, q)
    except NoLatticeError as fault:
        raise NotApplicableError(str(fault)) from fault
    values = Functionals(integrand, order)
    parts, relative, rests = [], np.zeros(3 if order is None else 4), _Rests([], [], [])
    exact = True
    for found in whole.classes:
        if not (found.p or found.q):
            parts.append(nodes_at(found, found.extra.places, np.ones(len(found.extra.places))))
            continue
        ends = ends_of(found, _small(found, costs or MASSES))
        held = grid(found, ends, values)
        rests.add(found, ends, costs, order)
        parts.append(held.nodes)
        relative = np.maximum(relative, held.errors)
        exact &= held.exact
    nodes = with_mass(joined([*parts, listed(whole.beside)]))
    logs = _weighted(nodes)
    result = Counted(nodes, logs, tuple(relative.tolist()), *rests.logs(), exact)
    _check_masses(p, q, result)
    return result


@dataclass(frozen=True)
class _Rests:
    """Logs of what lies beyond the ends of each class: of the integrand, of masses, of powers."""

    costs: list[float]
    masses: list[float]
    overlaps: list[float]

    def add(
        self,
        found: CountClass,
        ends: tuple[float, float],
        costs: Costs | None,
        order: float | None,
    ) -> None:
        for side, end in zip((-1, 1), ends, strict=True):
            self.masses.append(log_remainder(found, side, end, MASSES))
            gone = self.masses[-1] == -math.inf
            if costs is not None:
                self.costs.append(log_remainder(found, side, end, costs))
            elif not gone:
                self.costs.append(math.inf)
            if order is not None:
                self.overlaps.append(log_overlap(found, side, end, Fraction(order)))

    def logs(self) -> tuple[float, float, float]:
        return tuple(log_sum(part) for part in (self.costs, self.masses, self.overlaps))  # type: ignore[return-value]


def _small(found: CountClass, costs: Costs) -> Callable[[int, float], bool]:
    return lambda side, cut: log_remainder(found, side, cut, costs) < _NEGLIGIBLE


def _weighted(nodes: CountNodes) -> Logs:
    """Logs with those of the weights: g is homogeneous, so that g of these is weight · g."""
    with np.errstate(divide="ignore"):  # ends of stretches have no weight
        shift = torch.from_numpy(np.log(nodes.weights))
    own = (torch.from_numpy(part) for part in (nodes.p.value, nodes.q.value))
    p, q = (part + shift for part in own)
    return Logs(p, q, torch.from_numpy(nodes.p.error), torch.from_numpy(nodes.q.error))


def _check_masses(p: Law, q: Law, found: Counted) -> None:
    """Raise unless both laws have mass 1 on the nodes, but for what lies beyond."""
    beyond = _exp(found.masses)
    for name, law, own, lost in (("p", p, found.nodes.p, 0), ("q", q, found.nodes.q, 1)):
        with np.errstate(all="ignore"):
            mass = math.fsum((np.exp(own.value) * found.nodes.weights).tolist())
            slip = float((np.exp(own.value) * own.error * found.nodes.weights).sum())
        room = _MASS + 2 * slip + found.relative[lost]
        if not -room - beyond <= mass - 1 <= room:
            raise ValueError(
                f"the probabilities of {name} = {law!r} sum to {mass:.9g} and at most "
                f"{beyond:.3g} more, not to 1; check their normalisation, and the tail's bound."
            )
