"""Tables of probabilities, one law a row: what must agree before two of them are compared.

Rows are paired by their place and columns are the classes. Where labels say that a place means
something else on the other side, that is an error: a table has no labels that could be aligned
without reading all of it again.
"""

from __future__ import annotations

from typing import Any

from divkit.distributions.adapt.looks import WithLabels, array, is_numbers


def require_same_classes(p: Any, q: Any) -> None:
    """Raise where a table of probabilities stands against a row or table of other classes.

    Parameters
    ----------
    p, q : anything; only numbers (…, K) of which one has more axes than one are looked at.

    Raises
    ------
    ValueError
        If K differs, or labels of the columns or of the rows do.
    """
    if not (is_numbers(p) and is_numbers(q)):
        return
    shapes = array(p).shape, array(q).shape
    if max(map(len, shapes)) < 2 or min(map(len, shapes)) < 1:
        return
    if shapes[0][-1] != shapes[1][-1]:
        raise ValueError(
            f"{shapes[0][-1]} and {shapes[1][-1]} probabilities a row; pass as many of each law, "
            "with 0 where a class is missing."
        )
    _require_equal("classes", _classes(p), _classes(q), range(shapes[0][-1]), "q[p.columns]")
    if shapes[0][:-1] == shapes[1][:-1]:
        own = _rows(p), _rows(q)
        if None not in own:
            _require_equal("rows", *own, range(shapes[0][0]), "q.loc[p.index]")


def _classes(obj: Any) -> list[Any] | None:
    if not isinstance(obj, WithLabels):
        return None
    return list(getattr(obj, "columns", obj.index))


def _rows(obj: Any) -> list[Any] | None:
    return list(obj.index) if hasattr(obj, "columns") else None


def _require_equal(
    what: str, p: list[Any] | None, q: list[Any] | None, places: range, way: str
) -> None:
    """Raise where labels differ; what has none is at the places 0, 1, 2, …."""
    first, second = (list(places) if own is None else own for own in (p, q))
    wrong = next((pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]), None)
    if wrong is not None:
        raise ValueError(
            f"labels of the {what} differ, such as {wrong[0]!r} in p and {wrong[1]!r} in q: "
            f"put them in one order, {way}, or pass the numbers alone: table.to_numpy()."
        )
