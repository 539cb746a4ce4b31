"""Two tables side by side: columns matched by name or place, of one kind, and none constant."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from divkit.cli.files.needed import FlagNeededError, without
from divkit.cli.files.rules import Rules
from divkit.cli.files.table import Cells, FileTable
from divkit.samples.named import holds_text

Paths: TypeAlias = tuple[Path, Path]
Tables: TypeAlias = tuple[FileTable, FileTable]
_PLACE = "Pass --align place to take columns by place"
_SHOWN = 20


def matched(paths: Paths, tables: Tables, rules: Rules) -> Tables:
    """The tables with one set of columns, in the order of the first.

    Raises
    ------
    ValueError
        If the columns differ, have a name twice, or only one file names them.
    """
    a, b = tables
    width, other = a.rows.shape[1], b.rows.shape[1]
    by_place = rules.align == "place"
    if width != other:
        if a.names and b.names and not by_place:
            _require_same(paths, tables)
        raise ValueError(
            f"{paths[0]} has {width} columns and {paths[1]} {other}; rows are points of one space."
            f"{_beyond(paths, tables)}"
        )
    if by_place or (width == 1 and not (a.names and b.names)):
        names = _distinct(a.names or b.names)
        return replace(a, names=names), replace(b, names=names)
    for path, table in zip(paths, tables, strict=True):
        _require_distinct(path, table.names)
    if not a.names and not b.names:
        return tables
    if not a.names or not b.names:
        named, bare = paths if a.names else (paths[1], paths[0])
        raise ValueError(f"{named} names its columns and {bare} does not. {_PLACE}.")
    if sorted(a.names) != sorted(b.names):
        both = [name for name in a.names if name in b.names]
        common = f", --columns {_typed(both)} for those of both" if both else ""
        raise ValueError(
            f"the columns of {paths[0]} are {_listed(a.names)}, those of {paths[1]} "
            f"{_listed(b.names)}. Name them alike. {_PLACE}{common}."
        )
    order = [b.names.index(name) for name in a.names]
    dates = tuple(b.dates[k] for k in order) if b.dates else ()
    return a, replace(b, rows=b.rows[:, order], names=a.names, dates=dates)


def _require_same(paths: Paths, tables: Tables) -> None:
    """Refuse names that one file alone has, where some are in both."""
    for path, table in zip(paths, tables, strict=True):
        _require_distinct(path, table.names)
    names = [table.names for table in tables]
    alone = [[n for n in own if n not in other] for own, other in (names, names[::-1])]
    if len(alone[0]) == len(names[0]):
        return
    beyond = [*alone[0], *alone[1]]
    said = " and ".join(
        f"{_listed([repr(n) for n in own])} {'is' if len(own) == 1 else 'are'} in {path} alone"
        for own, path in zip(alone, paths, strict=True)
        if own
    )
    word = "it" if len(beyond) == 1 else "them"
    raise FlagNeededError(
        f"{paths[0]} has {len(names[0])} columns and {paths[1]} {len(names[1])}: {said}. "
        f"--without {_typed(beyond)} leaves {word} out; --columns takes those that it names.",
        without(*beyond),
    )


def _beyond(paths: Paths, tables: Tables) -> str:
    """The names of the columns of each, where they have any."""
    named = zip(paths, tables, strict=True)
    lists = [f"{path} has {_listed(table.names)}" for path, table in named if table.names]
    return f" {'; '.join(lists)}. --columns and --without choose by name." if lists else ""


def require_one_kind(paths: Paths, tables: Tables) -> None:
    """Refuse a column that is dates, or labels, in one file alone.

    Raises
    ------
    ValueError
        So.
    """
    sides = [table.dates or (False,) * table.rows.shape[1] for table in tables]
    for k, dated in enumerate(zip(*sides, strict=True)):
        texts = [holds_text(table.rows[:, k]) for table in tables]
        for found, what, none in ((dated, "dates", "none"), (texts, "labels", "numbers")):
            if found[0] != found[1]:
                here, there = paths if found[0] else paths[::-1]
                table = tables[0] if found[0] else tables[1]
                example = f", such as {table.rows[0, k]!r}," if what == "labels" else ""
                raise _leaving(
                    tables[0].names[k : k + 1],
                    f"column {_called(tables[0], k)} holds {what}{example} in {here} and {none} "
                    f"in {there}: make both one kind",
                )


def require_varying(paths: Paths, tables: Tables, rules: Rules) -> None:
    """Refuse columns that are constant in both files, unless they differ and are taken by name.

    Raises
    ------
    ValueError
        So.
    """
    a, b = tables
    if min(len(a.rows), len(b.rows)) < 2:
        return
    values = [[_constant(table.rows[:, k]) for k in range(a.rows.shape[1])] for table in tables]
    pairs = [(k, u[0], v[0]) for k, (u, v) in enumerate(zip(*values, strict=True)) if u and v]
    _require_none(a, [(k, u) for k, u, v in pairs if u == v], f"{paths[0]} and {paths[1]}")
    taken = [name.strip() for name in (rules.columns or "").split(",")]
    for k, u, v in pairs:
        if a.names and len(a.names) > 1 and a.names[k] not in taken:
            raise _leaving(
                a.names[k : k + 1],
                f"column {_called(a, k)} is constant at {u!r} in {paths[0]} and at {v!r} in "
                f"{paths[1]}: it alone tells the files apart, as a mark of theirs does, and would "
                "hide all else (named by --columns it is taken)",
            )


def require_density(path: Path, table: FileTable) -> None:
    """Refuse columns of one value of a file, which have no density.

    Raises
    ------
    ValueError
        So.
    """
    found = [_constant(table.rows[:, k]) for k in range(table.rows.shape[1])]
    if len(table.rows) > 1:
        _require_none(table, [(k, u[0]) for k, u in enumerate(found) if u], str(path))


def _require_none(table: FileTable, alike: Sequence[tuple[int, float | str]], where: str) -> None:
    """Refuse columns that are constant, all of them at once."""
    if not alike:
        return
    said = ", ".join(f"{_called(table, k)} (constant at {u!r})" for k, u in alike)
    some = bool(table.names) and len(alike) < table.rows.shape[1]
    many = len(alike) > 1
    raise _leaving(
        tuple(table.names[k] for k, _ in alike) if some else (),
        f"column{'s' * many} {said} {'have' if many else 'has'} one value in {where}, and no "
        "density",
    )


def _leaving(names: Sequence[str], words: str) -> ValueError:
    """The refusal of columns, with the flag that leaves them out, if they have names."""
    if not names:
        return ValueError(f"{words}. Take such columns out of the files.")
    word = "it" if len(names) == 1 else "them"
    return FlagNeededError(
        f"{words}: --without {_typed(names)} leaves {word} out.", without(*names)
    )


def _constant(cells: Cells) -> tuple[float | str] | None:
    """The one value of a column, as a tuple; None where there are several, or none."""
    held = cells[cells == cells]  # NaN is not itself
    if not len(held) or not bool((held == held[0]).all()):
        return None
    return (held[0] if isinstance(held[0], str) else float(held[0]),)


def _called(table: FileTable, k: int) -> str:
    return repr(table.names[k]) if table.names else str(k + 1)


def _typed(names: Sequence[str]) -> str:
    """Names as the value of a flag."""
    return shlex.quote(",".join(names))


def _require_distinct(path: Path, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise ValueError(
            f"{path} has several columns of the name {_listed(twice)}: which is which in the "
            f"other file cannot be told. Rename them. {_PLACE}."
        )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names with a number behind those that came before."""
    distinct: list[str] = []
    for name in names:
        candidate, k = name, 2
        while candidate in distinct:
            candidate, k = f"{name} ({k})", k + 1
        distinct.append(candidate)
    return tuple(distinct)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
