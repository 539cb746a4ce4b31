r"""Every game is trained, and earns what its theorem says.

max V = shift + scale · D. A small perceptron is trained by Levenberg–Marquardt, from a random
start, to maximise each game's value: on the population, where V(D̂) and what D̂ lacks must sum to
the theorem's value, and the lack be small; and on 5,000 samples of each law, where the held-out
value takes the place of V(D̂). The relativistic game is played on pairs, the WGAN by slopes of a
1-Lipschitz critic. D comes from the exact engine.

Not every game has a maximum on every pair: D may be infinite (KL where p has mass and q none, χ²
where the tails of p are too heavy). Such a pair is refused with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from divkit.games import GAMES, WGAN, Game, Lifting, MetricGame, sign_like
from divkit.theory.family.every_game_slopes import slope_board, slopes_on_samples
from divkit.theory.family.every_game_train import (
    Board,
    Played,
    board,
    bound,
    on_population,
    on_samples,
    payoffs_range,
)
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.pairs import parsed
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, equal, evidence

PAIRS = {
    "normal shift": ("normal(0, 1)", "normal(0.4, 1)"),
    "Laplace shift": ("laplace(0, 1)", "laplace(1, 1)"),
    "logistic shift": ("logistic(0, 1)", "logistic(0.8, 1)"),
    "shared components": (
        "mixture(0.3: normal(-1, 1), 0.7: normal(1, 1))",
        "mixture(0.7: normal(-1, 1), 0.3: normal(1, 1))",
    ),
    "two against one": ("mixture(0.5: normal(-0.5, 1), 0.5: normal(0.5, 1))", "normal(0, 1)"),
}
"""Pairs on which every divergence of the table is finite, and every payoff has many moments."""

LACK, STEP_LACK, SAMPLED_LACK = 1e-3, 5e-3, 0.02
"""The most that a trained critic may lack: on the population (a step is only approached), and from
samples, there in units of the range of payoffs."""

HOPELESS = (
    ("f-gan(kl)", ("uniform(0, 1)", "uniform(0.5, 1.5)")),
    ("f-gan(reverse_kl)", ("normal(0, 1)", "cauchy(0, 1)")),
    ("f-gan(chi2)", ("normal(0, 1)", "normal(0, 0.7)")),
    ("f-gan(neyman_chi2)", ("normal(0, 0.7)", "normal(0, 1)")),
    ("f-gan(jeffreys)", ("logistic(0, 1)", "gumbel(0, 1)")),
    ("f-gan(alpha(2.5))", ("laplace(0, 2)", "laplace(0, 1)")),
)
"""Games without a maximum: on these pairs the divergence is infinite."""


@check(
    "every-game",
    statement="Every game, trained, earns shift + scale · D: on the population and from samples.",
    formula=r"\max_c\;V(c)=\mathrm{shift}+\mathrm{scale}\cdot D(P\,\|\,Q)",
    left="V of a trained perceptron and what it lacks, on the population and held out",
    right="the theorem, D by the engine; refused where D is infinite",
    because="both sides' errors; a lack of 1e-3 (steps 5e-3, samples 2 %); 1e-6 false alarms",
)
def every_game(context: Context) -> Evidence:
    """Each game on one pair of five in turn, or on all five."""
    rng, names = context.rng(), tuple(PAIRS)
    rows: list[Comparison] = []
    for k, game in enumerate(context.each(games_played())):
        for name in names if context.full else (names[k % len(names)],):
            rows += meet(game, name, rng)
    for of, words in HOPELESS:
        rows.append(equal(f"{of} on {words[0]}, {words[1]}: refused", refuses(of, words), 1.0))
    return evidence(rows)


def games_played() -> tuple[Game | MetricGame, ...]:
    """Every game of the table, and the WGAN."""
    return (*GAMES.values(), WGAN)


@dataclass(frozen=True)
class Meeting:
    """One game on one pair: what the theorem says, and what two trained critics did.

    Attributes
    ----------
    wanted : shift + scale · D, D by the engine.
    whole, seen : of the critic trained on the population, and of the one trained on samples.
    allowed, allowed_seen : the most that each may lack.
    """

    wanted: Measured
    whole: Played
    seen: Played
    allowed: float
    allowed_seen: float


def play(
    game: Game | MetricGame, name: str, rng: np.random.Generator, samples: int = 5000
) -> Meeting:
    """Train on the population of a pair and on samples of it.

    Raises
    ------
    ValueError
        If the divergence is infinite on this pair.
    """
    pair = parsed(*PAIRS[name])
    wanted = bound(game, pair)
    x, y = (law.sample(samples, rng) for law in pair)
    if isinstance(game, MetricGame):
        nodes, allowed, unit = slopes_of(name), STEP_LACK, payoffs_range(game.slopes)
        whole, seen = on_population(game.slopes, nodes), slopes_on_samples(game, nodes, x, y)
    else:
        nodes, unit = nodes_of(name, game.lifting), payoffs_range(game)
        allowed = STEP_LACK if game.optimal is sign_like else LACK
        whole, seen = on_population(game, nodes), on_samples(game, nodes, x, y)
    return Meeting(wanted, whole, seen, allowed, SAMPLED_LACK * unit)


def meet(
    game: Game | MetricGame, name: str, rng: np.random.Generator, samples: int = 5000
) -> list[Comparison]:
    """One game on one pair: the theorem against what trained critics earn and lack."""
    case, met = f"{game.name}, {name}", play(game, name, rng, samples)
    whole, seen, on = met.whole, met.seen, f"{samples:,} samples"
    return [
        equal(f"{case}: V + lack", whole.value + whole.lack, met.wanted),
        at_most(f"{case}: lack", whole.lack, met.allowed),
        equal(f"{case}: {on}, held-out V + lack", seen.value + seen.lack, met.wanted),
        at_most(f"{case}: {on}, lack", seen.lack, met.allowed_seen),
    ]


@cache
def nodes_of(name: str, lifting: Lifting) -> Board:
    """The nodes of a pair, laid once for all games."""
    return board(parsed(*PAIRS[name]), lifting)


@cache
def slopes_of(name: str) -> Board:
    """The same between the distribution functions."""
    return slope_board(parsed(*PAIRS[name]))


def refuses(of: str, words: tuple[str, str]) -> float:
    """1 if the game is refused on this pair, 0 if it is given a value."""
    try:
        bound(GAMES[of], parsed(*words))
    except ValueError:
        return 1.0
    return 0.0
