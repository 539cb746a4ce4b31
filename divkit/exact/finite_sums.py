r"""Sums over atoms in logs: nothing underflows before it is added, nothing overflows unseen.

An f-divergence is f(1) + Σ_k g(log p_k, log q_k), and g is homogeneous of degree one in (p, q):

    g(a + s, b + s) = e^s g(a, b).

So g is evaluated with the larger of the two logs taken off, where it cannot underflow; or, where
powers of the ratio overflow, g is gain·p^α q^{1−α} to the last bit, and s its log. The terms e^s g
add up in floats, or beyond their range as a log. For functions of the affinity ρ = Σ p^α q^{1−α},
such as Rényi's, log ρ is a log-sum-exp where ρ is far from 1.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from divkit.distributions.finite.log_weights import UNIT
from divkit.distributions.finite.sums import BlockSum, folded, folds
from divkit.distributions.finite.tables import AtomTable
from divkit.divergences.base import FDivergence
from divkit.divergences.stable import times
from divkit.exact.finite_linear import formula_of, shared_sum
from divkit.exact.quadrature.fields import Integrand
from divkit.exact.quadrature.push import Nodes
from divkit.types import Tensor

_LOG_MOST = math.log(sys.float_info.max)
_SAFE = 600.0
_LEAST = 5e-324
_BLOCK = 2**16


@dataclass(frozen=True, eq=False)
class Logs:
    """Log probabilities of both laws at the same atoms (K,), and their error bounds (K,)."""

    p: Tensor
    q: Tensor
    error_p: Tensor
    error_q: Tensor

    @property
    def shared(self) -> Tensor:
        """Where both laws have mass."""
        return (self.p > -math.inf) & (self.q > -math.inf)

    def blocks(self) -> Iterator[Logs]:
        """The atoms in blocks that a cache holds."""
        parts = (part.split(_BLOCK) for part in (self.p, self.q, self.error_p, self.error_q))
        return itertools.starmap(Logs, zip(*parts, strict=True))


def logs_of(p: AtomTable, q: AtomTable) -> Logs:
    """The logs of two tables on the same atoms."""
    parts = (p.logs, q.logs, p.errors, q.errors)
    return Logs(*(torch.from_numpy(part) for part in parts))


@dataclass(frozen=True)
class Sum:
    """A value with the bound of its error; `log` is the value's log where it exceeds floats."""

    value: float
    error: float
    log: float | None = None


@dataclass(frozen=True, eq=False)
class _Terms:
    """e^shift · g, and the same for a bound of the error of g."""

    shift: Tensor
    g: Tensor
    noise: Tensor


@dataclass(frozen=True)
class PowerSum:
    """D = gain·(ρ − 1), ρ = Σ p^order q^{1−order}."""

    order: float
    gain: float


def linear(p: AtomTable, q: AtomTable, divergence: FDivergence) -> Sum | None:
    """A divergence by the shares of both laws; None where these, or a formula of them, lack."""
    formula = formula_of(divergence)
    if formula is None or p.shares is None or q.shares is None:
        return None
    found = shared_sum(p.shares, q.shares, formula)
    prices = divergence.slope_at_infinity, divergence.at_zero
    masses = found.alone_p, found.alone_q
    alone = math.fsum(m * c for m, c in zip(masses, prices, strict=True) if m)
    if math.isinf(alone):
        return Sum(math.inf, 0.0)
    factor, constant = divergence.factor, divergence.at_one
    value = constant + alone + factor * found.value
    sizes = abs(constant) + 5 * abs(alone) + abs(factor * found.value)
    return Sum(value, abs(factor) * found.error + 4 * UNIT * sizes)


def total(logs: Logs, integrand: Integrand, power: PowerSum | None) -> Sum:
    """Σ g over the atoms, plus the integrand's constant."""
    summed, top = _added(logs, integrand, power, 0.0)
    if math.isinf(top) and top > 0:
        return Sum(math.inf, 0.0)
    if top > _SAFE:
        summed, _ = _added(logs, integrand, power, top)
        relative = summed.error / abs(summed.value) + UNIT * (4 + 2 * top)
        return _beyond(top + math.log(summed.value), relative)
    value = integrand.constant + summed.value
    rounding = 2 * UNIT * (abs(value) + abs(integrand.constant)) + len(logs.p) * _LEAST
    return Sum(value, summed.error + rounding)


