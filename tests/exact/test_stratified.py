"""Divergences of laws with atoms beside a density, against sums and integrals by hand."""

import math

import numpy as np
import pytest
from mpmath import mp

import divkit
from divkit.distributions import (
    Exponential,
    FiniteLaw,
    MixedLaw,
    MultivariateNormal,
    Normal,
    Pareto,
    Poisson,
    Stratum,
    mixture,
    product,
)
from divkit.divergences import named
from divkit.divergences.tilted import tilted_triangular, tilted_tv
from divkit.exact.auto import Auto
from divkit.exact.method import NotApplicableError
from divkit.exact.stratified import Stratified

INF = math.inf
F = {
    "kl": lambda a, b: a * mp.log(a / b),
    "reverse_kl": lambda a, b: b * mp.log(b / a),
    "jeffreys": lambda a, b: (a - b) * mp.log(a / b),
    "js": lambda a, b: (a * mp.log(2 * a / (a + b)) + b * mp.log(2 * b / (a + b))) / 2,
    "tv": lambda a, b: abs(a - b) / 2,
    "hellinger2": lambda a, b: (mp.sqrt(a) - mp.sqrt(b)) ** 2 / 2,
    "triangular": lambda a, b: (a - b) ** 2 / (a + b),
    "alpha(0.3)": lambda a, b: (a**0.3 * b**0.7 - 0.3 * a - 0.7 * b) / (0.3 * -0.7),
    "weighted_js(0.2)": lambda a, b: (
        a * mp.log(a / (0.2 * a + 0.8 * b)) / 5 + 4 * b * mp.log(b / (0.2 * a + 0.8 * b)) / 5
    ),
}


def zero(weight, rate):
    """An atom at 0 beside an exponential law."""
    return mixture([weight, 1 - weight], [FiniteLaw([0.0], [1.0]), Exponential(rate)])


def by_hand(f, w, v, rate_p, rate_q):
    """Σ over the atom, and the integral cut where the densities cross."""
    p, q = (
        lambda x, m=m, r=r: m * r * mp.exp(-r * x) for m, r in ((1 - w, rate_p), (1 - v, rate_q))
    )
    crossing = mp.log((1 - w) * rate_p / ((1 - v) * rate_q)) / (rate_p - rate_q)
    ends = [0, *([crossing] if crossing > 0 else []), 5, 20, 80]
    return f(mp.mpf(w), mp.mpf(v)) + mp.quad(lambda x: f(p(x), q(x)), sorted(ends))


@pytest.mark.parametrize("kind", F)
@pytest.mark.parametrize("masses", [(0.3, 0.2), (0.1, 0.6), (0.25, 0.25)], ids=str)
def test_zero_inflated_exponential_laws_against_mpmath(kind, masses):
    w, v = masses
    result = divkit.divergence(zero(w, 1.0), zero(v, 2.0), kind)
    assert abs(result.value - float(by_hand(F[kind], w, v, 1.0, 2.0))) <= result.error + 1e-16
    assert result.error < 1e-13
    assert "Stratified" in result.method


def test_an_atom_of_one_law_alone_is_charged_its_mass():
    p, q = Exponential(1.0), zero(0.25, 1.0)
    assert divkit.kl_divergence(p, q).value == pytest.approx(math.log(4 / 3), abs=1e-15)
    reverse = divkit.kl_divergence(q, p)
    assert reverse.value == INF
    assert "p has mass where q has none" in reverse.reason
    assert divkit.divergence(p, q, "tv").value == pytest.approx(0.25, abs=1e-15)
    other = mixture([0.25, 0.75], [FiniteLaw([1.0], [1.0]), Exponential(1.0)])
    assert divkit.divergence(other, q, "tv").value == pytest.approx(0.25, abs=1e-15)
    assert divkit.kl_divergence(other, q).value == INF


def test_supports_decide_what_is_singular():
    dense, points = Exponential(1.0), FiniteLaw([0.0, 1.0], [0.5, 0.5])
    both, far = zero(0.5, 1.0), FiniteLaw([3.0], [1.0])
    assert divkit.js_divergence(both, far).value == pytest.approx(math.log(2))
    shared = divkit.js_divergence(both, points)
    by_hand = 0.5 * math.log(1.0) + 0.5 * math.log(2)  # masses ½ against ½ at 0, the rest apart
    assert shared.value == pytest.approx(by_hand, abs=shared.error)
    assert divkit.js_divergence(both, dense).value < math.log(2)
    lower = mixture([0.5, 0.5], [FiniteLaw([1.0], [1.0]), Exponential(2.0)])
    assert divkit.js_divergence(both, lower).value < math.log(2)


def test_tails_within_a_stratum_make_a_value_infinite():
    result = divkit.divergence(zero(0.3, 1.0), zero(0.3, 2.0), "pearson")
    assert result.value == INF
    assert "diverges" in result.reason


def test_counts_meet_the_atoms_of_a_mixed_law():
    p = mixture([0.5, 0.5], [FiniteLaw([2.0], [1.0]), Normal()])
    at_two = float(np.exp(Poisson(3.0).log_prob([2.0])[0]))
    result = divkit.divergence(p, Poisson(3.0), "tv")
    assert result.value == pytest.approx(1 - min(0.5, at_two), abs=result.error)


