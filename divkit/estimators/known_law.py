"""One law known, the other sampled: the generator's case.

A law with a sampler gives as many rows as one likes, so its side of the estimate need not add to
the error: `fresh` rows are drawn for each row of the sample, and any estimator for two samples
goes on from there, n and m unequal. The standard error is then nearly that of the sample alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.divergences.base import Divergence
from divkit.estimators.registry import Estimator
from divkit.results import Result
from divkit.rng import RandomState, spawn
from divkit.samples import as_rows
from divkit.samples.intake import Frame
from divkit.types import Samples

FRESH = 4
"""Rows drawn of the law for each row of the sample: with 4, a variance 1.25 times the least."""


@runtime_checkable
class _LogProb(Protocol):
    def log_prob(self, value: Any) -> Any: ...


@runtime_checkable
class _LogPdf(Protocol):
    def logpdf(self, x: Any) -> Any: ...


@runtime_checkable
class _Scored(Protocol):
    def score_samples(self, x: Any) -> Any: ...


def is_law(obj: Any) -> bool:
    """Whether an object has a density, as divkit's laws, torch's, SciPy's and scikit-learn's.

    A frame has none, though its columns may be named like a law's methods.
    """
    return isinstance(obj, (_LogProb, _LogPdf, _Scored)) and not isinstance(obj, Frame)


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
    """
    if is_law(p) and is_law(q):
        raise ValueError(
            "x and y are both laws with densities: divkit.divergence(x, y) has no need of samples."
        )
    if fresh < 1:
        raise ValueError(f"fresh must be at least 1; got {fresh!r}.")
    (generator,) = spawn(rng, 1)  # no stream that the sample itself may have come from
    if is_law(p):
        drawn = _draws(as_law(p), q, "y", fresh, generator)
        return _told(estimator(drawn, q, divergence), "x", len(drawn))
    drawn = _draws(as_law(q), p, "x", fresh, generator)
    return _told(estimator(p, drawn, divergence), "y", len(drawn))


def _draws(law: Law, sample: Samples, name: str, fresh: int, rng: Any) -> Any:
    rows = as_rows(sample, name).values
    if rows.shape[1] != law.dim:
        raise ValueError(
            f"the law has dimension {law.dim}; {name} has {rows.shape[1]} columns. "
            "Rows are points."
        )
    return law.sample(fresh * len(rows), rng).numpy()


def _told(result: Result, side: str, rows: int) -> Result:
    return replace(result, diagnostics={**result.diagnostics, "fresh": {side: rows}})
