"""Thousands of pairs of laws at once.

Pairs are grouped by family. Normals go through the affinity formula (`batch.affinity`), normal
mixtures and the divergences that have no affinity kernel through Gauss–Legendre on panels
(`batch.panels`), with compiled loops where numba is installed. Every other pair is computed by
`divkit.exact.api.divergence`, one at a time; the label says by which methods and why, as in
"closed_form, one pair at a time (families that have no engine in arrays)".
"""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias, TypeVar

import numpy as np

from divkit.arithmetic import WEAKEST_LAST
from divkit.batch_results import BatchResult
from divkit.distributions.adapt import as_law, as_laws, neighbours, unfold
from divkit.distributions.adapt.looks import is_numbers, is_row
from divkit.distributions.adapt.tables import require_same_classes
from divkit.distributions.base import Law
from divkit.divergences import named
from divkit.divergences.base import IPM, Divergence
from divkit.exact.api import divergence as of_one_pair
from divkit.exact.batch.laws import (
    LawArrays,
    NormalBatch,
    NormalMixtureBatch,
    repeated,
    require_one_length,
    shape,
    stack,
    taken,
)
from divkit.exact.batch.mesh import Index
from divkit.exact.batch.routes import Block, Engine, fast_block
from divkit.floats import own_rules
from divkit.results import Result
from divkit.threads import on_one_thread

Side: TypeAlias = LawArrays | list[Law]
Shape: TypeAlias = tuple[int, ...]
Made = TypeVar("Made")

_OTHERS = "families that have no engine in arrays"


