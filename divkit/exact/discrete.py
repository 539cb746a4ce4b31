r"""Finite laws by summation.

An f-divergence is Σ_k g(log p_k, log q_k) over the union of the atoms, summed in logs
(`finite_sums`), so that an atom of probability e^{−800} counts as what it is; on finite sets the
metrics are sums too (`finite_metrics`). Probabilities are divided by their sum, which may be off
by 1e-12. A value is infinite only where an atom of one law is none of the other's; one that
exceeds the range of floats is said to do so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from divkit.distributions.base import Law
from divkit.distributions.finite.tables import AtomTable, common, table
from divkit.distributions.nominal import require_agreement, require_places
from divkit.distributions.support import is_discrete
from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed
from divkit.exact.finite_metrics import metric
from divkit.exact.finite_sums import Logs, PowerSum, Sum, linear, log_affinity, logs_of, total
from divkit.exact.method import (
    NotApplicableError,
    Outcome,
    attempt,
    beyond_floats,
    granted,
    transformed,
)
from divkit.exact.quadrature.fields import gan_definition, of_divergence
from divkit.results import Result
from divkit.types import FloatArray

_NEAR = 0.5
UNSHARED = "an atom of one law is none of the other's"


@dataclass(frozen=True)
class Discrete:
    """Sums over the atoms of two finite laws.

    Raises
    ------
    NotApplicableError
        If a law is not finite, or W1 or W2 is asked for off the line and POT is not installed.

    Examples
    --------
    >>> from divkit import bernoulli
    >>> from divkit.divergences import TV
    >>> round(Discrete()(bernoulli(0.2), bernoulli(0.5), TV).value, 12)
    0.3
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with a bound of its rounding."""
        return granted(self.several(p, q, (divergence,))[0])

    def several(self, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
        """Each divergence, or why there is none; they share the atoms."""
        require_agreement((p, q))
        for kind in divergences:
            if isinstance(kind, IPM):
                require_places(p, q, what=repr(kind))
        tables = aligned(p, q)
        return [attempt(self._of_tables, *tables, kind) for kind in divergences]

    def _of_tables(
        self, points: FloatArray, a: AtomTable, b: AtomTable, divergence: Divergence
    ) -> Result:
        if isinstance(divergence, IPM):
            return self._metric(*metric(points, a, b, divergence), divergence, len(points))
        logs, name = logs_of(a, b), divergence.name
        base = divergence if isinstance(divergence, FDivergence) else divergence.base
        power = None if base.order is None else PowerSum(base.order, base.factor)
        summed = linear(a, b, base) or total(logs, of_divergence(base), power)
        if isinstance(divergence, FDivergence):
            return self._result(summed, name, len(points))
        if divergence.log_gain is not None and abs(summed.value) >= _NEAR * abs(base.factor):
            return self._result(_log(logs, divergence, divergence.log_gain), name, len(points))
        return transformed(divergence, self._result(summed, base.name, len(points)))

    def _metric(self, value: float, error: float, unit: float, ipm: IPM, atoms: int) -> Result:
        name = repr(ipm)
        if math.isinf(value * unit):
            log = math.log(value) + math.log(unit)
            return beyond_floats(log, repr(self), name, ipm.unit, atoms=atoms)
        return Result.exact(
            value * unit,
            error * unit,
            "closed form",
            repr(self),
            name=name,
            unit=ipm.unit,
            atoms=atoms,
        )

    def gan_value(self, p: Law, q: Law) -> Result:
        """Σ p log D* + q log(1 − D*), D* = p/(p + q), by its definition."""
        _, a, b = aligned(p, q)
        summed = total(logs_of(a, b), gan_definition(), None)
        return self._result(summed, "gan value", len(a.logs))

    def _result(self, summed: Sum, name: str, atoms: int) -> Result:
        if summed.log is not None and math.isinf(summed.value):
            return beyond_floats(summed.log, repr(self), name, atoms=atoms)
        reason = UNSHARED if math.isinf(summed.value) else None
        vague = math.isinf(summed.error) and reason is None
        words = ("the bound of the error exceeds the range of floats",) if vague else ()
        return Result.exact(
            summed.value,
            summed.error,
            "closed form",
            repr(self),
            name=name,
            warnings=words,
            reason=reason,
            atoms=atoms,
        )


def _log(logs: Logs, divergence: Transformed, gain: float) -> Sum:
    """gain·log ρ where ρ is far from 1: a log-sum-exp; infinite where an atom is alone."""
    order = divergence.base.order if divergence.base.order is not None else math.nan
    own, other = (logs.p, logs.q) if order > 0 else (logs.q, logs.p)
    if not 0 < order < 1 and bool(((own > -math.inf) & (other == -math.inf)).any()):
        return Sum(math.inf, 0.0)
    log_rho = log_affinity(logs, order)
    if math.isinf(log_rho.value):
        return Sum(math.inf, 0.0)
    value = gain * log_rho.value
    return Sum(value, abs(gain) * log_rho.error + 2.0**-51 * abs(value))


def aligned(p: Law, q: Law) -> tuple[FloatArray, AtomTable, AtomTable]:
    """The union of the atoms (K, d), and both tables there."""
    tables = []
    for name, law in (("p", p), ("q", q)):
        atoms = table(law) if is_discrete(law.support) else None
        if atoms is None:
            raise NotApplicableError(
                f"Discrete() needs finite laws; {name} is a {type(law).__name__}."
            )
        tables.append(atoms)
    return common(*tables)
