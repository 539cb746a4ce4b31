"""One law known, the other sampled: the generator's case.

A law with a sampler gives as many rows as one likes, so its side of the estimate need not add to
the error: `fresh` rows are drawn for each row of the sample, and any estimator for two samples
goes on from there, n and m unequal. The standard error is then nearly that of the sample alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import torch

from divkit.distributions.adapt import as_law, is_histogram, is_read
from divkit.distributions.base import Law
from divkit.distributions.parse.law import LawSyntaxError
from divkit.distributions.shapes.charts import chart_of
from divkit.distributions.strata import Strata
from divkit.distributions.support import manifolds
from divkit.divergences.base import IPM, Divergence
from divkit.estimators.registry import Estimator
from divkit.frames import is_frame, not_yet
from divkit.results import Result
from divkit.rng import RandomState, spawn
from divkit.samples import as_rows
from divkit.types import Samples

FRESH = 4
"""Rows drawn of the law for each row of the sample: with 4, a variance 1.25 times the least."""


@runtime_checkable
class _Array(Protocol):
    """An array, or what becomes one: NumPy's, torch's, JAX's, a Series, a sparse matrix."""

    shape: Any
    dtype: Any


def is_law(obj: Any) -> bool:
    """Whether an object is one that `divkit.as_law` reads, and no table of numbers.

    Numbers are rows of a sample, whatever they sum to, and so is a frame, though its columns may
    be named like a law's methods. A text is a law, for it is no sample.
    """
    if isinstance(obj, Law):
        return True
    if is_frame(obj) or isinstance(obj, _Array) or hasattr(type(obj), "__array__") or not_yet(obj):
        return False
    return is_histogram(obj) or (not isinstance(obj, (list, tuple)) and is_read(obj))


def estimate_with_law(
    p: Any,
    q: Any,
    divergence: Divergence,
    estimator: Estimator,
    *,
    rng: RandomState = 0,
    fresh: int = FRESH,
) -> Result:
    """Estimate the divergence of a law and a sample, either of them first.

    Parameters
    ----------
    p, q : one a law (see `divkit.distributions.as_law`), the other samples (m, d).
    divergence : of P and Q, in this order.
    estimator : for two samples.
    rng : of the draws.
    fresh : rows drawn for each row of the sample.

    Returns
    -------
    Result
        `diagnostics["fresh"]` holds how many rows were drawn, and of which side.

    Raises
    ------
    ValueError
        If both are laws, or fresh is less than 1, or the dimensions differ.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import KL
    >>> from divkit.estimators.neighbours.method import NearestNeighbour
    >>> x = Normal(0, 1).sample(200, rng=0)
    >>> found = estimate_with_law(x, "normal(1, 1)", KL, NearestNeighbour())
    >>> found.interval[0] < 0.5 < found.interval[1]
    True
    """
    if is_law(p) and is_law(q):
        raise ValueError(
            "x and y are both laws with densities: divkit.divergence(x, y) has no need of samples."
        )
    if fresh < 1:
        raise ValueError(f"fresh must be at least 1; got {fresh!r}.")
    (generator,) = spawn(rng, 1)  # no stream that the sample itself may have come from
    if is_law(p):
        drawn, rows = _draws(_read(p, "x"), q, "y", fresh, generator, divergence)
        return _told(estimator(drawn, rows, divergence), "x", len(drawn))
    drawn, rows = _draws(_read(q, "y"), p, "x", fresh, generator, divergence)
    return _told(estimator(rows, drawn, divergence), "y", len(drawn))


def _read(obj: Any, name: str) -> Law:
    try:
        return as_law(obj)
    except LawSyntaxError as error:
        raise LawSyntaxError(
            f"{name} is a text, which is read as a law; pass the rows themselves of a sample. "
            f"It is no law: {error}"
        ) from error


def _draws(
    law: Law, sample: Samples, name: str, fresh: int, rng: Any, divergence: Divergence
) -> tuple[Any, Any]:
    """Draws of the law beside the sample, both in coordinates where the law is on a manifold."""
    rows = as_rows(sample, name).values
    if rows.shape[1] != law.dim:
        raise ValueError(
            f"the law has dimension {law.dim}; {name} has {rows.shape[1]} columns. "
            "Rows are points."
        )
    drawn = law.sample(fresh * len(rows), rng)
    found = [part for part in manifolds(law.support) if not isinstance(part, Strata)]
    if not found:  # atoms beside a density repeat among draws as they do in the sample
        return drawn.numpy(), sample
    manifold, chart = found[0], chart_of(found[0])
    if chart is None or manifold.dim != law.dim or isinstance(divergence, IPM):
        raise ValueError(
            f"the law is one {manifold.words}, and no estimator of {divergence.name} knows its "
            "coordinates. Draw from the law and pass two samples, in coordinates of your own."
        )
    points = torch.as_tensor(rows, dtype=torch.float64)
    off = ~manifold.contains(points)
    if bool(off.any()):
        raise ValueError(
            f"{name} must hold points {manifold.words}, as the law does; row "
            f"{int(off.nonzero()[0])} is {rows[int(off.nonzero()[0])].tolist()}."
        )
    return chart.coordinates(drawn).numpy(), chart.coordinates(points).numpy()


def _told(result: Result, side: str, rows: int) -> Result:
    return replace(result, diagnostics={**result.diagnostics, "fresh": {side: rows}})