def _added(
    logs: Logs, integrand: Integrand, power: PowerSum | None, pivot: float
) -> tuple[BlockSum, float]:
    """Σ e^{−pivot} g, block by block, and the log of the largest |g|; no sum beyond floats."""
    added, top = BlockSum(), -math.inf
    for block in logs.blocks():
        terms = _terms(block, integrand, power)
        top = max(top, float((terms.shift + terms.g.abs().log()).max()))
        if pivot or top <= _SAFE:
            parts = (_scaled(terms.shift - pivot, part) for part in (terms.g, terms.noise))
            added.add(*(part.numpy() for part in parts))
    return added, top


def _beyond(log: float, relative: float) -> Sum:
    """e^log, which may be no float."""
    if log + relative >= _LOG_MOST:
        return Sum(math.inf, math.inf, log)
    value = math.exp(log)
    return Sum(value, value * math.expm1(relative))


def _scaled(shift: Tensor, g: Tensor) -> Tensor:
    """e^shift·g, where e^shift may underflow and the product not."""
    low = shift < -_SAFE
    direct = shift.masked_fill(low, 0.0).exp() * g
    return torch.where(low, torch.sign(g) * (shift + g.abs().log()).exp(), direct)


def _terms(logs: Logs, integrand: Integrand, power: PowerSum | None) -> _Terms:
    shift = torch.maximum(logs.p, logs.q)
    nodes = Nodes(logs.p - shift, logs.q - shift)  # the denser of the two is 1
    g = integrand.at(nodes)
    by_p, by_q = (part.abs() for part in integrand.push(nodes, g))
    noise = times(logs.error_p, by_p) + times(logs.error_q, by_q) + 10 * UNIT * g.abs()
    error = logs.error_p + logs.error_q
    noise = noise + integrand.unseen(nodes.hidden(error))
    wild = logs.shared & ~((g + by_p + by_q) < math.inf)
    if power is None or not bool(wild.any()):
        return _Terms(shift, g, noise)
    mine, theirs = power.order * logs.p[wild], (1 - power.order) * logs.q[wild]
    slip = abs(power.order) * logs.error_p[wild] + abs(1 - power.order) * logs.error_q[wild]
    slip = slip + 3 * UNIT * (mine.abs() + theirs.abs()) + 4 * UNIT
    gain = torch.full_like(mine, abs(power.gain))
    return _Terms(
        shift.index_put((wild,), mine + theirs),
        g.index_put((wild,), gain),
        noise.index_put((wild,), gain * torch.expm1(slip)),
    )


def log_affinity(logs: Logs, order: float) -> Sum:
    """log Σ p^α q^{1−α} over the atoms of both; −inf where there is none."""
    if not bool(logs.shared.any()):
        return Sum(-math.inf, 0.0)
    lp, lq = logs.p[logs.shared], logs.q[logs.shared]
    powers = order * lp + (1 - order) * lq
    slips = abs(order) * logs.error_p[logs.shared] + abs(1 - order) * logs.error_q[logs.shared]
    slips = slips + 3 * UNIT * ((order * lp).abs() + ((1 - order) * lq).abs())
    top = float(powers.max())
    shares = (powers - top).exp()
    size = _sum(shares)
    small = slips < 1
    grown = torch.where(small, shares * torch.expm1(slips.clamp(max=1.0)), 0.0)
    grown = grown + torch.where(small, 0.0, (powers - top + slips).exp())
    error = math.log1p(_sum(grown) / size) + 2 * UNIT * folds(len(shares))
    value = top + math.log(size)
    return Sum(value, error + 4 * UNIT * (1 + abs(value) + abs(top)))


def _sum(values: Tensor) -> float:
    return math.fsum(folded(values.numpy()))
