"""Truncated laws: densities, masses, quantiles and certified values, by mpmath."""

import math

import mpmath as mp
import numpy as np
import pytest

import divkit
from divkit.distributions import (
    Cauchy,
    Exponential,
    Gamma,
    Gumbel,
    Laplace,
    Normal,
    Uniform,
    mixture,
    parse_law,
)
from divkit.distributions.compose.truncated import Truncated, truncated

NORMAL = Normal(0.5, 2.0)
CUTS = [(-1.0, 2.0), (0.0, math.inf), (-math.inf, -3.0), (20.5, 21.0), (-60.0, -50.0), (0.5, 0.75)]


def _mass(low, high):
    """P(low ≤ X ≤ high) under NORMAL."""
    ends = [(mp.mpf(x) - mp.mpf("0.5")) / 2 for x in (low, high)]
    if ends[0] > 0:
        ends = [-ends[1], -ends[0]]
    return mp.ncdf(ends[1]) - mp.ncdf(ends[0])


@pytest.mark.parametrize(("low", "high"), CUTS)
def test_the_density_is_that_of_the_base_over_the_mass(low, high):
    law = truncated(NORMAL, low, high)
    with mp.workdps(60):
        mass = _mass(low, high)
        for level in (0.01, 0.4, 0.9):
            x = float(law.ppf(np.array(level)))
            truth = mp.log(mp.npdf(mp.mpf(x), mp.mpf("0.5"), 2) / mass)
            error = float(abs(law.log_prob(x)[0] - truth))
            assert error <= (law.blur + 4e-15) * (1 + abs(float(truth)))
            share = float(_mass(low, x) / mass)
            assert float(law.cdf(x)) == pytest.approx(share, rel=1e-9 + law.blur)
            assert float(law.sf(x)) == pytest.approx(1 - share, rel=1e-9 + law.blur)
            assert share == pytest.approx(level, rel=1e-9 + law.blur)


def test_draws_lie_between_the_cuts_and_follow_the_law():
    law = truncated(NORMAL, -1.0, 2.0)
    draws = np.sort(law.sample(20_000, 1).numpy()[:, 0])
    assert draws[0] >= -1 and draws[-1] <= 2
    distance = np.abs(law.cdf(draws) - np.arange(20_000) / 20_000).max()
    assert distance < 2.7 / math.sqrt(20_000)  # Massart: 2 e^{−2·2.7²} = 9e-7


def test_a_cut_that_cuts_nothing_is_none():
    assert truncated(Uniform(0, 1), -1, 2) == Uniform(0, 1)
    assert truncated(truncated(NORMAL, -1, 2), 0, 5) == Truncated(NORMAL, 0, 2)
    assert parse_law("truncnormal(0.5, 2, -1, 2)") == Truncated(NORMAL, -1, 2)
    assert parse_law("truncated(normal(0.5, 2), -1, 2)") == Truncated(NORMAL, -1, 2)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(2.0, 1.0, "below high"), (1e3, 1e3 + 1, "no mass"), (0.5, 0.5 + 1e-12, "wider cuts")],
)
def test_cuts_without_a_mass_are_refused(low, high, words):
    with pytest.raises(ValueError, match=words):
        truncated(NORMAL, low, high)


def test_what_has_no_interval_is_refused():
    with pytest.raises(TypeError, match="one interval"):
        truncated(mixture([0.5, 0.5], [Uniform(0, 1), Uniform(2, 3)]), 0, 1)


PAIRS = [
    (truncated(Normal(), -1, 2), truncated(Normal(0.5, 2), -1, 2)),
    (truncated(Normal(), 10, 12), truncated(Normal(0, 2), 10, 12)),
    (truncated(Gamma(0.5), 0, 2), truncated(Exponential(), 0, 2)),
    (truncated(Cauchy(), 1, math.inf), truncated(Cauchy(0.5, 2), 1, math.inf)),
    (truncated(Laplace(), -1, 3), Uniform(-1, 3)),
    (truncated(Gumbel(), -math.inf, 0.5), truncated(Normal(), -math.inf, 0.5)),
]


@pytest.mark.parametrize("pair", PAIRS, ids=repr)
def test_enclosures_hold_the_quadrature(pair):
    p, q = pair
    for kind in ("js", "tv", "hellinger2"):
        proved = divkit.divergence(p, q, kind, method="certified")
        found = divkit.divergence(p, q, kind, method="quadrature")
        assert abs(proved.value - found.value) <= proved.error + found.error


def test_kl_of_truncated_normals_of_equal_cuts_is_that_of_mpmath():
    p, q = PAIRS[0]
    with mp.workdps(30):
        masses = [mp.ncdf(2) - mp.ncdf(-1), mp.ncdf(mp.mpf("0.75")) - mp.ncdf(mp.mpf("-0.75"))]

        def integrand(x):
            a = mp.npdf(x) / masses[0]
            return a * mp.log(a * masses[1] / mp.npdf(x, mp.mpf("0.5"), 2))

        truth = float(mp.quad(integrand, [-1, 0, 2]))
    for method in ("auto", "certified"):
        found = divkit.divergence(p, q, "kl", method=method)
        assert abs(found.value - truth) <= found.error


def test_an_end_that_one_law_lacks_makes_kl_infinite():
    p, q = truncated(Normal(), -1, 2), truncated(Normal(), -1, 1)
    assert divkit.divergence(p, q, "kl").value == math.inf
    assert math.isfinite(divkit.divergence(q, p, "kl").value)