@own_rules
@on_one_thread
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
    ps, qs : a `NormalBatch` or `NormalMixtureBatch` (arrays, the fastest), a list of laws, a batch
        of torch, SciPy or numpyro, rows of probabilities, or a single law, which is set against
        every law of the other side. Shapes broadcast as NumPy's. Two rows of probabilities are
        aligned by their labels, or of one length, as in `divkit.divergence`.
    divergence : a name of the table ("js", "kl", "tv", …) or a divergence.
    engine : "numba" (compiled loops, needs divkit[fast]), "numpy", or "auto": numba where it is
        installed and there are enough mixtures to be worth its import.
    workers : threads that take shares of the mixtures; the results are the same to the last bit
        whatever their number.

    Returns
    -------
    BatchResult
        `value` and `error`, float64, (n,) or of the batches' shape, in `unit`. `kind` is the
        weakest among the pairs; `diagnostics["pairs"]` counts the pairs by the way they went. An
        object that is a batch of no laws, as of shape (0, 3), gives a result of no pairs.

    Raises
    ------
    ValueError
        If the two sides do not match in length or shape, a pair is refused (the message says
        which), or workers is below 1.

    See Also
    --------
    divkit.divergence : of one pair.
    divkit.BatchResult : what comes back.

    Examples
    --------
    >>> batch = divergence_batch(NormalBatch([0.0, 2.0], 1.0), NormalBatch(0.0, 1.0), "js")
    >>> [round(v, 12) for v in batch.value.tolist()]
    [0.0, 0.336830820347]
    """
    if workers < 1:
        raise ValueError(f"workers must be 1 or more; got {workers!r}.")
    started, kind = time.perf_counter(), named(divergence)
    p, q, place = _sides(ps, qs)
    n = math.prod(place)
    if n == 0:
        return _no_pairs(place, kind)
    value, error = np.full(n, np.nan), np.full(n, np.nan)
    blocks = [
        done
        for rows, a, b in _groups(p, q, n)
        for done in _blocks(a, b, rows, kind, engine, workers, place)
    ]
    for rows, block in blocks:
        value[rows], error[rows] = block.value, block.error
    counts: Counter[str] = Counter()
    for rows, block in blocks:
        counts[block.method] += len(rows)
    weakest = max((block.kind for _, block in blocks), key=WEAKEST_LAST.index)
    diagnostics = {
        "pairs": dict(counts),
        "nodes": sum(block.nodes for _, block in blocks),
        "seconds": time.perf_counter() - started,
    }
    alone = {i: result for _, block in blocks for i, result in block.alone.items()}
    ways = "; ".join(counts)
    flat = BatchResult(value, error, weakest, ways, diagnostics, kind.name, kind.unit, alone)
    return flat.reshape(place)


def _no_pairs(place: Shape, divergence: Divergence) -> BatchResult:
    empty, unit = np.zeros(place), divergence.unit if isinstance(divergence, IPM) else "nats"
    return BatchResult(empty, empty.copy(), WEAKEST_LAST[0], "", {}, divergence.name, unit)


def one_by_one(
    ps: Any, qs: Any, compute: Callable[[Any, Any], Result], method: str, divergence: Divergence
) -> BatchResult:
    """Compute each pair of two sides by itself, as given to `divergence_batch`."""
    p, q, place = _sides(ps, qs)
    n = math.prod(place)
    if n == 0:
        return _no_pairs(place, divergence)
    pairs = enumerate(zip(_listed(p, n), _listed(q, n), strict=True))
    results = [at(i, place, partial(compute, a, b)) for i, (a, b) in pairs]
    weakest = max((result.kind for result in results), key=WEAKEST_LAST.index)
    value, error = np.array([[result.value, result.error] for result in results]).T
    alone, first = dict(enumerate(results)), results[0]
    return BatchResult(
        value.copy(), error.copy(), weakest, method, {}, first.name, first.unit, alone
    ).reshape(place)


def _sides(ps: Any, qs: Any) -> tuple[Side, Side, Shape]:
    """Both sides as laws of one shape."""
    require_same_classes(ps, qs)
    p, q = _listing(ps, "ps"), _listing(qs, "qs")
    if isinstance(p, list) or isinstance(q, list):
        p, q = _aligned(p, q)
    return _broadcast(_side(p), _side(q))


def _listing(laws: Any, name: str) -> Any:
    """A list where several objects are given: in a list, or an array of objects on one axis."""
    if isinstance(laws, np.ndarray) and laws.dtype == object and laws.ndim == 1:
        laws = laws.tolist()
    if not isinstance(laws, list | tuple) or is_numbers(laws):
        return laws
    if len(laws) == 0:
        raise ValueError(f"{name} must not be empty.")
    return list(laws)


def _aligned(ps: Any, qs: Any) -> tuple[Any, Any]:
    """Sides in which pairs of rows of probabilities are laws, aligned as one pair is."""
    p, q = (side if isinstance(side, list) else [side] for side in (ps, qs))
    n = max(len(p), len(q))
    if {len(p), len(q)} - {1, n} or not (any(map(is_row, p)) and any(map(is_row, q))):
        return ps, qs
    pairs = list(zip(p * (n // len(p)), q * (n // len(q)), strict=True))
    rows = [i for i, pair in enumerate(pairs) if all(map(is_row, pair))]
    for i in rows:
        pairs[i] = at(i, (n,), partial(as_laws, *pairs[i]))
    return [a for a, _ in pairs], [b for _, b in pairs]


def _side(laws: Any) -> tuple[Side, Shape]:
    """Arrays where all are normals, or normal mixtures of one size, else a list; its shape."""
    if isinstance(laws, (NormalBatch, NormalMixtureBatch)):
        return laws, (len(laws),)
    held = unfold(laws)
    if held is not None:
        items, place = list(held.items), held.shape
    else:
        several = isinstance(laws, list) and not is_numbers(laws)
        items, place = (laws, (len(laws),)) if several else ([laws], ())
    arrays = stack(items)
    return (_stacked([_read(item) for item in items]) if arrays is None else arrays), place


def _broadcast(p: tuple[Side, Shape], q: tuple[Side, Shape]) -> tuple[Side, Side, Shape]:
    """Both sides as laws of one shape, (1,) of two single laws; one law is left as it is."""
    try:
        place = np.broadcast_shapes(p[1], q[1]) or (1,)
    except ValueError:
        flat = len(p[1]) <= 1 and len(q[1]) <= 1
        sizes = (len(p[0]), len(q[0])) if flat else (p[1], q[1])
        raise ValueError(
            f"ps and qs must have one {'length' if flat else 'shape'}, or one of them be a single "
            f"law; got {sizes[0]} against {sizes[1]}."
        ) from None
    if 0 in place:
        return [], [], place
    first, second = (_spread(side, shape, place) for side, shape in (p, q))
    return first, second, place


def _spread(side: Side, shape: Shape, place: Shape) -> Side:
    if shape == place or len(side) == 1:
        return side
    rows = np.broadcast_to(np.arange(len(side)).reshape(shape), place).ravel()
    return [side[i] for i in rows.tolist()] if isinstance(side, list) else taken(side, rows)


def _read(item: Any) -> Any:
    """The law that an object is, or the object where reading it rounds a parameter.

    Such a pair is computed by itself, with what the rounding is worth in its error.
    """
    law = item if isinstance(item, Law) else as_law(item)
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
    p: Side,
    q: Side,
    rows: Index,
    divergence: Divergence,
    engine: Engine,
    workers: int,
    place: Shape,
) -> list[tuple[Index, Block]]:
    """Compute one group of pairs: at once where there is a way, and the rest pair by pair."""
    if isinstance(p, list) or isinstance(q, list):
        return [(rows, _one_by_one(p, q, rows, divergence, _OTHERS, place))]
    fast = fast_block(p, q, divergence, engine, workers)
    if isinstance(fast, str):
        return [(rows, _one_by_one(p, q, rows, divergence, fast, place))]
    left = np.flatnonzero(np.isinf(fast.error))
    if len(left) == 0:
        return [(rows, fast)]
    first, second = ([laws.law(int(i)) for i in left] for laws in (p, q))
    reason = "scales or distances too far apart"
    rest = _one_by_one(first, second, rows[left], divergence, reason, place)
    done = np.isfinite(fast.error)
    kept = replace(fast, value=fast.value[done], error=fast.error[done])
    return [(rows[done], kept), (rows[left], rest)]


def _one_by_one(
    p: Side, q: Side, rows: Index, divergence: Divergence, reason: str, place: Shape
) -> Block:
    pairs = zip(rows.tolist(), _listed(p, len(rows)), _listed(q, len(rows)), strict=True)
    results = [at(i, place, partial(of_one_pair, a, b, divergence)) for i, a, b in pairs]
    kind = max((result.kind for result in results), key=WEAKEST_LAST.index)
    values = np.array([[result.value, result.error] for result in results])
    alone = dict(zip(rows.tolist(), results, strict=True))
    ways = ", ".join(dict.fromkeys(result.way for result in results))
    method = f"{ways}, one pair at a time ({reason})"
    return Block(values[:, 0], values[:, 1], kind, method, alone=alone)


def at(i: int, place: Shape, compute: Callable[[], Made]) -> Made:
    """Return what `compute` does; a refusal is told with the place of the pair."""
    try:
        return compute()
    except ValueError as error:
        where = tuple(map(int, np.unravel_index(i, place)))
        raise ValueError(f"pair {where[0] if len(where) == 1 else where}: {error}") from error
