"""Vines from rows: the tree of the largest taus, the families, and their place in the stack."""

from itertools import combinations, product

import numpy as np
import pytest
import torch
from scipy import stats

from divkit.density import fit_density
from divkit.density.auto.pair_fits import pair_of
from divkit.density.auto.vines import CHOSEN, vine, vine_words
from divkit.distributions import (
    ClaytonPair,
    FlippedPair,
    FrankPair,
    GumbelPair,
    JoePair,
    NormalPair,
    StudentPair,
    Vine,
    VineColumn,
)

CLAYTON = Vine((
    VineColumn(0), VineColumn(1, (0,), (ClaytonPair(2.0),)),
    VineColumn(2, (0, 1), (ClaytonPair(2.0), ClaytonPair(2 / 3))),
))  # fmt: skip
TRUE = [
    ClaytonPair(2.0), FlippedPair(ClaytonPair(2.0), True, True), GumbelPair(2.5), JoePair(3.0),
    FrankPair(8.0), FlippedPair(JoePair(3.0), True, False), StudentPair(3.0, 0.5),
    FlippedPair(FrankPair(8.0), True, False), NormalPair(-0.7),
]  # fmt: skip


@pytest.mark.parametrize("pair", TRUE, ids=str)
def test_pairs_have_the_largest_likelihood(pair, rng):
    """2 × the gain over the truth is a χ² of the parameters, so 0 to 40 but 1 in 10⁸ times."""
    b = torch.from_numpy(rng.normal(size=3000))
    a = pair.inverse(torch.from_numpy(rng.normal(size=3000)), b)
    found = pair_of(a, b, stats.kendalltau(a, b).statistic)[1]
    gain = float((found.log_density(a, b) - pair.log_density(a, b)).sum())
    assert found.words == pair.words or gain > 0
    assert -1.0 < gain < 20  # a family may be taken for one parameter less


def test_the_first_tree_has_the_largest_sum_of_taus(rng):
    z = rng.normal(size=(400, 4)) @ rng.normal(size=(4, 4))
    z = stats.norm.ppf(stats.rankdata(z, axis=0) / 401)
    (found,) = vine(z)
    taus = {e: abs(stats.kendalltau(*z[:, e].T).statistic) for e in combinations(range(4), 2)}
    trees = [t for t in combinations(taus, 3) if connected(t)]
    assert len(trees) == 16  # Cayley's 4²
    best = max(trees, key=lambda tree: sum(taus[e] for e in tree))
    own = {tuple(sorted((c.column, c.partners[0]))) for c in found.columns if c.partners}
    assert own == set(best)


def connected(edges):
    seen = {0}
    for _, (a, b) in product(range(4), edges):
        if {a, b} & seen:
            seen |= {a, b}
    return len(seen) == 4


def test_a_vine_of_claytons_is_found_and_described(rng):
    (found,) = vine(CLAYTON.sample(4000, rng).numpy())
    x = CLAYTON.sample(20000, rng).numpy()
    lost = CLAYTON.log_prob(x) - found.log_prob(x)
    assert lost.mean() < 40 / (2 * 4000) + 6 * lost.std() / np.sqrt(20000)
    words = vine_words(found)
    assert [line.split(" ")[1] for line in words] == ["1", "2"]
    assert words[0].count("Clayton (tau 0.5") + words[0].count("Clayton (tau 0.4") == 2
    assert CHOSEN < 4000


def test_a_chain_is_cut_where_trees_add_nothing(rng):
    z = np.empty((3000, 6))
    z[:, 0] = rng.normal(size=3000)
    for k in range(1, 6):
        z[:, k] = 0.8 * z[:, k - 1] + 0.6 * rng.normal(size=3000)
    (found,) = vine(z)
    first = [c.pairs[0] for c in found.columns if c.partners]
    assert sum(pair.tau > 0.5 for pair in first) == 5
    others = [abs(pair.tau) for c in found.columns for pair in c.pairs[1:]]
    assert max(others, default=0.0) < 6 * 2 / (3 * np.sqrt(3000))  # 6 standard errors of τ


@pytest.mark.slow
def test_the_stack_takes_the_vine_and_says_what_it_is(rng):
    z = CLAYTON.sample(600, rng).numpy()
    fitted = fit_density(np.exp(z))
    assert "vine of pair copulas, of normal scores" in [m.name for m in fitted.members_]
    assert "tree 1 of the vine: columns" in fitted.describe()
    x = np.exp(CLAYTON.sample(4000, rng).numpy())
    truth = CLAYTON.log_prob(np.log(x)) - np.log(x).sum(axis=1)
    lost = truth - fitted.score_samples(x)
    assert lost.mean() < 60 / (2 * 600) + 6 * lost.std() / np.sqrt(4000)
