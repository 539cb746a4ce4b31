r"""Sums over atoms in logs: nothing underflows before it is added, nothing overflows unseen.

An f-divergence is f(1) + Σ_k g(log p_k, log q_k), and g is homogeneous of degree one in (p, q):

    g(a + s, b + s) = e^s g(a, b).

So g is evaluated with the larger of the two logs taken off, where it cannot underflow; or, where
powers of the ratio overflow, g is gain·p^α q^{1−α} to the last bit, and s its log. The terms e^s g
add up in floats, or beyond their range as a log. For functions of the affinity ρ = Σ p^α q^{1−α},
such as Rényi's, log ρ is a log-sum-exp where ρ is far from 1.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import torch

from divkit.distributions.finite.log_weights import UNIT
from divkit.distributions.finite.tables import AtomTable
from divkit.divergences.stable import times
from divkit.exact.quadrature.fields import Integrand
from divkit.exact.quadrature.push import Nodes
from divkit.types import Tensor

_LOG_MOST = math.log(sys.float_info.max)
_SAFE = 600.0
_LEAST = 5e-324


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


def total(logs: Logs, integrand: Integrand, power: PowerSum | None) -> Sum:
    """Σ g over the atoms, plus the integrand's constant."""
    terms = _terms(logs, integrand, power)
    top = float((terms.shift + terms.g.abs().log()).max())
    if math.isinf(top) and top > 0:
        return Sum(math.inf, 0.0)
    pivot = top if top > _SAFE else 0.0
    size = math.fsum(_scaled(terms.shift - pivot, terms.g).tolist())
    noise = math.fsum(_scaled(terms.shift - pivot, terms.noise).tolist())
    if pivot:
        return _beyond(pivot + math.log(size), noise / size + UNIT * (4 + 2 * pivot))
    value = integrand.constant + size
    rounding = 2 * UNIT * (abs(value) + abs(integrand.constant)) + len(logs.p) * _LEAST
    return Sum(value, noise + rounding)


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
    g = integrand.value(nodes.lp, nodes.lq)
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
    size = math.fsum(shares.tolist())
    small = slips < 1
    grown = torch.where(small, shares * torch.expm1(slips.clamp(max=1.0)), 0.0)
    grown = grown + torch.where(small, 0.0, (powers - top + slips).exp())
    error = math.log1p(math.fsum(grown.tolist()) / size)
    value = top + math.log(size)
    return Sum(value, error + 4 * UNIT * (1 + abs(value) + abs(top)))
