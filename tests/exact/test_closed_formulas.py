"""Closed forms of roots of gamma laws, inverse Gaussian laws and their kin, by mpmath."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
import scipy.stats as ss
import torch
from mp_formulas import DENSITIES
from mpmath import mpf

import divkit

RNG = np.random.default_rng(7)


def drawn(low, high):
    return float(RNG.uniform(low, high))


PAIRS = [
    (("weibull_min", (drawn(0.5, 4),), 1.0), ("weibull_min", (drawn(0.5, 4),), drawn(0.5, 2))),
    (("weibull_max", (drawn(0.5, 4),), 1.0), ("weibull_max", (drawn(0.5, 4),), drawn(0.5, 2))),
    (("weibull_min", (2.0,), 1.5), ("rayleigh", (), 0.75)),
    (("halfnorm", (), 1.0), ("halfnorm", (), drawn(0.3, 3))),
    (("halfnorm", (), 1.0), ("chi", (drawn(0.5, 6),), drawn(0.5, 2))),
    (("maxwell", (), 1.0), ("nakagami", (drawn(0.4, 3),), 1.25)),
    (("invgamma", (drawn(0.6, 5),), 1.0), ("invgamma", (drawn(0.6, 5),), drawn(0.3, 3))),
    (("levy", (), 1.0), ("levy", (), drawn(0.3, 3))),
    (("invweibull", (drawn(0.7, 3),), 1.0), ("invgamma", (drawn(0.7, 3),), 2.0)),
    (("gennorm", (drawn(0.6, 4),), 1.0), ("gennorm", (drawn(0.6, 4),), drawn(0.5, 2))),
    (("invgauss", (drawn(0.3, 3),), 1.0), ("invgauss", (drawn(0.3, 3),), drawn(0.3, 3))),
    (("kumaraswamy", (1.5, drawn(0.5, 4)), 1.0), ("kumaraswamy", (1.5, drawn(0.5, 4)), 1.0)),
    (("powerlaw", (drawn(0.5, 4),), 1.0), ("powerlaw", (drawn(0.5, 4),), 1.0)),
    (("lomax", (drawn(0.7, 4),), 1.0), ("lomax", (drawn(0.7, 4),), 1.0)),
    (("burr12", (2.0, drawn(0.7, 4)), 1.0), ("burr12", (2.0, drawn(0.7, 4)), 1.0)),
    (("burr", (2.0, drawn(0.7, 4)), 1.0), ("burr", (2.0, drawn(0.7, 4)), 1.0)),
    (("betaprime", (1.5, drawn(0.7, 4)), 1.0), ("betaprime", (2.5, drawn(0.7, 4)), 1.0)),
    (("continuous_bernoulli", (-1.25,), 1.0), ("continuous_bernoulli", (2.5,), 1.0)),
]


def law(name, shapes, scale):
    if name == "kumaraswamy":
        tensors = (torch.tensor(s, dtype=torch.float64) for s in shapes)
        return torch.distributions.Kumaraswamy(*tensors)
    if name == "continuous_bernoulli":
        return torch.distributions.ContinuousBernoulli(
            logits=torch.tensor(shapes[0], dtype=torch.float64)
        )
    return getattr(ss, name)(*shapes, scale=scale)


def density(name, shapes, scale):
    inner = DENSITIES[name](*map(mpf, shapes))
    return lambda x: inner(x / mpf(scale)) / mpf(scale)


def cuts(name):
    if name in ("kumaraswamy", "powerlaw", "continuous_bernoulli"):
        return [0, mpf("0.25"), mpf("0.75"), 1]
    positive = [mpf("1e-3"), mpf("0.1"), mpf(1), mpf(4), mpf(40), mp.inf]
    if name == "weibull_max":
        return [-x for x in reversed(positive)] + [0]
    if name == "gennorm":
        return [-x for x in reversed(positive)] + [0, *positive]
    return [0, *positive]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0][0]}-{pair[1][0]}")
def test_kl_is_that_of_mpmath(pair):
    p, q = pair
    found = divkit.divergence(law(*p), law(*q), "kl")
    assert found.kind == "closed form"
    with mp.workdps(30):
        first, second = density(*p), density(*q)

        def integrand(x):
            a, b = first(x), second(x)
            return a * mp.log(a / b) if a > 0 and b > 0 else mpf(0)

        truth = mp.quad(integrand, cuts(p[0]))
        assert abs(found.value - truth) <= found.error + 1e-14 * abs(truth)


@pytest.mark.parametrize(
    "pair",
    [pair for pair in PAIRS if pair[0][0] == pair[1][0]],
    ids=lambda pair: pair[0][0],
)
@pytest.mark.parametrize("kind", ["hellinger2", "renyi(0.3)", "tv"])
def test_affinities_and_tv_are_those_of_the_quadrature(pair, kind):
    p, q = (law(*side) for side in pair)
    found = divkit.divergence(p, q, kind)
    other = divkit.divergence(p, q, kind, method="quadrature")
    assert abs(found.value - other.value) <= found.error + other.error


@pytest.mark.parametrize(
    ("p", "q", "kind"),
    [
        (ss.weibull_min(2, scale=1), ss.weibull_min(2, scale=3), "hellinger2"),
        (ss.halfnorm(scale=1), ss.halfnorm(scale=2), "tv"),
        (ss.invgamma(2.5), ss.invgamma(4), "renyi(0.5)"),
        (ss.levy(), ss.levy(scale=2), "hellinger2"),
        (ss.invgauss(0.5), ss.invgauss(2, scale=3), "bhattacharyya"),
        (ss.gennorm(1.5), ss.gennorm(1.5, scale=2), "renyi(0.3)"),
        (ss.lomax(2), ss.lomax(3), "tv"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.dist.name,
)
def test_which_have_one(p, q, kind):
    assert divkit.divergence(p, q, kind).kind == "closed form"


def test_infinities_are_told():
    assert divkit.divergence(ss.invgamma(1), ss.weibull_min(1.5), "kl").value == math.inf
    assert divkit.divergence(ss.halfnorm(scale=0.5), ss.halfnorm(), "renyi(2)").value < math.inf
    wide = divkit.divergence(ss.halfnorm(scale=2), ss.halfnorm(), "chi2")
    assert wide.value == math.inf and wide.reason


def test_different_places_are_left_to_quadrature():
    found = divkit.divergence(ss.invgauss(1, loc=0.25), ss.invgauss(1), "js")
    assert found.kind == "quadrature"
    assert divkit.divergence(ss.halfnorm(loc=0.25), ss.halfnorm(), "kl").kind == "quadrature"
