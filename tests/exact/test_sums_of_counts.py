"""Divergences of laws of counts: closed forms, sums, enclosures against mpmath's direct sums."""

import math

import mpmath
import numpy as np
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td
from mpmath import mpf

import divkit
from divkit.distributions import (
    BetaNegativeBinomial,
    Geometric,
    Logit,
    NegativeBinomial,
    Normal,
    Poisson,
    Zipf,
    as_law,
    count_law,
    parse_law,
)
from divkit.exact.closed_form.method import ClosedForm
from divkit.exact.counts.method import Summation
from divkit.exact.method import NotApplicableError

INF = math.inf
DIGITS = 40
KINDS = ("kl", "reverse_kl", "js", "weighted_js(0.3)", "tv", "hellinger2", "chi2", "renyi(0.5)")


def t64(x):
    return torch.tensor(x, dtype=torch.float64)


def terms(kind, p, q):
    """The term of a divergence at one atom, p and q positive or 0."""
    log = mpmath.log
    if kind == "kl":
        return p * log(p / q)
    if kind == "reverse_kl":
        return q * log(q / p)
    if kind in ("js", "weighted_js(0.3)"):
        share = mpf(0.5) if kind == "js" else mpf(0.3)
        m = share * p + (1 - share) * q
        return share * p * log(p / m) + (1 - share) * q * log(q / m)
    if kind == "tv":
        return abs(p - q) / 2
    if kind == "chi2":
        return (p - q) ** 2 / q
    return mpmath.sqrt(p * q)


def direct(kind, p, q, counts):
    """A divergence by a direct sum of probabilities over `counts`."""
    with mpmath.workdps(DIGITS):
        total = mpmath.fsum(terms(kind, p(mpf(k)), q(mpf(k))) for k in counts)
        if kind == "hellinger2":
            return 1 - total
        return -2 * mpmath.log(total) if kind == "renyi(0.5)" else total


def poisson(rate):
    return lambda k: mpmath.exp(k * mpmath.log(mpf(rate)) - mpf(rate) - mpmath.loggamma(k + 1))


def geometric(p):
    return lambda k: mpf(p) * (1 - mpf(p)) ** (k - 1)


def negative_binomial(n, p):
    n, p = mpf(n), mpf(p)
    return lambda k: (
        mpmath.gammaprod([n + k], [n, k + 1]) * mpmath.power(p, n) * mpmath.power(1 - p, k)
    )


PAIRS = [
    (Poisson(3.0), Poisson(5.0), poisson(3), poisson(5), range(150)),
    (Geometric(0.3), Geometric(0.4), geometric(0.3), geometric(0.4), range(1, 400)),
    (
        NegativeBinomial(5, 0.3),
        NegativeBinomial(8, 0.4),
        negative_binomial(5, 0.3),
        negative_binomial(8, 0.4),
        range(500),
    ),
    (Poisson(3.0), NegativeBinomial(5, 0.6), poisson(3), negative_binomial(5, 0.6), range(300)),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("p", "q", "mass_p", "mass_q", "counts"), PAIRS, ids=range(len(PAIRS)))
def test_sums_closed_forms_and_enclosures_hold_the_truth(p, q, mass_p, mass_q, counts, kind):
    truth = direct(kind, mass_p, mass_q, counts)
    found = [divkit.divergence(p, q, kind), divkit.divergence(p, q, kind, method="summation")]
    if kind != "chi2":
        found.append(divkit.divergence(p, q, kind, method="certified"))
    for result in found:
        assert result.error <= 1e-13
        assert abs(mpf(result.value) - truth) <= result.error + mpf(10) ** (4 - DIGITS)


