"""Thousands of pairs of laws at once.

Pairs are grouped by family. Normals go through the affinity formula (`batch.affinity`), normal
mixtures and the divergences that have no affinity kernel through Gauss–Legendre on panels
(`batch.panels`), with compiled loops where numba is installed. Every other pair is computed by
`divkit.exact.api.divergence`, one at a time, and `diagnostics` says how many and why.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from divkit.batch_results import BatchResult
from divkit.distributions.adapt import as_law, neighbours
from divkit.distributions.base import Law
from divkit.divergences import named
from divkit.divergences.base import Divergence
from divkit.exact.api import divergence as of_one_pair
from divkit.exact.batch.laws import (
    LawArrays,
    NormalBatch,
    NormalMixtureBatch,
    repeated,
    require_one_length,
    shape,
    stack,
)
from divkit.exact.batch.mesh import Index
from divkit.exact.batch.routes import Block, Engine, fast_block
from divkit.floats import own_rules
from divkit.results import Result
from divkit.types import Kind

Side: TypeAlias = LawArrays | list[Law]

_WEAKEST_LAST: tuple[Kind, ...] = ("enclosure", "closed form", "quadrature", "standard error")


@own_rules
def divergence_batch(
    ps: Any,
    qs: Any,
    divergence: str | Divergence = "js",
    *,
    engine: Engine = "auto",
    workers: int = 1,
) -> BatchResult:
    """Divergences of many pairs of laws, with an error on each.

    Parameters
    ----------
    ps, qs : a `NormalBatch` or `NormalMixtureBatch` (arrays, the fastest), a list of laws, or a
        single law, which is set against every law of the other side.
    divergence : a name of the table ("js", "kl", "tv", …) or a divergence.
    engine : "numba" (compiled loops, needs divkit[fast]), "numpy", or "auto": numba where it is
        installed and there are enough mixtures to be worth its import.
    workers : threads that take shares of the mixtures; the results are the same to the last bit
        whatever their number.

    Returns
    -------
    BatchResult
        `value` and `error`, (n,) float64, in `unit`. `kind` is the weakest among the pairs;
        `diagnostics["pairs"]` counts the pairs by the way they were computed.

    Raises
    ------
    ValueError
        If the two sides do not match in length, a pair is refused (the message says which), or
        workers is below 1.

    >>> batch = divergence_batch(NormalBatch([0.0, 2.0], 1.0), NormalBatch(0.0, 1.0), "js")
    >>> [round(v, 12) for v in batch.value.tolist()]
    [0.0, 0.336830820347]
    """
    if workers < 1:
        raise ValueError(f"workers must be 1 or more; got {workers!r}.")
    started, kind = time.perf_counter(), named(divergence)
    p, q = _side(ps, "ps"), _side(qs, "qs")
    n = max(len(p), len(q))
    value, error = np.full(n, np.nan), np.full(n, np.nan)
    blocks = [
        done
        for rows, a, b in _groups(p, q, n)
        for done in _blocks(a, b, rows, kind, engine, workers)
    ]
    for rows, block in blocks:
        value[rows], error[rows] = block.value, block.error
    counts: Counter[str] = Counter()
    for rows, block in blocks:
        counts[block.method] += len(rows)
    weakest = max((block.kind for _, block in blocks), key=_WEAKEST_LAST.index)
    diagnostics = {
        "pairs": dict(counts),
        "nodes": sum(block.nodes for _, block in blocks),
        "seconds": time.perf_counter() - started,
    }
    alone = {i: result for _, block in blocks for i, result in block.alone.items()}
    return BatchResult(
        value, error, weakest, "; ".join(counts), diagnostics, kind.name, kind.unit, alone
    )


def _side(laws: Any, name: str) -> Side:
    """Arrays where all laws are normals, or normal mixtures of one size; else a list."""
    if isinstance(laws, (NormalBatch, NormalMixtureBatch)):
        return laws
    items = laws if isinstance(laws, (list, tuple)) else [laws]
    if len(items) == 0:
        raise ValueError(f"{name} must not be empty.")
    arrays = stack(items)
    return _stacked([_read(item) for item in items]) if arrays is None else arrays


def _read(item: Any) -> Any:
    """The law that an object is, or the object where reading it rounds a parameter.

    Such a pair is computed by itself, with what the rounding is worth in its error.
    """
    law = as_law(item)
    return item if neighbours(item) else law


def _stacked(laws: list[Law]) -> Side:
    arrays = stack(laws)
    return laws if arrays is None else arrays


def _groups(p: Side, q: Side, n: int) -> Iterator[tuple[Index, Side, Side]]:
    """Cut the pairs into blocks of one family each: (rows, laws p, laws q)."""
    if not isinstance(p, list) and not isinstance(q, list):
        yield np.arange(n), repeated(p, n), repeated(q, n)
        return
    left, right = _listed(p, n), _listed(q, n)
    groups: dict[Any, list[int]] = defaultdict(list)
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        shapes = (shape(a), shape(b))
        groups[None if None in shapes else shapes].append(i)
    for key, members in groups.items():
        sides = [left[i] for i in members], [right[i] for i in members]
        rows = np.array(members)
        if key is None:
            yield rows, *sides
        else:
            yield rows, _stacked(sides[0]), _stacked(sides[1])


def _listed(laws: Side, n: int) -> list[Law]:
    if not isinstance(laws, list):
        laws = [laws.law(i) for i in range(len(laws))]
    require_one_length(laws, n)
    return laws * n if len(laws) == 1 else laws


def _blocks(
    p: Side, q: Side, rows: Index, divergence: Divergence, engine: Engine, workers: int
) -> list[tuple[Index, Block]]:
    """Compute one group of pairs: at once where there is a way, and the rest pair by pair."""
    if isinstance(p, list) or isinstance(q, list):
        return [(rows, _one_by_one(p, q, rows, divergence, "not normals or normal mixtures"))]
    fast = fast_block(p, q, divergence, engine, workers)
    if isinstance(fast, str):
        return [(rows, _one_by_one(p, q, rows, divergence, fast))]
    left = np.flatnonzero(np.isinf(fast.error))
    if len(left) == 0:
        return [(rows, fast)]
    first, second = ([laws.law(int(i)) for i in left] for laws in (p, q))
    reason = "scales or distances too far apart"
    rest = _one_by_one(first, second, rows[left], divergence, reason)
    done = np.isfinite(fast.error)
    kept = replace(fast, value=fast.value[done], error=fast.error[done])
    return [(rows[done], kept), (rows[left], rest)]


def _one_by_one(p: Side, q: Side, rows: Index, divergence: Divergence, reason: str) -> Block:
    pairs = zip(rows.tolist(), _listed(p, len(rows)), _listed(q, len(rows)), strict=True)
    results = [_one(a, b, i, divergence) for i, a, b in pairs]
    kind = max((result.kind for result in results), key=_WEAKEST_LAST.index)
    values = np.array([[result.value, result.error] for result in results])
    alone = dict(zip(rows.tolist(), results, strict=True))
    return Block(values[:, 0], values[:, 1], kind, f"one pair at a time: {reason}", alone=alone)


def _one(p: Law, q: Law, i: int, divergence: Divergence) -> Result:
    try:
        return of_one_pair(p, q, divergence)
    except ValueError as error:
        raise ValueError(f"pair {i}: {error}") from error
