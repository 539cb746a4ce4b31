"""The protocol of methods: a frozen value that takes two laws and a divergence."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar, runtime_checkable

from divkit.distributions.base import Law
from divkit.divergences.base import Divergence, FDivergence, Transformed
from divkit.results import NotANumberError, Result
from divkit.types import LOWER

ESTIMATED = "without method='certified' the value comes with an estimated error"
"""Ends a refusal to enclose what other methods calculate."""

LOG_SIZE = 10.0
"""1 + |log p| where a law has its mass: `Law.blur` is given in units of it."""


class NotApplicableError(ValueError):
    """A way of calculating does not apply to this pair or divergence; the message says why.

    >>> from divkit import js_divergence
    >>> try:
    ...     js_divergence("poisson(1)", "poisson(2)", method="quadrature")
    ... except NotApplicableError as refusal:
    ...     print(refusal)
    Quadrature() needs densities on the line; p is a Poisson.
    """


class Method(Protocol):
    """A calculator: its fields are its hyper-parameters, its repr goes into the Result.

    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> from divkit.exact.api import METHODS
    >>> method: Method = METHODS["quadrature"]()
    >>> round(method(Normal(0, 1), Normal(1, 1), JS).value, 6)
    0.111421
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with its error, or raise NotApplicableError."""
        ...


P = ParamSpec("P")
A = TypeVar("A")
S = TypeVar("S")
Refusal: TypeAlias = NotApplicableError | NotANumberError
Outcome: TypeAlias = Result | Refusal
_REFUSALS = (NotApplicableError, NotANumberError)


@runtime_checkable
class Sharing(Protocol):
    """A method that computes several divergences of one pair at little more than one's price."""

    def several(self, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
        """Each divergence's result, or why there is none."""
        ...


@runtime_checkable
class Coarsening(Protocol):
    """A method with a cheaper form, for how a divergence moves when a parameter hardly does."""

    def coarser(self) -> Method:
        """The cheaper form."""
        ...


def each(method: Method, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
    """Return each divergence's result by this method, or why there is none."""
    if not isinstance(method, Sharing):
        return [attempt(method, p, q, kind) for kind in divergences]
    try:
        return method.several(p, q, divergences)
    except (NotApplicableError, NotANumberError) as refusal:
        return [refusal] * len(divergences)


def read_each(
    divergences: Sequence[Divergence],
    allow: Callable[[Divergence], A],
    share: Callable[[], S],
    read: Callable[[S, A, Divergence], Result],
) -> list[Outcome]:
    """Return each divergence that is allowed, read from what all of them share, or its refusal.

    What they share is made once, and only where one is allowed.
    """
    allowed = [attempt(allow, kind) for kind in divergences]
    refused = [part for part in allowed if isinstance(part, _REFUSALS)]
    if len(refused) == len(allowed):
        return [*refused]
    shared = share()
    return [
        part if isinstance(part, _REFUSALS) else attempt(read, shared, part, kind)
        for part, kind in zip(allowed, divergences, strict=True)
    ]


def attempt(compute: Callable[P, A], *args: P.args, **kwargs: P.kwargs) -> A | Refusal:
    """Return the result of the call, or the refusal that came instead."""
    try:
        return compute(*args, **kwargs)
    except (NotApplicableError, NotANumberError) as refusal:
        return refusal


def granted(outcome: Outcome) -> Result:
    """Return the result; raise what came instead."""
    if isinstance(outcome, Result):
        return outcome
    raise outcome


def order_of(divergence: FDivergence) -> float:
    """Return the order of the affinity that a divergence is a function of."""
    if divergence.order is None:
        raise NotApplicableError(f"{divergence!r} is no function of an affinity ∫ p^α q^(1−α).")
    return divergence.order


def transformed(divergence: Transformed, base: Result) -> Result:
    """Carry a result of `divergence.base` through the monotone map, its interval's ends with it.

    The ends are cut to the range where the map is defined, which holds the truth. A standard error
    is multiplied by the slope; any other error is the distance to the farther end, and the map's
    own rounding.
    """
    low, high = (
        min(max(end, divergence.base.at_one), divergence.base.upper) for end in base.interval
    )
    inside = min(max(base.value, low), high)
    value = divergence.forward(inside)
    ends = divergence.forward(low), divergence.forward(high)
    warnings = base.warnings
    if base.is_estimate:
        error = _scaled(base.error, divergence.slope(inside))
        if math.isinf(error) and math.isfinite(base.error):
            warnings = (*warnings, f"the slope of {divergence.name} is infinite at this value")
    else:
        rounding = 0.0 if math.isinf(value) else 2.0**-51 * abs(value)
        error = rounding + _farther(value, ends)
        ends = ends[0] - rounding, ends[1] + rounding
    return dataclasses.replace(
        base, value=value, error=error, interval=ends, name=divergence.name, warnings=warnings
    )


def _scaled(error: float, slope: float) -> float:
    """The error times the slope; unknown stays unknown, and none stays none."""
    if error == 0 or math.isinf(error):
        return error
    return error * slope


def _farther(value: float, ends: tuple[float, float]) -> float:
    """The distance from the value to the farther end; infinite beside an infinite value."""
    if ends[0] == ends[1]:
        return 0.0
    return math.inf if math.isinf(value) else max(ends[1] - value, value - ends[0])


def at_least(found: Result, least: float, span: tuple[float, float] = (0.0, math.inf)) -> Result:
    """Return a value that has a part of a non-negative integrand alone, as a limit from below.

    Parameters
    ----------
    least : what the whole is known to be at least.
    span : the values that are possible.
    """
    low = min(max(least, span[0]), span[1])
    return dataclasses.replace(found, error=math.inf, interval=(low, span[1]), one_sided=LOWER)


def widened(found: Result, by: float) -> Result:
    """Return the result with more in its error and at the ends of its interval."""
    low, high = found.interval
    return dataclasses.replace(found, error=found.error + by, interval=(low - by, high + by))


def beyond_floats(
    log: float, method: str, name: str, unit: str = "nats", **diagnostics: Any
) -> Result:
    """Return what is known of a finite value e^log that no float holds: a lower limit."""
    most = sys.float_info.max
    words = f"the value is finite, e^{log:.6g}, and exceeds the largest float, {most:.3g}"
    return Result.bound(
        math.inf,
        (most, math.inf),
        method,
        kind="closed form",
        diagnostics=diagnostics,
        name=name,
        unit=unit,
        warnings=(words,),
    )


def peel(p: Law, q: Law) -> tuple[Law, Law]:
    """Return the pair with every map that both laws end with taken off: no divergence changes."""
    while p.is_image and q.is_image:
        from divkit.exact.last_map import without  # which brings the maps along

        shorter = without(p, q)
        if shorter is None:
            break
        p, q = shorter
    return p, q
