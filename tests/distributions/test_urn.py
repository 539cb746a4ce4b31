"""Wallenius's law against its integral, whose powers are expanded exactly in mpmath."""

import math

import mpmath
import numpy as np
import pytest
import scipy.stats as ss

import divkit
from divkit.distributions import as_law
from divkit.distributions.finite.urn import wallenius


def log_mass(total, good, draws, odds, x):
    """log C(G, x) C(B, n − x) D Σ_j (−1)^j C(x, j) B(D + ωj, n − x + 1)."""
    with mpmath.workdps(250):  # the terms cancel
        odds = mpmath.mpf(odds)
        rest = odds * (good - x) + total - good - (draws - x)
        ways = mpmath.binomial(good, x) * mpmath.binomial(total - good, draws - x)
        terms = (
            (-1) ** j * mpmath.binomial(x, j) * mpmath.beta(rest + odds * j, draws - x + 1)
            for j in range(x + 1)
        )
        return float(mpmath.log(ways * rest * mpmath.fsum(terms)))


@pytest.mark.parametrize(
    "urn", [(140, 80, 60, 0.5), (30, 20, 25, 1e-3), (12, 5, 6, 1e5), (60, 30, 20, 3e9)]
)
def test_log_probabilities_lie_within_their_errors(urn):
    logs, errors = wallenius(*urn).logs
    atoms = wallenius(*urn).points[:, 0].astype(int).tolist()
    total, good, draws, _ = urn
    assert atoms == list(range(max(0, draws - total + good), min(good, draws) + 1))
    truth = [log_mass(*urn, x) for x in atoms]
    assert (np.abs(logs - truth) <= errors).all()
    assert errors.max() < 1e-12


def test_scipys_law_is_this_one_where_its_own_mass_is_zero():
    given = ss.nchypergeom_wallenius(140, 80, 60, 0.5)
    assert given.pmf(0) == 0
    assert as_law(given).logs[0][0] == pytest.approx(log_mass(140, 80, 60, 0.5, 0), abs=1e-13)
    found = divkit.kl_divergence(given, ss.nchypergeom_wallenius(140, 80, 60, 0.8))
    sides = [[log_mass(140, 80, 60, odds, x) for x in range(61)] for odds in (0.5, 0.8)]
    truth = math.fsum(math.exp(a) * (a - b) for a, b in zip(*sides, strict=True))
    assert abs(found.value - truth) <= found.error + 1e-14
    assert found.error < 1e-12


def test_an_urn_drawn_empty_is_certain():
    assert wallenius(5, 2, 5, 7.0).atoms == ((2.0,),)
    assert wallenius(5, 0, 3, 7.0).atoms == ((0.0,),)


@pytest.mark.parametrize("urn", [(5, 6, 2, 1.0), (5, 2, 6, 1.0), (10**6, 10, 10**5, 1.0)])
def test_impossible_urns_are_refused(urn):
    with pytest.raises(ValueError, match="draws"):
        wallenius(*urn)
    with pytest.raises(ValueError, match="odds"):
        wallenius(5, 2, 2, 0.0)
