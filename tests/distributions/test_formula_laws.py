"""Families whose log density is divkit's own: SciPy's where SciPy has digits, more beyond."""

import math

import flint
import mpmath
import numpy as np
import pytest
import scipy.stats as ss
from scipy.stats._distr_params import distcont

import divkit
from divkit.distributions import as_law
from divkit.distributions.adapt.forms.law import FORMS, FormulaLaw
from divkit.distributions.ball_precision import own_precision

MORE = [
    ("chi", (3,)),
    ("exponnorm", (0.3,)),
    ("genextreme", (0.2,)),
    ("genextreme", (0.0,)),
    ("genpareto", (-0.4,)),
    ("genpareto", (0.0,)),
    ("invgauss", (3.0,)),
    ("nakagami", (0.7,)),
    ("skewnorm", (-2.0,)),
    ("truncnorm", (3, np.inf)),
]
MEMBERS = [(n, s) for n, s in [*distcont, *MORE] if n in FORMS or n == "reciprocal"]
SCIPYS_ERRORS = {"kstwobign": 1e-7, "kstwo": 1e-9}
"""Errors of SciPy's own densities; `test_forms_of_statistics` has the truth."""
LEVELS = np.array([0.01, 0.2, 0.4, 0.6, 0.8, 0.99])


@pytest.mark.sweep(4)
@pytest.mark.parametrize(("name", "shapes"), MEMBERS, ids=lambda v: str(v))
def test_the_density_is_scipys_where_scipy_has_digits(name, shapes):
    given = getattr(ss, name)(*shapes, loc=0.7, scale=1.9)
    law = as_law(given)
    x = given.ppf(LEVELS)
    assert isinstance(law, FormulaLaw)
    assert law == as_law(getattr(ss, name)(*shapes, loc=0.7, scale=1.9))
    digits = SCIPYS_ERRORS.get(name, 2e-11)
    assert law.log_prob(x) == pytest.approx(given.logpdf(x), rel=digits, abs=digits)


def test_every_form_is_a_member_above_or_torchs():
    assert set(FORMS) - {name for name, _ in MEMBERS} <= {"kumaraswamy", "continuous_bernoulli"}


def _truth(name, shapes, x):
    with mpmath.workdps(40):
        z, a = mpmath.mpf(x), [mpmath.mpf(s) for s in shapes]
        return float(
            {
                "levy": lambda: -mpmath.log(2 * mpmath.pi * z**3) / 2 - 1 / (2 * z),
                "hypsecant": lambda: -mpmath.log(mpmath.pi * mpmath.cosh(z)),
                "invgamma": lambda: -(a[0] + 1) * mpmath.log(z) - 1 / z - mpmath.loggamma(a[0]),
                "weibull_min": lambda: mpmath.log(a[0] * z ** (a[0] - 1)) - z ** a[0],
                "skewnorm": lambda: (
                    mpmath.log(2 * mpmath.npdf(z)) + mpmath.log(mpmath.ncdf(a[0] * z))
                ),
                "exponnorm": lambda: mpmath.log(
                    mpmath.exp(1 / (2 * a[0] ** 2) - z / a[0]) * mpmath.ncdf(z - 1 / a[0]) / a[0]
                ),
                "burr12": lambda: (
                    mpmath.log(a[0] * a[1] * z ** (a[0] - 1))
                    - (a[1] + 1) * mpmath.log(1 + z ** a[0])
                ),
                "truncnorm": lambda: (
                    -(z**2) / 2
                    - mpmath.log(
                        (mpmath.ncdf(a[1]) - mpmath.ncdf(a[0])) * mpmath.sqrt(2 * mpmath.pi)
                    )
                ),
            }[name]()
        )


