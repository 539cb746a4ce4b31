r"""W1 on the line is what the best 1-Lipschitz critic earns.

W1 = ∫ |F − G| dx = max over |T'| ≤ 1 of E_p T − E_q T,   T*' = −sign(F − G).
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from scipy.optimize import brentq

from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.mlp import MLP
from divkit.critics.training import train
from divkit.distributions.families.normal import Normal
from divkit.divergences import W1
from divkit.games import WGAN
from divkit.theory.family.every_game_slopes import between, slope_board
from divkit.theory.family.every_game_train import measure
from divkit.theory.framework.computations import by_engine, line_edges
from divkit.theory.framework.densities import density
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.integration import panels
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.pairs import SMOOTH, Pair, parsed, shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, equal, evidence
from divkit.types import FloatArray, Tensor

NORMALS = tuple((Normal(0.0, 1.0), Normal(0.0, s)) for s in (0.5, 2.0, 3.0))


@check(
    "wgan-dual",
    statement="On the line W1 = ∫|F − G| is what the best 1-Lipschitz critic earns, with slope "
    "−sign(F − G); a trained one comes close from below.",
    formula=r"W_1=\int|F-G|\,dx=\max_{|T'|\leq 1}E_pT-E_qT,\qquad"
    r"W_1(N(0,1),N(0,s^2))=|s-1|\sqrt{2/\pi}",
    left="the engine; E_p T* − E_q T* over the densities; a trained critic's E_p T − E_q T",
    right="|s − 1|√(2/π) or the shift; ∫|F − G| on panels",
    because="quadrature; 1% for what training leaves",
)
def wgan_dual(context: Context) -> Evidence:
    """Normals of several widths, shifts, two mixtures."""
    rows: list[Comparison] = []
    for p, q in NORMALS:
        case, wanted = f"N(0, 1), N(0, {q.scale:g}²)", abs(q.scale - 1) * math.sqrt(2 / math.pi)
        rows.append(equal(f"{case}: W1", by_engine(p, q, W1), wanted))
        rows += _dual_rows(case, (p, q))
    rows.append(equal("shift 2: W1", by_engine(*shift(2.0), W1), 2.0))
    rows += _dual_rows("shift 2", shift(2.0))
    rows += _dual_rows("mixtures", parsed(*SMOOTH["mixtures"]))
    for case, pair in (("N(0, 1), N(0, 2²)", NORMALS[1]), ("shift 2", shift(2.0))):
        rows += _trained_rows(case, pair)
    return evidence(rows, _dual_figure)


def _dual_rows(case: str, pair: Pair) -> list[Comparison]:
    truth, marks = by_distribution_functions(pair), sign_changes(pair)
    return [
        equal(f"{case}: the engine", by_engine(*pair, W1), truth),
        equal(f"{case}: E_p T* − E_q T*", dual_value(pair, marks), truth),
    ]


def sign_changes(pair: Pair) -> list[float]:
    """Where F − G changes sign, between neighbours of a grid of quantiles."""
    p, q = pair
    tail = np.geomspace(1e-15, 1e-3, 60)
    levels = np.concatenate([tail, np.linspace(1e-3, 1 - 1e-3, 401), 1 - tail])
    grid = np.unique(np.concatenate([law.ppf(levels) for law in pair]))

    def lead(x: float) -> float:
        return float(between(p, q, np.array([x]))[0])

    signs = np.sign(between(p, q, grid))
    at = np.flatnonzero(signs[1:] * signs[:-1] < 0)
    inner = [float(brentq(lead, grid[k], grid[k + 1], xtol=1e-15)) for k in at]
    return [*inner, *grid[signs == 0].tolist()]


def by_distribution_functions(pair: Pair) -> Measured:
    """∫ |F − G| on panels cut where F = G."""
    p, q = pair
    edges = line_edges(p, q, *sign_changes(pair))
    return panels(lambda x: torch.from_numpy(np.abs(between(p, q, x.numpy()))), edges)


def best_critic(pair: Pair, marks: list[float], x: Tensor) -> Tensor:
    """T*(x): slope −sign(F − G), pieces joined at the marks; T* = 0 at the first mark or at 0."""
    cuts = sorted(marks) or [0.0]
    probes = np.array(
        [cuts[0] - 1, *(0.5 * (a + b) for a, b in itertools.pairwise(cuts)), cuts[-1] + 1]
    )
    slopes = np.sign(between(*pair, probes))
    heights = np.concatenate([[0.0], np.cumsum(slopes[1:-1] * np.diff(cuts))])
    at = np.searchsorted(cuts, x.numpy())
    base = np.maximum(at - 1, 0)
    return torch.from_numpy(heights[base] + slopes[at] * (x.numpy() - np.array(cuts)[base]))


def dual_value(pair: Pair, marks: list[float]) -> Measured:
    """E_p T* − E_q T* over the densities."""
    p, q = pair

    def integrand(x: Tensor) -> Tensor:
        return (density(p, x) - density(q, x)) * best_critic(pair, marks, x)

    return panels(integrand, line_edges(p, q, *marks))


def _trained_rows(case: str, pair: Pair) -> list[Comparison]:
    """A perceptron's slopes, tanh of its output, trained on the nodes that carry F − G."""
    truth = by_engine(*pair, W1)
    value = trained_value(pair)
    return [
        at_most(f"{case}: trained critic ≤ W1", value, truth),
        at_most(f"{case}: and within 1% of it", 0.99 * truth, value),
    ]


def trained_value(pair: Pair) -> Measured:
    """E_p T − E_q T of a trained 1-Lipschitz T, on finer nodes than those of the training."""
    nodes = slope_board(pair)
    solver = LevenbergMarquardt(steps=30, seconds=5.0)
    fit = train(nodes.training, critic=MLP((4,)), game=WGAN.slopes, maximiser=solver)
    return measure(WGAN.slopes, nodes, fit.critic).value


def _dual_figure() -> Figure:
    pair = NORMALS[1]
    x: FloatArray = np.linspace(-6, 6, 241)
    marks = sign_changes(pair)
    gap = between(*pair, x)
    best = best_critic(pair, marks, torch.from_numpy(x))
    return Figure(
        "x",
        "T*, and G − F",
        (line("T*, slope sign(G − F)", x, best), line("G − F", x, gap, "dashes")),
        caption="N(0, 1) against N(0, 2²): the best critic is −|x|.",
    )
