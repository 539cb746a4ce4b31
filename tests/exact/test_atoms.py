"""Atoms that underflow, clamps of libraries: finite laws from logs, against mpmath and by hand."""

from __future__ import annotations

import math
import pickle
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td

import divkit
from divkit.distributions import (
    Affine,
    FiniteLaw,
    Logistic,
    Normal,
    Product,
    as_law,
    bernoulli,
    binomial,
    categorical,
    mixture,
    mixture_from_logs,
    parse_law,
    transformed,
)
from divkit.distributions.support import Blocks
from divkit.exact.certified.method import Certified
from divkit.exact.method import NotApplicableError

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import atoms_random

LOG2 = math.log(2)


def t64(*values):
    return torch.tensor(values, dtype=torch.float64)


def holds(p, q, kind, truth, most=1e-11):
    found = divkit.divergence(p, q, kind)
    assert abs(found.value - truth) <= found.error <= most * max(1.0, abs(truth))
    assert found.one_sided is None
    return found


HALF, FAR = td.Categorical(logits=t64(0, 0)), td.Categorical(logits=t64(0, -800))


@pytest.mark.parametrize(
    ("kind", "truth"),
    [
        ("kl", 400 - LOG2),
        ("reverse_kl", LOG2),
        ("jeffreys", 400.0),
        ("renyi(2)", 800 - 2 * LOG2),
        ("renyi(0.5)", LOG2),
        ("bhattacharyya", LOG2 / 2),
        ("tv", 0.5),
        ("w1", 0.5),
        ("js", 0.75 * math.log(4 / 3)),
    ],
)
def test_an_atom_of_logit_minus_800_counts(kind, truth):
    holds(HALF, FAR, kind, truth)


def test_binomials_far_apart():
    """Σ over 401 atoms by mpmath; KL of n trials is n times that of one."""
    with mpmath.workdps(30):
        half, tenth = mpmath.mpf(0.5), mpmath.mpf(0.1)
        one = half * mpmath.log(half / tenth) + half * mpmath.log(half / (1 - tenth))
        truth = float(400 * one)
    assert truth == pytest.approx(204.3302495064, abs=1e-10)
    holds(ss.binom(400, 0.5), ss.binom(400, 0.1), "kl", truth)
    holds(td.Binomial(400, t64(0.5)[0]), td.Binomial(400, t64(0.1)[0]), "kl", truth)
    holds(parse_law("binomial(400, 0.5)"), binomial(400, 0.1), "kl", truth)


def test_logits_of_a_bernoulli_law_are_used_both_ways():
    for logit in (30.0, -30.0, 400.0, -900.0):
        truth = 0.5 * (abs(logit) + 2 * math.log1p(math.exp(-abs(logit)))) - LOG2
        p, q = (td.Bernoulli(logits=t64(l)[0]) for l in (0.0, logit))
        holds(p, q, "kl", truth)
    held = td.Bernoulli(logits=t64(30)[0])
    assert held.probs.item() < 1  # read once, it is held beside the logits
    holds(td.Bernoulli(logits=t64(0)[0]), held, "kl", 14.306852819440147)


