"""The classes of critics among which a limit of samples chooses, for what laws may differ by.

Two normal laws differ by a quadratic function; a shift of many columns by a linear one, which has
few coefficients; smooth laws by what kernels of some width see; jumps in few columns by trees;
parities and boards by square waves; tables by the counts of their cells.
"""

from __future__ import annotations

from divkit.critics import Polynomial, learners
from divkit.critics.lower_limit import Critics
from divkit.estimators.common.square_waves import SquareWaves

WIDTHS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
NAMES = 64
"""Values of a column, at most, that may be names without an order."""


def critic_menu() -> tuple[Critics, ...]:
    """Return the classes; which of them suit is found from the rows that a stage has seen."""
    return (
        Polynomial(2),
        Polynomial(1),
        *(learners.KernelMachine(width) for width in WIDTHS),
        learners.BoostedTrees(),
        SquareWaves(),
        learners.CellCounts(),
        learners.BoostedTrees(categories=NAMES),
    )