@pytest.mark.parametrize(
    ("p", "q", "kind", "wanted", "digits"),
    [
        (ss.poisson(3), ss.poisson(5), "kl", 0.467523128702, 1e-12),
        (td.Geometric(t64(0.3)), td.Geometric(t64(0.5)), "kl", 0.274276261684, 1e-12),
        (ss.geom(0.0146), ss.geom(0.02), "kl", 0.0561694, 1e-7),
        (ss.nbinom(5, 0.3), ss.nbinom(8, 0.4), "hellinger", 0.0778597, 1e-7),
        (ss.poisson(1000), ss.poisson(1100), "kl", 4.68982019568, 1e-11),
        (ss.binom(60000, 0.3), ss.binom(60000, 0.31), "kl", 14.1101621743, 1e-10),
        (ss.poisson(1000), ss.poisson(1010), "js", 0.0122856537102, 1e-13),
    ],
)
def test_values_that_were_asked_for(p, q, kind, wanted, digits):
    assert divkit.divergence(p, q, kind).value == pytest.approx(wanted, abs=digits)


def test_the_jsd_of_large_poisson_laws_is_enclosed():
    p, q = Poisson(1000.0), Poisson(1010.0)
    proof = divkit.divergence(p, q, "js", method="certified", digits=25)
    assert proof.diagnostics["lower"].startswith("0.012285653710207018083897")
    value = divkit.js_divergence(p, q)
    assert value.error < 1e-14
    assert abs(value.value - proof.value) <= value.error
    half = [mpf(x) for x in (proof.diagnostics["lower"], proof.diagnostics["upper"])]
    truth = direct("js", poisson(1000), poisson(1010), range(600, 1500))
    assert half[0] <= truth + mpf(10) ** -30 and truth <= half[1] + mpf(10) ** -30


def test_infinities_are_decided_exactly():
    """2 log ½ = log ¼: the terms of χ² do not fall at all."""
    edge = divkit.divergence(Geometric(0.5), Geometric(0.75), "chi2")
    assert edge.value == INF and "−log q like" in edge.reason
    under = divkit.divergence(Geometric(0.5), Geometric(math.nextafter(0.75, 0)), "chi2")
    assert math.isfinite(under.value)
    assert divkit.divergence(Geometric(0.5, 0), Poisson(3.0), "chi2").value == INF
    assert math.isfinite(divkit.divergence(Geometric(0.5, 0), Poisson(3.0), "kl").value)
    assert divkit.divergence(Zipf(1.5), Geometric(0.5), "kl").value == INF
    assert math.isfinite(divkit.divergence(Zipf(2.5), Geometric(0.5), "kl").value)
    assert divkit.divergence(Zipf(1.5), Zipf(2.0), "chi2").value == INF
    assert math.isfinite(divkit.divergence(Zipf(1.5), Zipf(1.9), "chi2").value)
    logits = [NegativeBinomial(2.0, Logit(x)) for x in (-0.3, 0.4)]
    assert math.isfinite(divkit.divergence(logits[1], logits[0], "chi2").value)


def test_counts_and_densities_are_singular():
    for other in (Normal(), as_law(ss.gamma(2.0))):
        found = divkit.js_divergence(Poisson(3.0), other)
        assert found.value == math.log(2) and "singular" in found.reason
    with pytest.raises(NotApplicableError):
        divkit.divergence(Poisson(3.0), Normal(), "w2")


def test_images_by_two_and_by_half():
    twice, half = parse_law("affine(poisson(3), 0, 2)"), parse_law("affine(poisson(3), 0, .5)")
    q, mass = Poisson(5.0), poisson(5)

    def evens(k):
        return poisson(3)(k / 2) if k % 2 == 0 else mpf(0)

    with mpmath.workdps(DIGITS):
        pairs = [(evens(mpf(k)), mass(mpf(k))) for k in range(200)]
        js = mpmath.fsum(_js_term(a, b) for a, b in pairs)
    found = divkit.js_divergence(twice, q)
    assert abs(mpf(found.value) - js) <= found.error
    assert divkit.kl_divergence(q, twice).value == INF
    assert divkit.kl_divergence(half, q).value == INF
    assert math.isfinite(divkit.kl_divergence(q, half).value)
    assert divkit.kl_divergence(twice, parse_law("affine(poisson(5), 0, 2)")).value == (
        divkit.kl_divergence(Poisson(3.0), q).value
    )
    assert divkit.js_divergence(parse_law("affine(poisson(3), .5, 1)"), q).value == math.log(2)


def _js_term(p, q):
    m = (p + q) / 2
    return sum(x * mpmath.log(x / m) / 2 for x in (p, q) if x)