ZEROS = [
    (td.Categorical(t64(0.9, 0.1)), td.Categorical(t64(1, 0))),
    (td.Categorical(torch.tensor([0.9, 0.1])), td.Categorical(torch.tensor([1.0, 0.0]))),
    (td.OneHotCategorical(t64(0.9, 0.1)), td.OneHotCategorical(t64(1, 0))),
    (td.Bernoulli(t64(0.1)[0]), td.Bernoulli(t64(0)[0])),
    (td.Bernoulli(t64(0.1)[0]), td.Bernoulli(t64(1)[0])),
    (td.Binomial(3, t64(0.5)[0]), td.Binomial(3, t64(1)[0])),
    (td.Binomial(3, t64(0.5)[0]), td.Binomial(3, t64(0)[0])),
    (td.Multinomial(2, t64(0.5, 0.5)), td.Multinomial(2, t64(1, 0))),
    (
        td.Independent(td.Bernoulli(t64(0.5, 0.5)), 1),
        td.Independent(td.Bernoulli(t64(0.5, 1)), 1),
    ),
    (
        td.MixtureSameFamily(td.Categorical(t64(0.5, 0.5)), td.Bernoulli(t64(0, 1))),
        td.MixtureSameFamily(td.Categorical(t64(1, 0)), td.Bernoulli(t64(0, 1))),
    ),
    (ss.bernoulli(0.1), ss.bernoulli(0)),
    (ss.binom(3, 0.5), ss.binom(3, 1)),
    (ss.multinomial(2, [0.5, 0.5]), ss.multinomial(2, [1.0, 0.0])),
]


@pytest.mark.parametrize(
    ("p", "q"), ZEROS, ids=[f"{i}-{type(p).__name__}" for i, (p, _) in enumerate(ZEROS)]
)
def test_a_probability_of_zero_is_zero(p, q):
    for kind in ("kl", "chi2", "renyi(2)", "alpha(1.5)"):
        found = divkit.divergence(p, q, kind)
        assert (found.value, found.error) == (math.inf, 0.0)
        assert "none" in found.reason
    assert divkit.divergence(q, p, "kl").value < math.inf


def test_what_torch_derives_is_not_read():
    """Both are held once the other was asked for, and an expanded object forgets which came."""
    p = td.Categorical(t64(1, 0))
    assert p.logits[1] > -40  # torch's clamp
    for q in (p, p.expand((1,)), td.Bernoulli(t64(0))):
        assert len(as_law(q).atoms) == 1


W = (0.3, 0.7)


def test_relaxed_laws_take_the_probability_that_was_given():
    """Torch clamps 1e-30 to 2e-16, in log_prob and in the sampler; the logit of it is −69."""
    heat, odds = t64(0.5)[0], math.log(1e-30)
    for kind in (td.RelaxedBernoulli, td.relaxed_bernoulli.LogitRelaxedBernoulli):
        p, q = kind(heat, t64(0.5)[0]), kind(heat, t64(1e-30)[0])
        truth = divkit.kl_divergence(Logistic(0, 2), Logistic(odds / 0.5, 2))
        found = divkit.kl_divergence(p, q)
        assert abs(found.value - truth.value) <= found.error + truth.error < 1e-10
        with pytest.raises(ValueError, match="has no density"):
            as_law(kind(heat, t64(1)[0]))
    with pytest.raises(ValueError, match="Pass logits="):
        as_law(td.ContinuousBernoulli(t64(1e-30)[0]))
    p, q = (td.relaxed_categorical.ExpRelaxedCategorical(heat, t64(*w)) for w in (W, (0.5, 0.5)))
    truth = divkit.kl_divergence(Logistic(math.log(W[0] / W[1]) / 0.5, 2), Logistic(0, 2))
    found = divkit.kl_divergence(p, q)
    assert abs(found.value - truth.value) <= found.error + truth.error < 1e-10


def test_the_last_binomial_of_the_kind():
    """JS of Binomial(3, ½) and the point 3: ½ [7/8 log 2 + 1/8 log(2/9) + log(16/9)]."""
    with mpmath.workdps(30):
        truth = (7 * mpmath.log(2) / 8 + mpmath.log(mpmath.mpf(2) / 9) / 8) / 2
        truth += mpmath.log(mpmath.mpf(16) / 9) / 2
    found = divkit.js_divergence(td.Binomial(3, t64(0.5)[0]), td.Binomial(3, t64(1)[0]))
    assert abs(found.value - truth) <= found.error < 1e-14