def cells(shift):
    return MixedLaw(
        (0.2, 0.3, 0.5),
        (
            Stratum((0.0, None), Normal(shift, 1.0)),
            Stratum((0.0, 1.0)),
            Stratum((None, None), MultivariateNormal((shift, 0.0), ((1.0, 0.3), (0.3, 1.0)))),
        ),
    )


def test_several_coordinates_and_a_missing_cell():
    p, q = cells(0.0), cells(1.0)
    square = 1.0 / (1 - 0.09)
    result = divkit.kl_divergence(p, q)
    assert result.value == pytest.approx(0.2 * 0.5 + 0.5 * 0.5 * square, abs=result.error)
    fewer = MixedLaw((0.4, 0.6), (p.strata[0], p.strata[2]))
    assert divkit.kl_divergence(p, fewer).value == INF
    one = divkit.kl_divergence(fewer, p)
    assert one.value == pytest.approx(0.4 * math.log(2) + 0.6 * math.log(1.2), abs=one.error)


def test_products_with_atoms_of_their_own_have_every_divergence():
    p = product([FiniteLaw([0.0, 1.0], [0.4, 0.6]), Normal()])
    q = product([FiniteLaw([0.0, 1.0, 2.0], [0.4, 0.3, 0.3]), Normal(1, 1)])
    js = divkit.js_divergence(p, q)
    parts = sum(
        divkit.divergence(Normal(), Normal(1, 1), f"weighted_js({w / (w + v)!r})").value
        * (w + v)
        / 2
        for w, v in ((0.4, 0.4), (0.6, 0.3))
    )
    masses = divkit.js_divergence([0.4, 0.6, 0.0], [0.4, 0.3, 0.3]).value
    assert js.value == pytest.approx(masses + parts, abs=js.error)


def test_mixtures_of_products_with_atoms_are_their_strata():
    """Each cell has its own normal law; so has the mixture, whichever way it is written."""
    flags = [product([FiniteLaw([k], [1.0]), Normal(2 * k, 1)]) for k in (0.0, 1.0)]
    one = mixture([0.5, 0.5], flags)
    other = MixedLaw(
        (0.4, 0.6), (Stratum((0.0, None), Normal(0, 1)), Stratum((1.0, None), Normal(2, 1)))
    )
    masses = divkit.js_divergence([0.5, 0.5], [0.4, 0.6]).value
    found = divkit.js_divergence(one, other)
    assert found.value == pytest.approx(masses, abs=found.error)


@pytest.mark.parametrize("k", [0.03, 0.7, 1.0, 1.4, 50.0])
def test_tilted_divergences_are_those_of_their_definition(k):
    p, q = Normal(0, 1), Normal(0.5, 1)
    x = np.linspace(-12, 12, 200_001)
    a, b = k * np.exp(p.log_prob(x)), np.exp(q.log_prob(x))
    cases = {
        tilted_tv(k): (0.5 * np.abs(a - b), 0.5 * abs(k - 1)),
        tilted_triangular(k): ((a - b) ** 2 / (a + b), (k - 1) ** 2 / (k + 1)),
    }
    for kind, (values, masses) in cases.items():
        result = divkit.divergence(p, q, kind)
        assert result.value == pytest.approx(np.trapezoid(values, x) - masses, abs=1e-8)


def test_w2_is_the_distance_of_quantiles():
    """Against mpmath's integrals of the quantiles by hand, cut at the atoms' levels."""
    p, q = zero(0.25, 1.0), mixture([0.4, 0.6], [FiniteLaw([1.0], [1.0]), Exponential(0.5)])
    rise = mp.mpf(6) / 10 * (1 - mp.exp(-mp.mpf(1) / 2))  # of q below 1

    def of_p(u):
        return mp.mpf(0) if u <= 0.25 else -mp.log((1 - u) / mp.mpf(0.75))

    def of_q(u):
        if rise <= u <= rise + mp.mpf(4) / 10:
            return mp.mpf(1)
        passed = 0 if u < rise else mp.mpf(4) / 10
        return -2 * mp.log(1 - (u - passed) / (mp.mpf(6) / 10))

    ends = sorted([mp.mpf(0), mp.mpf(1) / 4, rise, rise + mp.mpf(4) / 10, mp.mpf(1)])
    wanted = mp.sqrt(mp.quad(lambda u: (of_p(u) - of_q(u)) ** 2, ends))
    found = divkit.w2_distance(p, q)
    assert abs(found.value - wanted) <= found.error < 1e-12
    same = divkit.w2_distance(zero(0.3, 1.0), zero(0.3, 0.5))
    assert abs(same.value - math.sqrt(0.7 * 2)) <= same.error < 1e-12
    points = divkit.w2_distance(zero(0.5, 1.0), FiniteLaw([0.0, 1.0], [0.5, 0.5]))
    assert abs(points.value - math.sqrt(0.5)) <= points.error < 1e-12  # E (Y − 1)² = 1
    heavy = mixture([0.5, 0.5], [FiniteLaw([0.0], [1.0]), Pareto(1.5, 1.0)])
    assert divkit.w2_distance(heavy, p).value == INF


def test_what_is_not_known_is_refused():
    mystery = mixture([0.3, 0.7], [FiniteLaw([0.0], [1.0]), Normal()])
    with pytest.raises(NotApplicableError, match="f-divergences"):
        Stratified(Auto())(mystery, zero(0.5, 1.0), named("w1"))
    with pytest.raises(NotApplicableError, match="beside a density"):
        Stratified(Auto())(Normal(), Normal(1, 1), named("js"))