def test_zero_inflated_laws_and_mixtures():
    p = parse_law("mixture(.3: finite([0], [1]), .7: poisson(6))")

    def mass(k):
        return mpf(0.7) / (mpf(0.3) + mpf(0.7)) * poisson(6)(k) + (
            mpf(0.3) / (mpf(0.3) + mpf(0.7)) if k == 0 else 0
        )

    for kind in ("kl", "js", "tv", "chi2"):
        truth = direct(kind, mass, poisson(5), range(150))
        found = [divkit.divergence(p, Poisson(5.0), kind)]
        if kind != "chi2":
            found.append(divkit.divergence(p, Poisson(5.0), kind, method="certified"))
        for result in found:
            assert abs(mpf(result.value) - truth) <= result.error


def test_products_by_their_factors():
    p, q = parse_law("product(poisson(3), geom(.3))"), parse_law("product(poisson(4), geom(.4))")
    own = [
        (divkit.divergence(a, b, "kl").value, divkit.divergence(a, b, "hellinger2").value)
        for a, b in zip(p.factors, q.factors, strict=True)
    ]
    assert divkit.kl_divergence(p, q).value == pytest.approx(own[0][0] + own[1][0], abs=1e-14)
    overlap = 1 - (1 - own[0][1]) * (1 - own[1][1])
    assert divkit.hellinger2(p, q).value == pytest.approx(overlap, abs=1e-14)
    js = divkit.js_divergence(p, q)
    with mpmath.workdps(25):
        first, second = (
            [[m(mpf(k)) for k in counts] for m in masses]
            for masses, counts in (
                ((poisson(3), poisson(4)), range(45)),
                ((geometric(0.3), geometric(0.4)), range(1, 130)),
            )
        )
        truth = mpmath.fsum(
            _js_term(a * c, b * d)
            for a, b in zip(*first, strict=True)
            for c, d in zip(*second, strict=True)
        )
    assert abs(mpf(js.value) - truth) <= js.error + 1e-17
    mixed = divkit.js_divergence(
        parse_law("product(poisson(3), normal(0, 1))"),
        parse_law("product(poisson(4), normal(1, 1))"),
    )
    assert mixed.error < 1e-13


def test_rules_that_adapt_agree_with_closed_forms():
    """Poisson(10¹²), whose atoms nobody counts; the kink of total variation lies between rules."""
    p, q = Poisson(1e12), Poisson(1e12 + 1e6)
    for kind in ("kl", "tv", "hellinger2", "chi2", "renyi(2)"):
        summed, closed = (
            Summation()(p, q, divkit.divergences.named(kind)),
            ClosedForm()(p, q, divkit.divergences.named(kind)),
        )
        assert abs(summed.value - closed.value) <= summed.error + closed.error
    p, q = Zipf(1.1), Zipf(1.1000001)
    for kind in ("kl", "tv", "hellinger2"):
        found = Summation()(p, q, divkit.divergences.named(kind))
        truth = divkit.divergence(p, q, kind)
        assert abs(found.value - truth.value) <= found.error + truth.error
        assert found.error <= 1e-6 * found.value


def test_tails_like_powers_are_summed_to_their_end():
    p = BetaNegativeBinomial(5.0, 0.2, 2.5)
    found = divkit.js_divergence(p, parse_law("yule_simon(.3)"))
    assert found.error < 1e-13
    assert divkit.tv_distance(Poisson(3.0), Zipf(1.1)).error < 1e-13


