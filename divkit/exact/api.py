"""The entry of the exact engine: laws as they are, divergences and methods by name or object."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, Unpack, overload

from divkit.distributions.adapt import as_laws, how_read, neighbours
from divkit.distributions.base import Law
from divkit.distributions.nominal import require_places
from divkit.divergences import named
from divkit.divergences.base import IPM, Divergence
from divkit.exact.method import (
    Coarsening,
    Method,
    NotApplicableError,
    Outcome,
    each,
    granted,
    widened,
)
from divkit.exact.options import MethodOptions
from divkit.exact.quadrature.fields import short
from divkit.exact.units import in_base
from divkit.floats import own_rules
from divkit.registry import Registry, resolve
from divkit.results import NotANumberError, Result
from divkit.signatures import listed
from divkit.threads import on_one_thread
from divkit.types import ENCLOSURE

Kinds: TypeAlias = list[str | Divergence] | list[str] | tuple[str | Divergence, ...]

METHODS: Registry[Callable[..., Method]] = Registry("method")
METHODS.defer("auto", "divkit.exact.auto:Auto")
METHODS.defer("symbolic", "divkit.exact.symbolic:Symbolic")
METHODS.defer("closed_form", "divkit.exact.closed_form.method:ClosedForm")
METHODS.defer("discrete", "divkit.exact.discrete:Discrete")
METHODS.defer("summation", "divkit.exact.counts.method:Summation")
METHODS.defer("metric", "divkit.exact.ipm.method:Metric")
METHODS.defer("affinity", "divkit.exact.affinity.method:Affinity")
METHODS.defer("quadrature", "divkit.exact.quadrature.method:Quadrature")
METHODS.defer("tensor", "divkit.exact.tensor.method:TensorQuadrature")
METHODS.defer("qmc", "divkit.exact.monte_carlo.method:QuasiMonteCarlo", "quasi_monte_carlo")
METHODS.defer("distribution_free", "divkit.exact.monte_carlo.method:DistributionFree")
METHODS.defer("certified", "divkit.exact.certified.method:Certified")


@overload
def divergence(
    p: Any,
    q: Any,
    kind: str | Divergence = "js",
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result: ...


@overload
def divergence(
    p: Any,
    q: Any,
    kind: Kinds,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> tuple[Result, ...]: ...


@listed
@own_rules
@on_one_thread
def divergence(
    p: Any,
    q: Any,
    kind: str | Divergence | Kinds = "js",
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | tuple[Result, ...]:
    """Return the divergence of one pair: what `divkit.exact.entry.divergence` asks of each.

    Parameters, results and what is raised stand there; p and q hold one law each.

    >>> from divkit.distributions import Normal
    >>> divergence(Normal(0, 1), Normal(1, 1), "kl").value
    0.5
    """
    if isinstance(kind, list | tuple):
        kinds = tuple(named(one) for one in kind)
        return _read(p, q, as_method(method, **options), kinds, base)
    one = named(kind)
    return _read(p, q, as_method(method, **options), (one,), base)[0]


def _read(
    p: Any, q: Any, way: Method, kinds: Sequence[Divergence], base: float | None
) -> tuple[Result, ...]:
    cheap = way.coarser() if isinstance(way, Coarsening) else way
    results = of_objects(
        p,
        q,
        lambda a, b: _computed(way, a, b, kinds),
        lambda a, b: _computed(cheap, a, b, kinds),
    )
    return tuple(in_base(*both, base) for both in zip(results, kinds, strict=True))


def _computed(way: Method, p: Law, q: Law, kinds: Sequence[Divergence]) -> list[Result]:
    for kind in kinds:
        if isinstance(kind, IPM):
            require_places(p, q, what=repr(kind))
    outcomes = each(way, p, q, kinds)
    return [_granted(way, p, q, *both) for both in zip(kinds, outcomes, strict=True)]


def _granted(way: Method, p: Law, q: Law, divergence: Divergence, outcome: Outcome) -> Result:
    if isinstance(outcome, NotANumberError):
        raise NotApplicableError(
            f"{way!r} finds no number for {divergence!r} of {short(p)} and {short(q)}: floats do "
            "not hold what it computes. Try another method, or laws rescaled to the size of 1."
        ) from outcome
    return granted(outcome)


Compute: TypeAlias = "Callable[[Law, Law], Sequence[Result]]"


def of_objects(
    p: Any, q: Any, compute: Compute, coarse: Compute | None = None
) -> tuple[Result, ...]:
    """Return compute of the laws that p and q are, with what reading them rounds in the errors.

    What moving a parameter by its rounding moves off the line is found by `coarse`, of the laws
    themselves and of those next to them: both have the same points, but for a cell that is halved
    in one alone, and then the difference is as large as the error of `coarse`.

    Raises
    ------
    ValueError
        If the dimensions differ.
    NotApplicableError
        If the result is a proof: it holds for the parameters as they were rounded.
    """
    a, b = pair(p, q)
    results = _told(tuple(compute(a, b)), p=how_read(p, a), q=how_read(q, b))
    if not any(math.isfinite(result.value) for result in results):
        return results
    moved = (*((law, b) for law in neighbours(p)), *((a, law) for law in neighbours(q)))
    if not moved:
        return results
    again = compute if coarse is None or a.dim == 1 else coarse
    start = results if again is compute else again(a, b)
    columns = zip(results, start, *(again(*laws) for laws in moved), strict=True)
    return tuple(_rounded(result, found, others) for result, found, *others in columns)


def _told(results: tuple[Result, ...], **read: str) -> tuple[Result, ...]:
    """The results, with how p and q were read where that is not plain from what they are."""
    said = {name: words for name, words in read.items() if words}
    if not said:
        return results
    return tuple(replace(r, diagnostics={**r.diagnostics, "read": said}) for r in results)


def _rounded(result: Result, start: Result, others: list[Result]) -> Result:
    if not math.isfinite(result.value):
        return result
    if result.kind == ENCLOSURE:
        raise NotApplicableError(
            "a parameter of p or q was rounded when SciPy's object was read, such as 1/scale: a "
            "proof would hold for another law. Pass divkit's own law, such as Gamma(shape, rate)."
        )
    known = math.isfinite(start.value)
    gap = math.fsum(abs(o.value - start.value) for o in others) if known else math.inf
    return widened(result, gap)


def pair(p: Any, q: Any) -> tuple[Law, Law]:
    """Return two laws of one dimension; raise a ValueError with both dimensions otherwise."""
    a, b = as_laws(p, q, names=("p", "q"))
    if a.dim != b.dim:
        raise ValueError(
            f"p and q must have the same dimension; p = {type(a).__name__} has {a.dim}, "
            f"q = {type(b).__name__} has {b.dim}."
        )
    return a, b


@listed
def as_method(method: str | Method, **options: Unpack[MethodOptions]) -> Method:
    """Return the method that a name means, made with `options`; an object passes through.

    Raises
    ------
    UnknownNameError
        If the name is not known; the message offers the nearest.
    TypeError
        If the method has no such option, or options come with an object.
    """
    return resolve(METHODS, method, options)
