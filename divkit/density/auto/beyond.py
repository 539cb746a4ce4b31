r"""A part of the stack for rows beyond the ends that all its other members have.

Of n + 1 rows of a continuous law the last is beyond the others at one end with probability
1/(n + 1), whatever the law is: n rows cannot show that none will come there. Where every member
is 0 beyond an end, or between the rows, that was not known before, the best member that is
positive everywhere has weight 1/(n + 1), so that no later row has density 0. An end is known that
is natural (0 below positive values, 1 above shares) and next to which the rows lie.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from divkit.density.auto.recipes import LeftOut, made
from divkit.density.auto.stacking import Stacked, price_unit
from divkit.distributions.base import Law
from divkit.distributions.support import Boxes
from divkit.types import FloatArray

Known = tuple[float, float]
"""Ends of a column that are known, infinite where there is none."""
BEYOND = ", for rows beyond the ends"
BEYOND_WORDS = (
    "where the other members are 0 the density is that of the last alone, whose weight 1/(n + 1) "
    "is the probability of a row beyond n at one end: no rows show an end. Pass ends=(low, high) "
    "of a column whose ends are known"
)


def opened(best: Stacked, seen: LeftOut, known: Sequence[Known], n: int) -> Stacked:
    """Return the stack with a member of weight 1/(n + 1) more, where its own leave rows out.

    Parameters
    ----------
    best : the stack.
    seen : what it was chosen from.
    known : of each column the ends beyond which no row can come.
    n : rows that the stack is fitted to.
    """
    if any(_reaches(_law(seen, at), known) for at in best.members):
        return best
    everywhere = [at for at, (recipe, _) in enumerate(seen.sources) if recipe.everywhere]
    if not everywhere:
        return best
    totals = seen.logs.sum(axis=0) - price_unit(len(seen.logs)) * np.asarray(seen.prices)
    chosen = max(everywhere, key=lambda at: float(totals[at]))
    share = 1 / (n + 1)
    logs: FloatArray = np.logaddexp(
        math.log1p(-share) + best.logs, math.log(share) + seen.logs[:, chosen]
    )
    weights = (*((1 - share) * weight for weight in best.weights), share)
    gains = (*best.gains, float((logs - best.logs).sum()))
    return Stacked((*best.members, chosen), weights, gains, logs, beyond=True)


def _law(seen: LeftOut, at: int) -> Law:
    recipe, place = seen.sources[at]
    return made(seen.laws[recipe][0][place])


def _reaches(law: Law, known: Sequence[Known]) -> bool:
    """Whether a law is positive wherever a row may come."""
    support = law.support
    return (
        isinstance(support, Boxes)
        and len(support.boxes) == 1
        and all(
            low <= least and high >= most
            for (low, high), (least, most) in zip(support.boxes[0], known, strict=True)
        )
    )