@pytest.mark.parametrize(
    ("name", "shapes", "points"),
    [
        ("levy", (), (1e-280, 1e-5, 1e280)),
        ("hypsecant", (), (-1e10, 800.0, 1e-9)),
        ("invgamma", (2.0,), (1e-200, 1e200)),
        ("weibull_min", (1.5,), (1e-300, 1e-170, 1e150)),
        ("skewnorm", (3.0,), (-50.0, -12.0, 100.0)),
        ("exponnorm", (0.5,), (-60.0, -3.1, -2.9, 900.0)),
        ("burr12", (10.0, 4.0), (1e-290, 0.999, 1e290)),
        ("truncnorm", (-60.0, -59.0), (-60.0, -59.5, -59.0)),
    ],
)
def test_the_density_keeps_its_digits_where_a_float_underflows(name, shapes, points):
    law = as_law(getattr(ss, name)(*shapes))
    for x in points:
        truth = _truth(name, shapes, x)
        assert float(law.log_prob(x)[0]) == pytest.approx(truth, rel=1e-13, abs=1e-12)


def test_tails_are_those_of_the_density():
    """−log p(2u) + log p(u) far out, against the stated growth."""
    for name, shapes in MEMBERS:
        law = as_law(getattr(ss, name if name != "reciprocal" else "loguniform")(*shapes))
        tail = law.tails[1]
        if tail is None or tail.at != "infinity" or tail.terms[0][0][0] > 2:
            continue
        (rank, exponent), coefficient = tail.terms[0]
        x = 1e60 if rank < 2 else 1e8
        rise = float(law.log_prob(x)[0] - law.log_prob(2 * x)[0])
        growth = {0: math.log(2), 1: math.log(2 * x) ** 2 - math.log(x) ** 2}
        stated = growth.get(rank, (2 ** float(exponent) - 1) * x ** float(exponent))
        assert rise == pytest.approx(float(coefficient) * stated, rel=0.05), name


def _landau(x):
    """π f(x) by the sum of sines, x = πz/2 + log(π/2), at 40 digits."""
    return mpmath.quad(
        lambda t: mpmath.exp(-x * t - t * mpmath.log(t)) * mpmath.sin(mpmath.pi * t),
        [0, *(mpmath.mpf(k) / 2 for k in range(1, 80)), 60, 80, 120],
    )


@pytest.mark.parametrize("z", [-1.5, -0.4, 1.0, 1e150])
def test_landaus_density_keeps_its_digits(z):
    with mpmath.workdps(34):
        x = mpmath.pi * mpmath.mpf(z) / 2 + mpmath.log(mpmath.pi / 2)
        truth = mpmath.log(_landau(x) / 2) if z < 1e3 else -2 * mpmath.log(x)
        truth = truth if z < 1e3 else truth + mpmath.log(mpmath.pi / 2)
        law = as_law(ss.landau())
        assert float(law.log_prob(z)[0]) == pytest.approx(float(truth), rel=2e-15, abs=1e-14)


@pytest.mark.parametrize("n", [3, 40, 1000])
def test_smirnovs_density_is_known_to_its_blur(n):
    law = as_law(ss.ksone(n))
    for z in law.ppf(np.array([0.01, 0.5, 0.999])).tolist():
        with mpmath.workdps(60):
            point, total = mpmath.mpf(z), mpmath.mpf(0)
            for j in range(n):
                t, v = point + mpmath.mpf(j) / n, 1 - point - mpmath.mpf(j) / n
                if v > 0:
                    term = mpmath.binomial(n, j) * t ** (j - 1) * v ** (n - j)
                    total += point * term * ((n - j) / v - (j - 1) / t - 1 / point)
            truth = float(mpmath.log(total))
        error = abs(float(law.log_prob(z)[0]) - truth)
        assert error <= (law.blur + 4e-15) * (1 + abs(truth))