def test_metrics_of_counts():
    found = {
        kind: divkit.divergence(Poisson(3.0), Poisson(5.0), kind) for kind in ("w1", "energy")
    }
    with mpmath.workdps(DIGITS):
        gaps, total = [], mpf(0)
        for k in range(150):
            total += poisson(3)(mpf(k)) - poisson(5)(mpf(k))
            gaps.append(total)
        truth = {"w1": mpmath.fsum(map(abs, gaps)), "energy": 2 * mpmath.fsum(g * g for g in gaps)}
    for kind, result in found.items():
        assert abs(mpf(result.value) - truth[kind]) <= result.error < 1e-13
    scaled = divkit.w1_distance(
        parse_law("affine(poisson(3), 1, .5)"), parse_law("affine(poisson(5), 1, .5)")
    )
    assert scaled.value == pytest.approx(1.0, abs=scaled.error)
    assert divkit.w1_distance(Zipf(1.5), Poisson(3.0)).value == INF
    p, q = as_law(ss.binom(2000, 0.3)), as_law(ss.binom(2000, 0.31))
    w2 = divkit.w2_distance(p, q)
    u = (np.arange(400_000) + 0.5) / 400_000
    quantiles = ss.binom(2000, 0.3).ppf(u) - ss.binom(2000, 0.31).ppf(u)
    assert w2.value == pytest.approx(math.sqrt((quantiles**2).mean()), rel=1e-4)


def test_a_users_law_is_bounded_by_what_it_says():
    own = count_law(lambda k: np.log(0.5) * (k + 1), ratio_bound=(0, 0.5, 0.5))
    truth = divkit.divergence(Geometric(0.5, 0), Poisson(3.0), "js")
    found = divkit.js_divergence(own, Poisson(3.0))
    assert abs(found.value - truth.value) <= found.error + truth.error < 1e-12
    silent = count_law(lambda k: np.log(0.5) * (k + 1), ratio_bound=(0, 0.5))
    kl = divkit.kl_divergence(Poisson(3.0), silent)
    assert kl.one_sided == "lower" and kl.warnings
    lost = count_law(lambda k: np.log(0.4) * (k + 1), ratio_bound=(0, 0.4))
    with pytest.raises(ValueError, match=r"sum to 0\.66"):
        divkit.js_divergence(lost, Poisson(3.0))


def test_the_game_has_its_value_by_definition():
    p, q = ss.poisson(3), ss.poisson(5)
    value = divkit.gan_value(p, q)
    js = divkit.js_divergence(p, q)
    assert value.value == pytest.approx(-2 * math.log(2) + 2 * js.value, abs=1e-14)


@pytest.mark.parametrize("p", [ss.zipf(1.5), ss.nbinom(3, 0.1), ss.skellam(2, 3)])
def test_loc_moves_a_law(p):
    moved = type(p.dist)
    assert moved is not None
    q = p.dist(*p.args, loc=4)
    assert as_law(q).log_prob([7.0])[0] == pytest.approx(q.logpmf(7), abs=1e-12)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (td.Poisson(t64(3.0)), td.Poisson(t64(5.0))),
        (td.Geometric(t64(0.3)), td.Geometric(logits=t64(0.2))),
        (td.Binomial(30, t64(0.3)), td.Binomial(30, logits=t64(0.2))),
    ],
)
def test_torch_agrees_with_itself(p, q):
    assert divkit.kl_divergence(p, q).value == pytest.approx(
        float(td.kl_divergence(p, q)), rel=1e-12
    )


def test_torch_counts_successes_where_scipy_counts_failures():
    p = as_law(td.NegativeBinomial(t64(5.0), probs=t64(0.25)))
    assert p == NegativeBinomial(5.0, p.p) and float(p.p) == 0.75
    x = np.arange(6.0)
    assert p.log_prob(x[:, None]) == pytest.approx(ss.nbinom(5, 0.75).logpmf(x))


def test_finite_laws_of_counts_are_tables_too():
    """A gap between mixed laws has no mass of either, and is no term."""
    p = parse_law("betabinom(2, 1.1, 1.2)")
    q = parse_law("mixture(.5: affine(zipfian(1, 108), .5, -1), .5: finite([0, 4], [.5, .5]))")
    tv = divkit.tv_distance(p, q)
    assert tv.diagnostics["chosen"] == "Discrete()" and tv.error < 1e-14
    summed = divkit.divergence(p, q, "tv", method="summation")
    assert abs(summed.value - tv.value) <= summed.error + tv.error
    for kind in ("w1", "w2", "energy", "mmd2"):
        two = [divkit.divergence(p, q, kind, method=how) for how in ("auto", "summation")]
        assert abs(two[0].value - two[1].value) <= two[0].error + two[1].error
