"""The certified method against the reference file, mpmath and itself at more digits."""

from __future__ import annotations

import json
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, getcontext
from pathlib import Path

import mpmath
import pytest
from flint import ctx

from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.divergences import table
from divkit.exact.certified.method import Certified, decimal
from divkit.exact.method import NotApplicableError

getcontext().prec = 200

FAMILIES = {
    "normal": Normal,
    "laplace": Laplace,
    "logistic": Logistic,
    "gumbel": Gumbel,
    "cauchy": Cauchy,
    "student": StudentT,
    "uniform": Uniform,
    "expon": Exponential,
    "gamma": Gamma,
    "beta": Beta,
}
QUANTITIES = {
    "kl_pq": table.KL,
    "kl_qp": table.REVERSE_KL,
    "js": table.JS,
    "hellinger2": table.HELLINGER2,
    "tv": table.TV,
    "gan_value": table.GAN,
}
PAIRS = json.loads(
    (Path(__file__).parents[1] / "reference" / "divergences_1d.json").read_text(encoding="utf-8")
)["pairs"]


def build(spec):
    name, *parameters = spec
    if name == "mixture":
        return Mixture1D(
            tuple(float(w) for w, _, _ in parameters),
            tuple(Normal(float(m), float(s)) for _, m, s in parameters),
        )
    return FAMILIES[name](*map(float, parameters))


def is_exact(spec):
    """Whether every parameter is a binary fraction, so that float() changes nothing."""
    flat = [x for item in spec[1:] for x in (item if isinstance(item, list) else [item])]
    return all(Decimal(str(x)) == Decimal(float(x)) for x in flat)


def ends(result):
    return Decimal(result.diagnostics["lower"]), Decimal(result.diagnostics["upper"])


@pytest.mark.sweep(3)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["name"])
def test_reference_pairs(pair):
    p, q = build(pair["p"]), build(pair["q"])
    exact = is_exact(pair["p"]) and is_exact(pair["q"])
    for key, divergence in QUANTITIES.items():
        if pair[key] == "inf":
            with pytest.raises(NotApplicableError, match=r"infinite|singular"):
                Certified()(p, q, divergence)
            continue
        result = Certified(18)(p, q, divergence)
        truth, (lower, upper) = Decimal(pair[key]), ends(result)
        # The file has 21 digits of the decimal parameters; floats of those move the value by
        # their relative rounding, 1.1e-16, times a condition number that is below 4 here.
        scale = max(Decimal(1), abs(truth))
        slack = abs(truth) * Decimal("1e-20") if exact else scale * Decimal("5e-16")
        assert lower - slack <= truth <= upper + slack
        assert upper - lower <= Decimal("2.1e-18") * max(abs(truth), Decimal("1e-94"))
        assert abs(Decimal(result.value) - truth) <= Decimal(result.error) + slack
        assert result.kind == "enclosure" and result.level == 1.0


def mp_density(law):
    """The density in mpmath, written anew."""
    m = mpmath
    if isinstance(law, Mixture1D):
        parts = [mp_density(c) for c in law.components]
        total = m.fsum(law.weights)
        return lambda x: m.fsum(w * f(x) for w, f in zip(law.weights, parts, strict=True)) / total
    if isinstance(law, Normal):
        return lambda x: m.npdf(x, law.loc, law.scale)
    if isinstance(law, Gumbel):
        return lambda x: m.exp(-(z := (x - law.loc) / m.mpf(law.scale)) - m.exp(-z)) / law.scale
    if isinstance(law, Logistic):
        return lambda x: m.sech((x - law.loc) / (2 * m.mpf(law.scale))) ** 2 / (4 * law.scale)
    if isinstance(law, Gamma):
        a, b = m.mpf(law.shape), m.mpf(law.rate)
        return lambda x: b**a * x ** (a - 1) * m.exp(-b * x) / m.gamma(a)
    if isinstance(law, Exponential):
        return lambda x: law.rate * m.exp(-law.rate * x)
    if isinstance(law, LogNormal):
        return lambda x: m.npdf(m.log(x), law.mu, law.sigma) / x
    if isinstance(law, Pareto):
        return lambda x: law.alpha * m.mpf(law.scale) ** law.alpha / x ** (law.alpha + 1)
    if isinstance(law, Laplace):
        return lambda x: m.exp(-abs(x - law.loc) / m.mpf(law.scale)) / (2 * law.scale)
    raise TypeError(law)


def mp_integral(p, q, integrand, cuts, digits):
    f, g = mp_density(p), mp_density(q)
    with mpmath.workdps(2 * digits):  # tanh-sinh loses digits to x^(−1/4) at 0
        return mpmath.quad(lambda x: integrand(f(x), g(x)), cuts)


def mp_js(f, g):
    return (f * mpmath.log(2 * f / (f + g)) + g * mpmath.log(2 * g / (f + g))) / 2


