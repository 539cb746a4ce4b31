r"""The distance of a critic from the best one, measured with the known densities.

The judge works on nodes that no critic was trained on: two orders of a rule on the panels of the
line, split until they resolve the critic too (`divkit.critics.judge_line`), or on the boxes of the
plane and of space; the atoms of finite laws; and independent draws of m = (p+q)/2 beyond.
`judges` makes two such sets that share no node: what one says of a critic the other can refute.
"""

from __future__ import annotations

from typing import Any

import torch

from divkit.critics.judge_line import LineJudge
from divkit.critics.judge_nodes import Judge, NodeJudge, Verdict
from divkit.critics.points import WeightedPoints
from divkit.critics.population import (
    CellNodes,
    atoms,
    boxes,
    cell_nodes,
    line_layout,
    mixture_points,
)
from divkit.distributions.adapt import as_laws
from divkit.distributions.base import Law, Law1D
from divkit.distributions.support import is_discrete
from divkit.games import Game
from divkit.rng import RandomState, as_generator
from divkit.types import Critic

_LINE = ((16, 25), (14, 21))
_BOXES = {2: ((9, 14), (8, 13)), 3: ((5, 8), (4, 7))}


def judges(
    p: Law,
    q: Law,
    game: Game,
    *,
    draws: int = 2**17,
    rng: RandomState = 1,
    on_boxes: bool = True,
) -> tuple[Judge, Judge]:
    """Two judges of critics for laws that enter the game, with no node in common.

    Of finite laws both sum over the same atoms: that sum is the expectation itself. Without
    `on_boxes` nodes are draws in the plane and in space too, where densities are dear.
    """
    if is_discrete(p.support) and is_discrete(q.support):
        both = atoms(p, q)
        one = NodeJudge(game, _loose(both), None, "closed form")
        return one, one
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        plan = line_layout(p, q)
        return LineJudge(p, q, game, plan, _LINE[0]), LineJudge(p, q, game, plan, _LINE[1])
    if on_boxes and p.dim <= 3 and (cells := boxes(p, q, 1e-9, 3_000_000)) is not None:
        a, b = ([cell_nodes(p, q, cells, k) for k in orders] for orders in _BOXES[p.dim])
        return NodeJudge(game, a[1], a[0], "quadrature"), NodeJudge(game, b[1], b[0], "quadrature")
    streams = as_generator(rng).spawn(2)
    first, second = (
        NodeJudge(
            game, _loose(mixture_points(p, q, draws, s, sobol=False)), None, "standard error"
        )
        for s in streams
    )
    return first, second


def judge(
    p: Any, q: Any, critic: Critic, game: Game, *, draws: int = 2**17, rng: RandomState = 1
) -> Verdict:
    """Measure a critic against the best one on nodes of the judge's own.

    Returns
    -------
    Verdict
        V, V*, the gap by both of its formulas with errors, and distances of D from D*.

    Examples
    --------
    >>> from divkit import games
    >>> verdict = judge("normal(0, 1)", "normal(1, 1)", lambda x: 0.5 - x[:, 0], games.GAN)
    >>> round(verdict.value, 9), verdict.gap < 1e-12
    (-1.163451397, True)
    """
    return judges(*game.lifting.laws(*as_laws(p, q)), game, draws=draws, rng=rng)[0](critic)


def _loose(points: WeightedPoints) -> CellNodes:
    return CellNodes(points, torch.zeros(len(points), dtype=torch.long), 1)