LARGE = {
    "f": (
        (1e8, 3e8),
        lambda a, b, z: _log_beta_prime(a / 2, b / 2, z * a / b) + mpmath.log(a / b),
    ),
    "betaprime": ((1e7, 40.0), lambda a, b, z: _log_beta_prime(a, b, z)),
    "burr": ((2.0, 1e6), lambda a, b, z: _log_burr(a * b - 1, a, b + 1, a * b, z)),
    "burr12": ((3.0, 1e7), lambda a, b, z: _log_burr(a - 1, a, b + 1, a * b, z)),
    "mielke": ((1e7, 2.0), lambda a, b, z: _log_burr(a - 1, b, 1 + a / b, a, z)),
    "gengamma": ((4e6, 3.0), lambda a, c, z: _log_gengamma(a, c, z)),
    "invgamma": ((4e6,), lambda a, z: _log_gengamma(a, -1, z)),
    "dgamma": ((1e6,), lambda a, z: _log_gengamma(a, 1, abs(z)) - mpmath.log(2)),
    "loggamma": ((4e7,), lambda c, z: _log_gengamma(c, 1, mpmath.exp(z)) + z),
    "norminvgauss": ((800.0, 799.0), lambda a, b, z: _log_inverse_gaussian_mixture(a, b, z)),
    "jf_skew_t": ((8e6, 4e6), lambda a, b, z: _log_skew_t(a, b, z)),
    "genhyperbolic": ((427.0, 1.0625, -0.1875), lambda p, a, b, z: _log_hyperbolic(p, a, b, z)),
    "geninvgauss": (
        (-512.0, 0.21875),
        lambda p, b, z: (
            (p - 1) * mpmath.log(z) - b * (z + 1 / z) / 2 - mpmath.log(2) - _log_bessel_k(p, b)
        ),
    ),
    "gausshyper": ((56.875, 6.75, 11.75, 4.5), lambda a, b, c, w, z: _log_gauss(a, b, c, w, z)),
    "johnsonsu": (
        (512.0, 7936.0),
        lambda a, b, z: (
            mpmath.log(b * mpmath.npdf(a + b * mpmath.asinh(z))) - mpmath.log(1 + z * z) / 2
        ),
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_parts_that_cancel_where_shapes_are_large_are_in_the_blur(name):
    shapes, log_density = LARGE[name]
    law = as_law(getattr(ss, name)(*shapes))
    for x in law.ppf(np.array([0.01, 0.6, 0.9])).tolist():
        with mpmath.workdps(50):
            truth = float(log_density(*map(mpmath.mpf, (*shapes, x))))
        off = abs(float(law.log_prob([x])[0]) - truth)
        assert off <= law.blur * (1 + abs(truth)) < 1e-5


EXACT = {
    "rdist": (4e5, lambda c, z: (c / 2 - 1) * mpmath.log(1 - z * z) - _log_beta(0.5, c / 2)),
    "wrapcauchy": (
        1 - 2.0**-22,
        lambda c, z: mpmath.log(
            (1 - c * c) / (2 * mpmath.pi * (1 + c * c - 2 * c * mpmath.cos(z)))
        ),
    ),
    "genextreme": (-(2.0**-20), lambda c, z: _log_gev(c, z)),
    "genpareto": (-(2.0**-22), lambda c, z: -(1 + 1 / c) * mpmath.log(1 + c * z)),
}


@pytest.mark.parametrize("name", EXACT)
def test_parts_that_need_not_cancel_do_not(name):
    shape, log_density = EXACT[name]
    law = as_law(getattr(ss, name)(shape))
    for x in law.ppf(np.array([0.01, 0.3, 0.9])).tolist():
        with mpmath.workdps(50):
            truth = float(log_density(mpmath.mpf(shape), mpmath.mpf(x)))
        assert float(law.log_prob([x])[0]) == pytest.approx(truth, rel=4e-15, abs=4e-15)


@pytest.mark.parametrize(
    "given",
    [
        ss.genextreme(-0.003),  # c^{1/c} leaves the floats
        ss.geninvgauss(-512, 0.25),  # SciPy has neither quantiles nor moments
        ss.recipinvgauss(2e-4),
        ss.genhyperbolic(427, 1.0625, -0.1875),
        ss.truncweibull_min(1600, 0.25, 0.75),  # both powers underflow
        ss.truncpareto(-700, 1.5),
    ],
    ids=lambda given: given.dist.name,
)
def test_shapes_at_which_scipy_fails_are_placed_and_have_mass_one(given):
    law = as_law(given)
    found = divkit.divergence(law, as_law(given), "js", method="quadrature")
    assert abs(found.diagnostics["mass_p"] - 1) < 1e-9
    assert all(tail is None or tail.terms is not None for tail in law.tails)


def test_a_spline_that_takes_minutes_is_refused():
    with pytest.raises(ValueError, match="at most 1000 are taken"):
        as_law(ss.irwinhall(3000))


def _log_beta(a, b):
    return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)


def _log_gev(c, z):
    y = (1 - c * z) ** (1 / c)
    return (1 - c) * mpmath.log(y) - y


def _log_bessel_k(order, x):
    """By Arb: mpmath takes seconds."""
    with own_precision(300):
        ball = flint.arb(mpmath.nstr(x, 45)).bessel_k(flint.arb(mpmath.nstr(order, 45))).log()
        return mpmath.mpf(ball.str(40, radius=False))


def _log_hyperbolic(p, a, b, z):
    rate, r = mpmath.sqrt(a * a - b * b), mpmath.sqrt(1 + z * z)
    size = p * mpmath.log(rate / a) + mpmath.log(a / (2 * mpmath.pi)) / 2 - _log_bessel_k(p, rate)
    half = p - mpmath.mpf(1) / 2
    return size + b * z + half * mpmath.log(r) + _log_bessel_k(half, a * r)


def _log_gauss(a, b, c, w, z):
    size = _log_beta(a, b) + mpmath.log(mpmath.hyp2f1(c, a, a + b, -w))
    return (a - 1) * mpmath.log(z) + (b - 1) * mpmath.log(1 - z) - c * mpmath.log(1 + w * z) - size


def _log_beta_prime(a, b, z):
    size = mpmath.loggamma(a + b) - mpmath.loggamma(a) - mpmath.loggamma(b)
    return size + (a - 1) * mpmath.log(z) - (a + b) * mpmath.log(1 + z)


def _log_burr(rise, bend, fall, constant, z):
    return mpmath.log(constant) + rise * mpmath.log(z) - fall * mpmath.log(1 + z**bend)


def _log_gengamma(a, c, z):
    return mpmath.log(abs(c)) + (c * a - 1) * mpmath.log(z) - z**c - mpmath.loggamma(a)


def _log_skew_t(a, b, z):
    share = z / mpmath.sqrt(a + b + z * z)
    size = mpmath.loggamma(a + b) - mpmath.loggamma(a) - mpmath.loggamma(b)
    size -= (a + b - 1) * mpmath.log(2) + mpmath.log(a + b) / 2
    half = mpmath.mpf(1) / 2
    return size + (a + half) * mpmath.log(1 + share) + (b + half) * mpmath.log(1 - share)


def _log_inverse_gaussian_mixture(a, b, z):
    r = mpmath.sqrt(1 + z * z)
    bulk = mpmath.log(a / mpmath.pi) - mpmath.log(r) + mpmath.sqrt(a * a - b * b) + b * z
    return bulk + mpmath.log(mpmath.besselk(1, a * r))


@pytest.mark.parametrize(
    ("given", "c", "d"),
    [
        (ss.fisk(2), 2, 1.0),
        (ss.burr(3, 0.5, scale=2), 3, 0.5),
        (ss.mielke(2, 4, loc=-1), 4, 0.5),
    ],
    ids=lambda v: v.dist.name if hasattr(v, "dist") else str(v),
)
def test_tails_of_burrs_laws_keep_their_digits(given, c, d):
    """SciPy's 1 − F is 0 from 10⁸ on, where W1 had an error of 2; Mielke's F is 0 from 10⁷⁷ on."""
    law = as_law(given)
    with mpmath.workdps(200):
        for x in (0.5, 2.0, 1e9, 1e40):
            z = (mpmath.mpf(x) - law.loc) / law.scale
            below = (1 + z ** (-c)) ** (-mpmath.mpf(d))
            assert float(law.cdf(x)) == pytest.approx(float(below), rel=1e-13, abs=0)
            assert float(law.sf(x)) == pytest.approx(float(1 - below), rel=1e-12, abs=0)
    assert law.cdf(1e200) == 1.0
    assert divkit.divergence(law, ss.lognorm(1), "w1").error < 1e-9
