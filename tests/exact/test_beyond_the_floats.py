"""Integrals beyond the floats: in closed form, priced, or said to be missing."""

import dataclasses
import math

import mpmath as mp
import pytest

import divkit
from divkit.exact.ipm import line
from divkit.exact.method import at_least, widened
from divkit.results import Result

NORMAL = "normal(0, 1)"


def student_w1(df):
    """E|T| − E|Z|: the tails of t lie outside those of the normal law."""
    with mp.workdps(40):
        nu = mp.mpf(df)
        size = 2 * mp.sqrt(nu) * mp.gamma((nu + 1) / 2)
        size /= mp.sqrt(mp.pi) * (nu - 1) * mp.gamma(nu / 2)
        return size - mp.sqrt(2 / mp.pi)


@pytest.mark.parametrize("df", [1.0000001, 1.00019, 1.001, 1.02, 1.2, 1.9])
def test_student_near_an_infinite_mean(df):
    for pair in ((NORMAL, f"student({df!r})"), (f"student({df!r})", NORMAL)):
        found = divkit.divergence(*pair, "w1")
        assert abs(mp.mpf(found.value) - student_w1(df)) <= found.error
        assert found.error <= 1e-8 * found.value / (df - 1)
        assert found.one_sided is None and not found.warnings


def of_powers(a, b, scale, order):
    """Order · ∫ |S − T|^order from 1 on, S = x^−a, T = (x/scale)^−b, 1 below `scale` ≥ 1."""
    with mp.workdps(50):
        a, b, c = mp.mpf(a), mp.mpf(b), mp.mpf(scale)
        weight = c**b

        def rest(x):
            if order == 1:
                return x ** (1 - a) / (a - 1) - weight * x ** (1 - b) / (b - 1)
            return (
                x ** (1 - 2 * a) / (2 * a - 1)
                - 2 * weight * x ** (1 - a - b) / (a + b - 1)
                + weight**2 * x ** (1 - 2 * b) / (2 * b - 1)
            )

        if order == 2:
            near = (c - 1) - 2 * (c ** (1 - a) - 1) / (1 - a)
            return 2 * (near + (c ** (1 - 2 * a) - 1) / (1 - 2 * a) + rest(c))
        crossing = weight ** (1 / (b - a))  # T is above S up to here
        near = (c - 1) - (c ** (1 - a) - 1) / (1 - a)
        return near + abs(rest(c) - rest(crossing)) + abs(rest(crossing))


@pytest.mark.parametrize(
    ("a", "b", "scale", "kind"),
    [
        (1.001, 1.002, 2.0, "w1"),  # the tails cross at 3e301
        (1.0005, 1.002, 2.0, "w1"),
        (1.001, 1.1, 1.5, "w1"),
        (0.5005, 0.7, 2.0, "energy"),
        (0.501, 0.502, 2.0, "energy"),
    ],
)
def test_two_powers(a, b, scale, kind):
    found = divkit.divergence(f"pareto({a}, 1)", f"pareto({b}, {scale})", kind)
    truth = of_powers(a, b, scale, 1 if kind == "w1" else 2)
    assert abs(mp.mpf(found.value) - truth) <= found.error < 1e-6 * found.value


def test_a_tail_that_is_not_known_makes_a_limit(monkeypatch):
    monkeypatch.setattr(line, "beyond", lambda *_: None)
    found = divkit.divergence(NORMAL, "student(1.001)", "w1")
    assert found.one_sided == "lower" and found.error == math.inf and found.warnings
    assert 317 < found.interval[0] < student_w1(1.001) and found.interval[1] == math.inf
    assert "at least 317" in str(found)


def over_logs(p, q, g):
    """2 ∫ g(p, q) dx over (0, ∞) of symmetric densities, in log x."""
    with mp.workdps(25):
        edges = [-60, -10, 0, 10, 50, 200, 700, 2000, 5000, 20000]
        return 2 * mp.quad(lambda t: g(p(mp.e**t), q(mp.e**t)) * mp.e**t, edges)


def student(df):
    nu = mp.mpf(df)
    c = mp.gamma((nu + 1) / 2) / (mp.sqrt(nu * mp.pi) * mp.gamma(nu / 2))
    return lambda x: c * (1 + x * x / nu) ** (-(nu + 1) / 2)


def test_unbounded_divergences_are_limits_from_below():
    found = divkit.kl_divergence("student(0.01)", "student(0.02)")
    truth = over_logs(student(0.01), student(0.02), lambda p, q: p * mp.log(p / q))
    assert found.one_sided == "lower" and found.error == math.inf
    assert 0.9 * truth < found.interval[0] <= truth
    base = divkit.divergence("student(0.02)", "student(0.0101)", "chi2")
    log = divkit.divergence("student(0.02)", "student(0.0101)", "renyi(2)")
    assert log.one_sided == "lower"
    assert log.interval[0] == pytest.approx(math.log1p(base.interval[0]), rel=0.02)


def test_bounded_divergences_are_priced():
    def js(p, q):
        return (p * mp.log(2 * p / (p + q)) + q * mp.log(2 * q / (p + q))) / 2

    found = divkit.js_divergence("student(0.01)", "student(0.02)")
    truth = over_logs(student(0.01), student(0.02), js)
    assert found.one_sided is None and not found.warnings
    assert abs(found.value - truth) <= found.error < 0.01


def test_a_density_that_lacks_mass_has_the_range_of_values():
    def short(x):
        return 0.398942 * math.e ** (-x * x / 2)

    found = divkit.kl_divergence(short, "normal(5, 1)")
    assert found.error == math.inf and found.interval == (0.0, math.inf)


@pytest.mark.parametrize("kind", ["kl", "chi2"])
def test_a_factor_from_below_makes_a_product_from_below(kind):
    pair = ("student(0.02)", "student(0.0101)")
    one = divkit.divergence(*pair, kind)
    p, q = (f"product({law}, laplace({at}, 1))" for at, law in enumerate(pair))
    other = divkit.divergence("laplace(0, 1)", "laplace(1, 1)", kind)
    whole = divkit.divergence(p, q, kind, method="auto")
    assert whole.one_sided == one.one_sided == "lower"
    low, more = one.interval[0], other.value
    wanted = low + more if kind == "kl" else (1 + low) * (1 + more) - 1
    assert whole.interval[0] == pytest.approx(wanted, rel=1e-3)


def test_words_on_ends():
    found = Result.exact(1.0, 0.1, "quadrature", "by hand")
    limit = at_least(dataclasses.replace(found, warnings=("cut",)), -0.5, (0.0, 2.0))
    assert limit.interval == (0.0, 2.0) and limit.one_sided == "lower"
    assert widened(found, 0.5).interval == pytest.approx((0.4, 1.6))
    cut = divkit.divergence(NORMAL, "geometric(0.1)", "w1")  # the sum ends where little is left
    assert cut.error > 1e-13
    assert cut.interval == pytest.approx(
        (cut.value - cut.error, cut.value + cut.error), rel=1e-15, abs=0
    )