def test_a_component_whose_weight_underflows_is_there():
    far = td.MixtureSameFamily(td.Categorical(logits=t64(0, -900)), td.Binomial(5, t64(0.5, 1.0)))
    point = td.Binomial(5, t64(1)[0])
    with mpmath.workdps(30):
        truth = 5 * mpmath.log(2)  # e^−900 beside 2^−5
    holds(point, far, "kl", float(truth))
    apart = mixture_from_logs([0.0, -900.0], [bernoulli(0.0), bernoulli(1.0)])
    holds(bernoulli(1.0), apart, "kl", 900.0)
    assert mixture_from_logs([0, -math.inf], [bernoulli(0.0), bernoulli(1.0)]).support.atoms == (
        (0.0,),
    )


def test_a_density_whose_weight_underflows_is_there():
    """N(200, 1) against ≈ N(0, 1) + e^−800 N(200, 1): KL = 800, and 2·10⁴ without the second."""
    q = mixture_from_logs([0.0, -800.0], [Normal(0, 1), Normal(200, 1)])
    found = divkit.kl_divergence(Normal(200, 1), q)
    assert abs(found.value - 800) <= found.error < 1e-6
    proved = divkit.kl_divergence(Normal(200, 1), q, method="certified", digits=10)
    assert proved.interval[0] <= 800 <= proved.interval[1]
    torchs = td.MixtureSameFamily(
        td.Categorical(logits=t64(0, -800)), td.Normal(t64(0, 200), t64(1, 1))
    )
    assert divkit.kl_divergence(Normal(200, 1), torchs).value == pytest.approx(800, abs=1e-6)


def test_beyond_the_floats_is_no_infinity():
    """χ² = ¼ e^{800} is no float, its log is one; of products and in closed forms as well."""
    pairs = [
        (HALF, FAR),
        (Normal(0, 1), Normal(60, 1)),
        (Product((Normal(0, 1), Normal(30, 1))), Product((Normal(60, 1), Normal(0, 1)))),
    ]
    for p, q in pairs:
        found = divkit.chi2_divergence(p, q)
        assert found.one_sided == "lower"
        assert (found.value, found.error) == (math.inf, math.inf)
        assert found.interval[0] == sys.float_info.max
        assert "exceeds the largest float" in found.warnings[0]
        assert divkit.renyi_divergence(p, q, 2.0).error < 1e-8
    holds(HALF, td.Categorical(logits=t64(0, -600)), "chi2", math.expm1(600 - 2 * LOG2))


def test_lengths_beyond_the_floats():
    far = [FiniteLaw([x], [1.0]) for x in (-1.7e308, 1.7e308)]
    for kind in ("w1", "w2", "energy"):
        assert divkit.divergence(*far, kind).one_sided == "lower"
    holds(FiniteLaw([0.0], [1.0]), FiniteLaw([1e308], [1.0]), "w2", 1e308)


def test_levels_that_nearly_agree_are_in_the_error_of_w2():
    """A mass of 1e-18 over a distance of 1e142: its root is 1e133."""
    atoms = [-7e142, -4e141]
    p, q = (FiniteLaw.from_logs(atoms, [-5.9, top]) for top in (0.0, -3.1e-16))
    found = divkit.w2_distance(p, q)
    with mpmath.workdps(40):
        shares = [1 / (1 + mpmath.exp(mpmath.mpf(5.9) + top)) for top in (0, mpmath.mpf(-3.1e-16))]
        truth = mpmath.sqrt(abs(shares[0] - shares[1])) * (mpmath.mpf(7e142) - mpmath.mpf(4e141))
    assert abs(found.value - truth) <= found.error < 1e136


def test_images_products_and_mixtures_keep_logs():
    law = FiniteLaw.from_logs([0, 1], [0.0, -800.0])
    moved = [transformed(x, Affine(3.0, 2.0)) for x in (bernoulli(0.5), law)]
    holds(*moved, "kl", 400 - LOG2)
    holds(transformed(mixture([1.0], [bernoulli(0.5)]), Affine(3, 2)), moved[1], "kl", 400 - LOG2)
    two = [Product((x, x)) for x in (bernoulli(0.5), law)]
    holds(*two, "kl", 800 - 2 * LOG2)
    many = [Product((x,) * 40) for x in (bernoulli(0.5), law)]
    assert isinstance(many[0].support, Blocks)  # 2^40 atoms are not listed
    holds(*many, "kl", 40 * (400 - LOG2))


