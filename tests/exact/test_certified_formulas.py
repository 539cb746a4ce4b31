"""Families in ball arithmetic by mpmath: densities, distribution functions, tails, enclosures."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
import scipy.stats as ss
import torch
from flint import arb, arb_series, ctx
from mp_formulas import DENSITIES, shapes_of
from mpmath import mpf

import divkit
from divkit.exact.balls.cut import Cut
from divkit.exact.balls.families import FORMULAS
from divkit.exact.balls.place import Place
from divkit.exact.capabilities import cdf, log_density, singular_ends
from divkit.exact.certified.tails import cost, mass

NAMES = sorted(FORMULAS)
STANDARD = ("kumaraswamy", "continuous_bernoulli")


def law_of(name, shapes, loc=0.0, scale=1.0):
    """The law, by the library that has the family."""
    if name in STANDARD:
        assert (loc, scale) == (0, 1)
    if name == "kumaraswamy":
        a, b = (torch.tensor(s, dtype=torch.float64) for s in shapes)
        return divkit.as_law(torch.distributions.Kumaraswamy(a, b))
    if name == "continuous_bernoulli":
        logits = torch.tensor(shapes[0], dtype=torch.float64)
        return divkit.as_law(torch.distributions.ContinuousBernoulli(logits=logits))
    return divkit.as_law(getattr(ss, name)(*shapes, loc=loc, scale=scale))


def placed(name, shapes, loc=0.25, scale=0.5):
    """A law off its standard place, where its library has others, and its density."""
    loc, scale = (0.0, 1.0) if name in STANDARD else (loc, scale)
    return law_of(name, shapes, loc, scale), density(name, shapes, loc, scale)


def density(name, shapes, loc, scale):
    inner = DENSITIES[name](*(mpf(s) for s in shapes))
    return lambda x: inner((x - mpf(loc)) / mpf(scale)) / mpf(scale)


def seeded(name):
    return np.random.default_rng(sum(map(ord, name)))


@pytest.fixture(autouse=True)
def precision():
    with ctx.workprec(160), mp.workdps(40):
        yield


def test_every_formula_has_a_truth():
    assert set(DENSITIES) == set(FORMULAS)


@pytest.mark.parametrize("name", NAMES)
def test_densities_contain_the_textbooks(name):
    for shapes in shapes_of(name, seeded(name), 3):
        law, truth = placed(name, shapes)
        for level in (1e-6, 0.1, 0.45, 0.8, 1 - 1e-9):
            x = float(law.ppf(np.array(level)))
            if x in (law.loc, law.loc + law.scale):  # a rounded quantile on an end
                continue
            place = Place(arb(x))
            ball = log_density(law, place)(place.point(arb(x)))
            value = mp.log(truth(mpf(x)))
            assert abs(mpf(ball.mid().str(45, radius=False)) - value) < mpf(10) ** -30 * (
                1 + abs(value)
            )
            assert float(ball.rad()) < 1e-25 * (1 + abs(float(value)))


@pytest.mark.parametrize("name", NAMES)
def test_densities_of_power_series_hold_the_textbooks_slope(name):
    law, truth = placed(name, next(iter(shapes_of(name, seeded(name), 1))))
    for level in (0.15, 0.85):
        x = float(law.ppf(np.array(level)))
        place = Place(arb(x))
        series = log_density(law, place)(place.point(arb_series([x, 1])))
        slope = mp.diff(lambda t: mp.log(truth(t)), mpf(x))
        found = mpf(series[1].mid().str(30, radius=False))
        assert abs(found - slope) < float(series[1].rad()) + mpf(10) ** -15 * (1 + abs(slope))


def on(law, function):
    """The integrand in z = (x − loc)/scale."""
    loc, scale = mpf(law.loc), mpf(law.scale)

    def value(z):
        with mp.workdps(34):
            x = loc + scale * z
            return scale * function(x)

    return value


def _ends(law):
    (((low, high),),) = law.support.boxes
    return low, high


@pytest.mark.parametrize("name", sorted(set(FORMULAS) - {"geninvgauss"}))
@pytest.mark.sweep(3)
def test_distribution_functions_are_integrals(name):
    for shapes in shapes_of(name, seeded(name), 1):
        law, truth = placed(name, shapes)
        low, high = (float(x) for x in law.ppf(np.array([0.3, 0.7])))
        cuts = [low, *(k for k in law.kinks if low < k < high), high]
        places = Place(arb(low)), Place(arb(high))
        inside = cdf(law, places[1].point(arb(high))) - cdf(law, places[0].point(arb(low)))
        with mp.workdps(25):
            value = mp.quad(truth, [mpf(c) for c in cuts])
        assert float(inside.mid()) == pytest.approx(float(value), rel=1e-14)
        assert float(inside.rad()) < 1e-25
        level = cdf(law, places[0].point(arb(low)))
        assert float(level.mid()) == pytest.approx(float(law.cdf(low)), rel=1e-7)


def _cuts(law):
    """Cuts of both tails, at several depths."""
    low, high = _ends(law)
    for level in (0.1, 1e-4):
        for side, end, u in ((-1, low, level), (1, high, 1 - level)):
            x = float(law.ppf(np.array(u)))
            if math.isinf(end):
                yield Cut(Place(arb(x)), arb(x), side), x, end
            elif end in singular_ends(law):
                distance = abs(arb(x) - end)
                place = Place(arb(x), end, -side)
                yield Cut(place, arb(x), side, end, distance), x, end


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.sweep(3)
def test_bounds_of_tails_are_above_them(name):
    for shapes in shapes_of(name, seeded(name), 1):
        law, truth = placed(name, shapes)
        (other,) = shapes_of(name, seeded(name + "?"), 1)
        q, other_truth = placed(name, other, scale=0.75)
        same = _ends(law) == _ends(q)

        def excess(x, truth=truth, other_truth=other_truth):
            p = truth(x)
            return p * max(mp.log(p / other_truth(x)), mpf(0)) if p > 0 else mpf(0)

        for cut, x, end in _cuts(law):
            on_axis = [(mpf(point) - law.loc) / law.scale for point in (x, end)]  # 0 is an end
            middle = [2 * on_axis[0]] if math.isinf(end) else []
            reach = sorted([*on_axis, *middle])
            with mp.workdps(20):
                exact = mp.quad(on(law, truth), reach)
            assert float(mass(law, cut)) >= float(exact) * (1 - 1e-9)
            if same and cost(law, q, cut).is_finite():
                with mp.workdps(20):
                    exact = mp.quad(on(law, excess), reach)
                assert float(cost(law, q, cut)) >= float(exact) * (1 - 1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_enclosures_of_js_hold_the_quadrature(name):
    drawn = [*shapes_of(name, seeded(name), 2), *shapes_of(name, seeded(name), 1)][:2]
    p, q = placed(name, drawn[0])[0], placed(name, drawn[1], scale=0.75)[0]
    for kind in ("js", "hellinger2"):
        proved = divkit.divergence(p, q, kind, method="certified")
        found = divkit.divergence(p, q, kind, method="quadrature")
        assert proved.kind == "enclosure" and proved.error < 1e-14
        assert abs(proved.value - found.value) <= proved.error + found.error


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (("weibull_min", (2.0,)), ("weibull_min", (1.5,))),
        (("halfnorm", ()), ("halfcauchy", ())),
        (("invgamma", (2.5,)), ("invgauss", (1.2,))),
        (("kumaraswamy", (2.0, 3.0)), ("johnsonsb", (0.5, 1.0))),
        (("skewnorm", (2.0,)), ("gennorm", (1.5,))),
        pytest.param(("johnsonsu", (1.0, 2.0)), ("skewnorm", (-1.0,)), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_enclosures_hold_the_integral_of_mpmath(p, q):
    first, second = density(*p, 0, 1), density(*q, 0, 1)
    low, high = (mpf(end) for end in _ends(law_of(*p)))

    def js(x):
        a, b = first(x), second(x)
        return sum(c * mp.log(2 * c / (a + b)) for c in (a, b) if c > 0) / 2

    def kl(x):
        a, b = first(x), second(x)
        return a * mp.log(a / b) if a > 0 else mpf(0)

    cuts = [low, *(mpf(x) for x in (0.25, 0.75)), high] if mp.isfinite(high) else None
    cuts = cuts or ([low, -2, 0, 2, high] if mp.isinf(low) else [low, 0.5, 2, 6, 40, high])
    for kind, integrand in (("js", js), ("kl", kl)):
        proved = divkit.divergence(law_of(*p), law_of(*q), kind, method="certified", digits=18)
        with mp.workdps(30):
            value = mp.quad(integrand, cuts)
        lower, upper = mpf(proved.diagnostics["lower"]), mpf(proved.diagnostics["upper"])
        assert lower - mpf(10) ** -17 <= value <= upper + mpf(10) ** -17


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (ss.gumbel_l(0.5, 2), ss.norm(0, 1)),
        (ss.expon(0.25), ss.gamma(2)),
        (ss.beta(2, 3, loc=-1, scale=2), ss.uniform(-1, 2)),
    ],
    ids=["gumbel_l", "expon", "beta"],
)
def test_affine_images_have_what_their_base_has(p, q):
    for kind in ("js", "tv"):
        proved = divkit.divergence(p, q, kind, method="certified")
        found = divkit.divergence(p, q, kind, method="quadrature")
        assert abs(proved.value - found.value) <= proved.error + found.error


def test_an_end_that_is_no_float_is_refused():
    with pytest.raises(
        ValueError, match=r"0.30000000000000004 when rounded, is no float.*estimated"
    ):
        divkit.divergence(ss.triang(0.5, 0.1, 0.2), ss.uniform(0.1, 0.2), method="certified")


@pytest.mark.parametrize(
    ("law", "said"),
    [
        (ss.nct(5, 1), "'nct': without method='certified'"),
        (ss.levy_stable(1.5, 0), "Stable: without method='certified'"),
        (ss.genextreme(0.2), "5.0 when rounded, is no float"),
    ],
    ids=["nct", "stable", "gev"],
)
def test_a_refusal_to_enclose_names_a_way_out(law, said):
    with pytest.raises(ValueError, match=said):
        divkit.divergence(law, ss.norm(0, 1), "js", method="certified")
    assert divkit.divergence(law, ss.norm(0, 1), "js").error < 1e-9


def test_the_end_of_a_gev_law_may_be_put_at_zero():
    moved = ss.genextreme(-0.25, 4.0, 1.0), ss.genextreme(-0.25, 4.5, 1.0)
    found = divkit.divergence(*moved, "js", method="certified")
    assert abs(found.value - divkit.divergence(*moved, "js").value) < 1e-9