def mp_kl(f, g):
    return f * mpmath.log(f / g)


def mp_bc(f, g):
    return mpmath.sqrt(f * g)


MIX = Mixture1D((0.25, 0.75), (Normal(-1.5, 0.5), Normal(1, 1.25)))
AGAINST_MPMATH = [
    # p, q, divergence, integrand, breakpoints, map of the integral
    (Normal(0, 1), Normal(1, 1), table.JS, mp_js, [-16, -8, 0, 1, 8, 17], lambda v: v),
    (Normal(0, 1), Normal(0.5, 2), table.GAN, mp_js, [-30, -8, 0, 8, 30],
     lambda v: 2 * v - 2 * mpmath.log(2)),
    (MIX, Normal(0, 1.5), table.JS, mp_js, [-18, -6, -1.5, 0, 1, 6, 18], lambda v: v),
    (MIX, Normal(0, 1.5), table.KL, mp_kl, [-18, -6, -1.5, 0, 1, 6, 18], lambda v: v),
    (Gumbel(0, 1), Logistic(0.5, 1.25), table.KL, mp_kl, [-6, -3, 0, 10, 40, 90], lambda v: v),
    (Gamma(0.5, 1), Exponential(2), table.BHATTACHARYYA, mp_bc, [0, 1, 10, 60],
     lambda v: -mpmath.log(v)),
    (LogNormal(0, 0.5), Gamma(3, 2), table.HELLINGER2, mp_bc, [0, 0.5, 1, 4, 40, 120],
     lambda v: 1 - v),
]  # fmt: skip


@pytest.mark.sweep(3)
@pytest.mark.parametrize("case", AGAINST_MPMATH, ids=lambda c: f"{c[0]!r} {c[1]!r} {c[2]!r}")
@pytest.mark.parametrize("digits", [20, 30])
def test_against_mpmath(case, digits):
    p, q, divergence, integrand, cuts, finish = case
    lower, upper = ends(Certified(digits)(p, q, divergence))
    with mpmath.workdps(digits + 10):
        value = finish(mp_integral(p, q, integrand, cuts, digits))
        truth = Decimal(mpmath.nstr(value, digits + 8))
    slack = abs(truth) * Decimal(10) ** -(digits + 3)  # of tanh-sinh and of the finite range
    assert lower - slack <= truth <= upper + slack
    assert upper - lower <= abs(truth) * Decimal("2.01") * Decimal(10) ** -digits


NESTED = [
    (Normal(0, 1), Normal(1e-8, 1), table.JS),
    (Normal(0, 1), Normal(1e-8, 1), table.TV),
    (Laplace(0, 1), Normal(0.5, 1), table.JS),
    (Pareto(2.5, 1), LogNormal(1, 1), table.JS),
    (StudentT(5, 0, 1), Normal(0, 1), table.KL),
    (Cauchy(0, 1), StudentT(3, 0.5, 2), table.JEFFREYS),
    (Beta(0.5, 0.5), Uniform(0, 1), table.KL),
    (Beta(2, 5), Uniform(0, 1), table.TRIANGULAR),
    (Uniform(0, 1), Beta(3, 0.25), table.KL),
    (Gamma(0.3, 2), Exponential(1), table.JEFFREYS),
    (Gamma(0.3, 2), LogNormal(0, 1), table.REVERSE_KL),
    (Uniform(-1, 2), Mixture1D((0.5, 0.5), (Laplace(0, 1), Uniform(0, 3))), table.JS_DISTANCE),
    (MIX, Gumbel(0, 1), table.TV),
    (Logistic(0, 0.5), Gumbel(0, 2), table.KL),
]


@pytest.mark.sweep(4)
@pytest.mark.parametrize("case", NESTED, ids=repr)
def test_more_digits_lie_within_fewer(case):
    outer = ends(Certified(8)(*case))
    inner = ends(Certified(24)(*case))
    # Both contain the truth and are rounded outward: they meet, and the finer is the narrower.
    assert inner[0] <= outer[1] and outer[0] <= inner[1]
    assert inner[1] - inner[0] <= (outer[1] - outer[0]) * Decimal("1e-10")
    assert outer[0] <= inner[0] and inner[1] <= outer[1]


def test_hundred_digits_and_the_precision_is_put_back():
    before = ctx.prec
    lower, upper = ends(Certified(100)(Normal(0, 1), Normal(1, 1), table.JS))
    assert ctx.prec == before
    text = "0.1114214821847361797172368122175602442555911601630928008487"
    assert str(lower).startswith(text) and str(upper).startswith(text)


