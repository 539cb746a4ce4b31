"""W1 and the energy distance between a law of counts and a density, against SciPy's functions."""

import math

import numpy as np
import pytest
import scipy.stats as ss
from scipy.integrate import quad

from divkit.exact.api import divergence
from divkit.exact.method import NotApplicableError

PAIRS = (
    ("poisson(3)", ss.poisson(3), "normal(3, 1.7)", ss.norm(3, 1.7)),
    ("binomial(10, .5)", ss.binom(10, 0.5), "normal(5, 2)", ss.norm(5, 2)),
    ("geometric(.4)", ss.geom(0.4), "exponential(.5)", ss.expon(scale=2)),
)


def gap_of(counts, density, order):
    """order · ∫ |F − G|^order by SciPy's quadrature on each stretch, split where F = G."""

    def on(low, high, level):
        middle = float(np.clip(density.ppf(level), low, high)) if level < 1 else high
        ends = (low, middle), (middle, high)

        def gap(x):
            return order * abs(level - density.cdf(x)) ** order

        return [quad(gap, *each, epsabs=1e-15)[0] for each in ends if each[0] < each[1]]

    low, high = -1, 80
    stretches = [v for k in range(low, high) for v in on(k, k + 1, counts.cdf(k))]
    left = quad(lambda x: order * density.cdf(x) ** order, -np.inf, low, epsabs=1e-15)[0]
    right = quad(lambda x: order * density.sf(x) ** order, high, np.inf, epsabs=1e-15)[0]
    return math.fsum([left, *stretches, right])


@pytest.mark.parametrize(("kind", "order"), [("w1", 1), ("energy", 2)])
@pytest.mark.parametrize(("p", "counts", "q", "density"), PAIRS, ids=[p for p, *_ in PAIRS])
def test_metrics_between_counts_and_densities_are_integrals(p, counts, q, density, kind, order):
    found = divergence(p, q, kind)
    assert abs(found.value - gap_of(counts, density, order)) <= found.error + 1e-13
    assert found.error < 1e-11
    assert divergence(q, p, kind).value == pytest.approx(found.value, rel=1e-12)


def test_ordered_laws_are_as_far_apart_as_their_means():
    # A geometric law on 1, 2, … is above the exponential law with the same rate of decay.
    rate = -math.log1p(-0.4)
    found = divergence("geometric(.4)", f"exponential({rate!r})", "w1")
    assert abs(found.value - (1 / 0.4 - 1 / rate)) <= found.error + 1e-15


def test_a_normal_law_is_near_a_poisson_law_of_large_rate():
    # W1 of S/σ is at most E|X|³ of one step; of steps of Poisson(1) (Goldstein 2010).
    found = divergence("poisson(1000)", f"normal(1000, {math.sqrt(1000)!r})", "w1")
    assert 0.2 < found.value < 0.4 and found.error < 1e-10


@pytest.mark.parametrize(
    ("p", "q", "says"),
    [
        ("zipf(1.5)", "normal(0, 1)", "p = Zipf"),
        ("poisson(3)", "cauchy(0, 1)", "q = Cauchy"),
        ("mixture(.5: zipf(1.5), .5: poisson(1))", "normal(0, 1)", "no moment of order 1"),
    ],
)
def test_one_law_without_mean_is_infinitely_far(p, q, says):
    found = divergence(p, q, "w1")
    assert found.value == math.inf and says in found.reason


def test_two_laws_without_mean_and_too_many_atoms_are_refused():
    with pytest.raises(NotApplicableError, match="no law has a mean"):
        divergence("zipf(1.5)", "cauchy(0, 1)", "w1")
    with pytest.raises(NotApplicableError, match="at most 2000 atoms"):
        divergence("poisson(1e6)", "normal(1e6, 1e3)", "w1")