def test_certified_sums_take_logs():
    got = Certified(30)(
        FiniteLaw.from_logs([0, 1], [0.0, 0.0]), as_law(FAR), divkit.divergences.KL
    )
    assert got.diagnostics["lower"].startswith("399.306852819440054690582767878")
    assert Certified(10)(binomial(9, 0.5), binomial(9, 0.1), divkit.divergences.KL).error < 1e-8
    rounded = as_law(ss.nchypergeom_wallenius(60, 30, 20, 0.5))
    with pytest.raises(NotApplicableError, match="30 digits"):
        Certified(30)(
            rounded,
            FiniteLaw(
                range(21),
                [1 / 21] * 21,
            ),
            divkit.divergences.JS,
        )


def test_float32_logits_carry_the_rounding_of_torch():
    """Torch subtracts log Σ e^l in float32, which moves logits of this size by 3e-5."""
    logits = torch.tensor([0.1, 700.3, 700.1])
    exact = FiniteLaw.from_logs([0, 1, 2], logits.double().tolist())
    even = categorical([0.25, 0.5, 0.25])
    truth, found = (divkit.kl_divergence(even, q) for q in (exact, td.Categorical(logits=logits)))
    assert abs(found.value - truth.value) <= found.error < 1e-3
    sharp = td.Categorical(logits=logits.double())
    assert divkit.kl_divergence(even, sharp).error < 1e-11


class _Thin(ss.rv_discrete):
    def _pmf(self, k):
        return np.exp(-1.0 * k * k) / 1.3863186024133263


def test_a_mass_that_underflows_in_a_users_own_law_is_refused():
    with pytest.raises(ValueError, match=r"mass 0.0 at 28.*from_logs"):
        as_law(_Thin(a=0, b=40)())


def test_bad_logs_are_refused():
    for logs, words in (
        ([0.0, math.nan], "got nan at place 1"),
        ([math.inf, 0.0], "got inf at place 0"),
        ([-math.inf, -math.inf], "above -inf"),
        ([0.0], "2 atoms for 1"),
        ([1e308, -1e308], r"logs must be in \[-1e\+300"),
    ):
        with pytest.raises(ValueError, match=words):
            FiniteLaw.from_logs([0, 1], logs)
    with pytest.raises(ValueError, match="got 2 for 1"):
        mixture_from_logs([0, 0], [Normal()])
    with pytest.raises(ValueError, match="underflows"):
        parse_law("categorical([1e-400, 1])")


def test_laws_pickle_and_calculate_under_raise():
    laws = [FiniteLaw.from_logs([0, 1, 2], [0.0, -800.0, -2.0]), binomial(40, 1e-300)]
    laws += [bernoulli(0.5), mixture_from_logs([0, -900], [bernoulli(0.0), bernoulli(1.0)])]
    for law in laws:
        assert pickle.loads(pickle.dumps(law)) == law
    with np.errstate(all="raise"):
        fresh = FiniteLaw.from_logs([0, 1, 2], [0.0, -800.0, -2.0])
        for kind in ("kl", "js", "chi2", "renyi(3)", "w1", "w2", "energy", "mmd", "tv"):
            divkit.divergence(fresh, categorical([0.25, 0.25, 0.5]), kind)
            divkit.divergence(binomial(400, 1e-300), ss.binom(400, 0.5), kind)


@pytest.mark.slow
def test_a_slice_of_the_random_search_is_silent_nowhere():
    said: list[str] = []
    found = atoms_random.search(25, 2026, said.append)
    assert not said
    assert found["right"] > 350
