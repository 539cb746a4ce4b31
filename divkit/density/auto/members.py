"""Members of a stack, and of a table of cells, with their weights, and the law they make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from divkit.density.auto.beyond import BEYOND
from divkit.density.auto.cells import FilledCell, words_of
from divkit.density.auto.recipes import LeftOut, Recipe, StackMember, Unmade, made
from divkit.density.auto.stacking import Stacked
from divkit.density.auto.unseen import unseen_words
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import MixtureLaw, mixture
from divkit.distributions.strata import fixed, free
from divkit.types import FloatArray


def members_of(rows: FloatArray, seen: LeftOut, best: Stacked) -> Iterable[StackMember]:
    """Yield the members of a stack, fitted to all rows."""
    fits: dict[Recipe, Sequence[Law | Unmade]] = {}
    last = len(best.members) - 1 if best.beyond else len(best.members)
    found = zip(best.members, best.weights, best.gains, strict=True)
    for number, (at, weight, gain) in enumerate(found):
        recipe, place = seen.sources[at]
        if recipe not in fits:
            fits[recipe] = recipe.fit(rows)
        name = recipe.names[place] + (BEYOND if number == last else "")
        yield StackMember(name, weight, gain, made(fits[recipe][place]))


def without_folds(seen: LeftOut, best: Stacked, folds: int) -> Iterable[Law]:
    """Yield the stacks of the same weights without each fold."""
    places = [seen.sources[at] for at in best.members]
    for fold in range(folds):
        yield _stack(best.weights, [seen.laws[recipe][fold][k] for recipe, k in places])


def stack_of(members: Sequence[StackMember], laws: Sequence[Law | Unmade]) -> Law:
    """Return the stack of other laws with the members' weights."""
    return _stack([member.weight for member in members], laws)


def _stack(weights: Sequence[float], laws: Sequence[Law | Unmade]) -> Law:
    parts = zip(weights, map(made, laws), strict=True)
    return law_of([StackMember("", weight, 0.0, law) for weight, law in parts])


def law_of(members: Sequence[StackMember]) -> Law:
    """Return the mixture, mixtures among members opened, so that normal laws stay together."""
    weights, parts = [], []
    for member in members:
        opened = member.law if isinstance(member.law, MixtureLaw) else None
        own = opened.weights if opened else (1.0,)
        parts += list(opened.components if opened else (member.law,))
        weights += [member.weight * share for share in own]
    return parts[0] if len(parts) == 1 else mixture(weights, parts, normalize=True)


def members_of_cells(
    cells: Sequence[FilledCell], law: Law, names: Sequence[str]
) -> Iterable[StackMember]:
    """Yield the members of each cell's density, and its points as one, named by their places."""
    total = sum(len(cell.rows) for cell in cells)
    points = [cell for cell in cells if cell.part is None]
    if points:
        share = sum(len(cell.rows) for cell in points) / total
        name = f"atoms at {len(points)} values"
        yield StackMember(
            name if len(points) > 1 else f"atom {words_of(points[0].place, names)}",
            share,
            0.0,
            law,
        )
    for cell in cells:
        where = words_of(cell.place, names)
        of = ", ".join(names[k] for k in free(cell.place))
        for member in () if cell.part is None else cell.part.members_:
            name = f"{of} {where}: {member.name}"
            share = len(cell.rows) / total * member.weight
            yield StackMember(name, share, member.gain, member.law)


def words_of_cells(cells: Sequence[FilledCell], names: Sequence[str]) -> tuple[str, ...]:
    """Say what the table is of, and how many cells share a density."""
    points = sum(cell.part is None for cell in cells)
    unseen = unseen_words([len(cell.rows) for cell in cells])
    if points == len(cells):
        places = "distinct rows" if len(cells[0].place) > 1 else "values"
        return (
            f"X has {points} {places}, which repeat: the law is a table of atoms, and {unseen}",
        )
    notes = [
        f"X has atoms beside a density: the law is a table of {len(cells)} cells, {points} of "
        f"them single points; each other one has a density, and {unseen}"
    ]
    for pool in dict.fromkeys(cell.pool for cell in cells if cell.pool is not None):
        of = [cell for cell in cells if cell.pool is pool]
        own = ", ".join(names[k] for k in free(of[0].place))
        given = ", ".join(names[k] for k in fixed(of[0].place))
        by = f"that of all cells' rows, {pool.words}" if pool.words else f"independent of {given}"
        notes.append(
            f"in {len(of)} cells the density of {own} is taken to be {by}: their own rows are too "
            "few, or say no more"
        )
    return tuple(notes)