@pytest.mark.slow
def test_threads_take_turns():
    """Flint has one precision and one length of series for the whole process."""
    p, q = Cauchy(0, 1), Normal(1, 2)
    alone = Certified(12)(p, q, table.TV), Certified(25)(q, p, table.KL)
    before, interval = (ctx.prec, ctx.cap), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(Certified(12), p, q, table.TV) for _ in range(4)]
            more = [pool.submit(Certified(25), q, p, table.KL) for _ in range(4)]
            found = [(one.result(), two.result()) for one, two in zip(jobs, more, strict=True)]
    finally:
        sys.setswitchinterval(interval)
    assert (ctx.prec, ctx.cap) == before
    for pair in found:
        assert [r.diagnostics["precision"] for r in pair] == [
            r.diagnostics["precision"] for r in alone
        ]
        assert [ends(r) for r in pair] == [ends(r) for r in alone]


def mp_log_beta(a, b):
    return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)


def mp_kl_of_betas(p, q):
    a, b, c, d = map(mpmath.mpf, (p.a, p.b, q.a, q.b))
    slopes = (a - c) * mpmath.digamma(a) + (b - d) * mpmath.digamma(b)
    rest = (c - a + d - b) * mpmath.digamma(a + b)
    return mp_log_beta(c, d) - mp_log_beta(a, b) + slopes + rest


def mp_kl_of_gammas(p, q):
    a, b, c, d = map(mpmath.mpf, (p.shape, p.rate, q.shape, q.rate))
    logs = (a - c) * mpmath.digamma(a) - mpmath.loggamma(a) + mpmath.loggamma(c)
    return logs + c * mpmath.log(b / d) + a * (d - b) / b


BETAS_AND_GAMMAS = [
    (Beta(2.3, 1.7), Beta(1.4, 2.9)),
    (Beta(0.5, 0.5), Beta(3, 1.5)),
    (Beta(0.05, 12), Beta(0.7, 0.02)),
    (Beta(40, 90), Beta(17, 16)),
    (Beta(24.1, 1), Beta(0.55, 1)),
    (Beta(1, 1.9), Beta(1, 1.0000855)),
    (Beta(1, 1), Beta(16, 1)),
    (Beta(1 + 1e-9, 2), Beta(1 - 1e-9, 2)),
    (Gamma(1, 0.34), Gamma(1, 0.0043)),
    (Gamma(0.02, 700), Gamma(3, 0.001)),
    (Gamma(300, 2), Gamma(16.5, 1)),
]


@pytest.mark.sweep(4)
@pytest.mark.parametrize("digits", [6, 18])
@pytest.mark.parametrize("case", BETAS_AND_GAMMAS, ids=str)
def test_kl_within_a_family_against_digammas(case, digits):
    for p, q in (case, case[::-1]):
        low, high = ends(Certified(digits)(p, q, table.KL))
        with mpmath.workdps(60):
            closed = mp_kl_of_betas if isinstance(p, Beta) else mp_kl_of_gammas
            truth = Decimal(mpmath.nstr(closed(p, q), 50))
        assert low <= truth <= high
        assert high - low <= abs(truth) * Decimal(10) ** (1 - digits)


def test_value_at_equality():
    p = Gamma(0.5, 2)
    for divergence in (table.JS, table.KL, table.TV, table.HELLINGER2, table.TRIANGULAR):
        assert Certified()(p, p, divergence).value == 0
    assert Certified()(p, p, table.GAN).value == pytest.approx(-2 * math.log(2), abs=1e-15)


@pytest.mark.parametrize(
    ("p", "q", "divergence"),
    [
        (Cauchy(0, 1), Normal(0, 1), table.KL),
        (StudentT(2, 0, 1), Normal(0, 1), table.KL),
        (Logistic(0.5, 1.2), Gumbel(0, 1), table.KL),
        (Normal(0, 1), Uniform(0, 1), table.KL),
        (Uniform(0, 2), Beta(2, 2), table.JEFFREYS),
        (Beta(2, 2), LogNormal(0, 1), table.REVERSE_KL),
        (Normal(0, 1), Normal(1, 1), table.W1),
    ],
    ids=repr,
)
def test_out_of_reach(p, q, divergence):
    with pytest.raises(NotApplicableError):
        Certified(6)(p, q, divergence)


def test_one_law_under_two_names():
    result = Certified(2)(Cauchy(0, 1), StudentT(1, 0, 1), table.JS)
    lower, upper = ends(result)
    assert lower <= 0 <= upper and upper - lower < Decimal("1e-46")


@pytest.mark.parametrize("digits", [0, -1, 1.5, True, "15"])
def test_digits_are_checked(digits):
    with pytest.raises(ValueError, match="digits"):
        Certified(digits)


def test_decimals_round_outward():
    from flint import arb

    third = arb(1) / 3
    for x in (third, -third, third * arb(10) ** -30, third * arb(10) ** 12):
        low = Decimal(decimal(x.lower(), 12, math.floor))
        high = Decimal(decimal(x.upper(), 12, math.ceil))
        assert arb(str(low)).lower() <= x.upper() and arb(str(high)).upper() >= x.lower()
        assert low < high and (high - low) <= abs(low) * Decimal("1.1e-11")
