"""The entry for users: the divergence of two laws, or of two batches of them.

A batch is an object that holds several laws: of torch.distributions, of SciPy, of numpyro, rows of
probabilities. Shapes broadcast, as for torch.distributions.kl_divergence, and the result has the
shape of the batches. One pair goes to `divkit.exact.api`, a batch to `divkit.exact.batch.api`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from inspect import cleandoc
from typing import Any, Concatenate, ParamSpec, Protocol, Unpack, cast, overload

import numpy as np

from divkit.batch_results import BatchResult
from divkit.distributions.adapt import unfold
from divkit.distributions.base import Law
from divkit.divergences import named
from divkit.divergences.base import Divergence
from divkit.exact.api import Kinds, as_method
from divkit.exact.api import divergence as of_one_pair
from divkit.exact.auto import Auto
from divkit.exact.method import Method
from divkit.exact.options import MethodOptions
from divkit.exact.units import in_base
from divkit.faults import naming
from divkit.floats import own_rules
from divkit.results import Result
from divkit.signatures import listed

Own = ParamSpec("Own")


class OfPairs(Protocol[Own]):
    """A function of two laws, or of two batches of laws, and of its own parameters and options."""

    @overload
    def __call__(self, p: Law, q: Law, *args: Own.args, **kwargs: Own.kwargs) -> Result: ...

    @overload
    def __call__(
        self, p: Any, q: Any, *args: Own.args, **kwargs: Own.kwargs
    ) -> Result | BatchResult: ...


def of_pairs(
    function: Callable[Concatenate[Any, Any, Own], Result | BatchResult],
) -> OfPairs[Own]:
    """The function, typed: two laws of divkit give a `Result`, anything else may hold a batch.

    Its docstring, which has the formula and an example, gets what all such functions share.
    """
    words, mark, example = cleandoc(function.__doc__ or "").partition(">>> ")
    function.__doc__ = f"{words}{_SHARED}{mark}{example}"
    return cast("OfPairs[Own]", listed(function))


_SHARED = """\
Parameters
----------
p, q : laws, or batches of them, as `divkit.divergence` takes them.
method : "auto", the name of another, such as "quadrature" or "certified", or a method object.
base : of the logarithm, for divergences in nats: 2 gives bits.
**options : of the named method, such as digits=30 for "certified";
    `divkit.exact.options.MethodOptions` has all.

Returns
-------
Result or BatchResult
    The value with its error, `warnings` and the `reason` of an infinite one; of batches all of
    them, in their shape.

Raises
------
TypeError
    If p or q is no law, or the method has no such option.
ValueError
    If dimensions or shapes differ, a parameter is out of its range, a name is not known, a
    density has not mass 1, or the method does not apply (`NotApplicableError`).

See Also
--------
divergence : any divergence, by name, or several at once.

Examples
--------
"""


@overload
def divergence(
    p: Law,
    q: Law,
    kind: str | Divergence = "js",
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result: ...


@overload
def divergence(
    p: Law,
    q: Law,
    kind: Kinds,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> tuple[Result, ...]: ...


@overload
def divergence(
    p: Any,
    q: Any,
    kind: str | Divergence = "js",
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult: ...


@overload
def divergence(
    p: Any,
    q: Any,
    kind: Kinds,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> tuple[Result | BatchResult, ...]: ...


@listed
@own_rules
def divergence(
    p: Any,
    q: Any,
    kind: Any = "js",
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Any:
    """Return the divergence of two laws with known densities, or of two batches, with its error.

    Several kinds at once share what they can, such as the densities and the panels of a
    quadrature: on the line that takes little longer than the dearest of them alone.

    Parameters
    ----------
    p, q : laws, or whatever `divkit.as_law` reads as one: objects of torch, SciPy, scikit-learn
        and others, probabilities, a text. Objects that hold several laws, as
        torch.distributions.Normal of tensors, scipy.stats.norm of arrays, or rows of
        probabilities, are taken pair by pair; their shapes broadcast.
    kind : a name such as "js", "kl", "renyi(0.5)", or a divergence object; or a list or tuple of
        these.
    method : "auto", or "closed_form", "quadrature", "certified", "qmc", "discrete", "affinity",
        "tensor", "distribution_free", "symbolic", "metric", "summation"; or a method object.
    base : of the logarithm, for divergences in nats: 2 gives bits.
    **options : of the named method, such as digits=30 for "certified";
        `divkit.exact.options.MethodOptions` has all.

    Returns
    -------
    Result or BatchResult
        In nats where the divergence is logarithmic, with `warnings` and the `reason` of an
        infinite value. `diagnostics` says how it was got: the method that "auto" chose and why
        others did not apply. Of batches a `BatchResult` of their shape. Of several kinds, a tuple
        of these in their order.

    Raises
    ------
    TypeError
        If p or q is no law, or the method has no such option.
    ValueError
        If the dimensions or shapes differ, a name is not known, a density has not mass 1, or the
        method does not apply (`divkit.exact.method.NotApplicableError`); of a batch the message
        says at which index.

    See Also
    --------
    divkit.js_divergence : one of the functions of one name.
    divkit.divergence_batch : of thousands of pairs.
    divkit.estimate : from samples alone.
    divkit.curve : along a family of laws.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> divergence(Normal(0, 1), Normal(1, 1), "kl").value
    0.5
    >>> js, tv = divergence(Normal(0, 1), Normal(1, 2), ["js", "tv"])
    >>> f"{js.value:.6f} {tv.value:.6f}"
    '0.128175 0.390066'
    >>> import scipy.stats
    >>> several = divergence(scipy.stats.norm([0, 1, 2], 1), scipy.stats.norm(0, 1), "kl")
    >>> several.value.round(12).tolist()
    [0.0, 0.5, 2.0]
    """
    if not _hold_several(p=p, q=q):
        return of_one_pair(p, q, kind, method, base, **options)
    if isinstance(kind, list | tuple):
        return tuple(divergence(p, q, one, method, base, **options) for one in kind)
    from divkit.exact.batch.api import divergence_batch, one_by_one  # one pair does without

    way, wanted = as_method(method, **options), named(kind)
    if way == Auto():
        return batch_in_base(divergence_batch(p, q, wanted), wanted, base)
    of_one = partial(of_one_pair, kind=wanted, method=way, base=base)
    found = one_by_one(p, q, of_one, repr(way), wanted)
    return found if found.size else batch_in_base(found, wanted, base)


def _hold_several(**objects: Any) -> bool:
    """Whether one of the objects is a batch of laws."""
    found = False
    for name, obj in objects.items():
        with naming(name):
            found |= unfold(obj) is not None
    return found


def batch_in_base(batch: BatchResult, divergence: Divergence, base: float | None) -> BatchResult:
    """Return a batch converted to logarithms of `base`, as `in_base` does with a result."""
    unit = Result.exact(1.0, 0.0, batch.kind, batch.method)
    factor = in_base(unit, divergence, base)
    if base is None:
        return batch
    value = batch.value * factor.value
    with np.errstate(invalid="ignore"):
        rounding = np.where(np.isfinite(value), factor.error * np.abs(batch.value), 0.0)
    error = batch.error * abs(factor.value) + rounding
    alone = {i: in_base(result, divergence, base) for i, result in batch.alone.items()}
    return replace(batch, value=value, error=error, unit=factor.unit, alone=alone)
