"""The adaptive rule on the line: exact where it must be, honest where it cannot be."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
import torch

from divkit.distributions.callable.custom import law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import Pareto
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.divergences import (
    BHATTACHARYYA,
    GAN,
    HELLINGER2,
    JS,
    JS_DISTANCE,
    KL,
    PEARSON,
    REVERSE_KL,
    TV,
    W1,
    alpha,
    renyi,
    weighted_js,
)
from divkit.exact.closed_form.method import ClosedForm
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.fields import log_error, of_divergence
from divkit.exact.quadrature.method import Quadrature
from divkit.exact.quadrature.pair import PairField
from divkit.exact.quadrature.panels import FAR, join, layout
from divkit.exact.quadrature.push import Nodes
from divkit.exact.quadrature.refine import Limits, refine
from divkit.exact.quadrature.rule import SMOOTH

N = Normal
QUAD = Quadrature()
JS_UNIT = "0.1114214821847361797172"  # N(0,1) against N(1,1), to 22 digits


def check(result, truth, loosest=1e-13) -> None:
    with mpmath.workdps(40):
        error = abs(mpmath.mpf(result.value) - mpmath.mpf(truth))
        assert error <= result.error
        assert result.error <= loosest * max(1, abs(mpmath.mpf(truth)))


def test_both_rules_integrate_their_polynomials():
    nodes, weights = SMOOTH
    for degree in range(32):
        truth = 2 / (degree + 1) if degree % 2 == 0 else 0.0
        kronrod, gauss = nodes**degree @ weights
        assert kronrod == pytest.approx(truth, abs=2e-15)
        if degree < 20:
            assert gauss == pytest.approx(truth, abs=2e-15)
    assert abs(nodes**20 @ weights[:, 1] - 2 / 21) > 1e-7  # and no more than that


@pytest.mark.parametrize(
    "laws",
    [
        (N(0, 1), N(1000, 1e-2)),
        (N(1e4, 1e-3), Cauchy(-5, 1e3)),
        (Beta(0.5, 0.5), Exponential(1)),
        (mixture((0.999, 0.001), (N(0, 1), N(1e4, 1e-3))), Laplace(3, 1)),
        (N(0, 1e200), N(1e200, 1e200)),
        (N(0, 1e-200), Uniform(-1e-200, 1e-199)),
    ],
    ids=str,
)
def test_panels_cover_the_line_once(laws):
    first = layout(laws)
    ends = first.panels.offsets(np.array([-1.0, 1.0]))
    assert (first.panels.half > 0).all()
    low, high = np.minimum(*ends.T), np.maximum(*ends.T)
    for k in range(len(first.anchors)):
        mine = first.panels.anchor == k
        order = np.argsort(low[mine])
        a, b = low[mine][order], high[mine][order]
        assert np.allclose(a[1:], b[:-1], rtol=1e-12, atol=0.0)
    if all(law.support.boxes == (((-math.inf, math.inf),),) for law in laws):
        assert low.min() == pytest.approx(-FAR, rel=1e-6)
        assert high.max() == pytest.approx(FAR, rel=1e-6)


@pytest.mark.parametrize("cuts", [(0.3,), (0.3, 0.0), (0.3, 0.3)])
def test_splitting_keeps_the_interval(cuts):
    panels = layout((Beta(0.5, 0.5), Cauchy(0, 1))).panels
    places = np.repeat(np.array(cuts)[:, None], len(panels), axis=1)
    pieces = panels.split(places, layout((Beta(0.5, 0.5),)).nearest)
    assert (pieces.half > 0).all()  # no empty piece where two places are one
    for row in (panels, pieces):
        ends = row.offsets(np.array([-1.0, 1.0]))
        size = np.abs(ends[:, 1] - ends[:, 0])[row.anchor == 0]
        finite = size[size < 1e10]
        total = finite.sum()
    whole = np.abs(np.diff(panels.offsets(np.array([-1.0, 1.0])), axis=1))[panels.anchor == 0]
    assert total == pytest.approx(whole[whole < 1e10].sum(), rel=1e-9)


def test_needles():
    log2 = str(mpmath.log(2))
    for q in (N(50, 0.01), N(1000, 0.01), N(1e8, 1e-6)):
        check(QUAD(N(0, 1), q, JS), log2, 1e-14)
        assert abs(QUAD(N(0, 1), q, JS).value - math.log(2)) <= 1e-15
    with mpmath.workdps(40):
        s = mpmath.mpf(0.01)
        truth = mpmath.log(1 / s) + (s**2 + 2500) / 2 - mpmath.mpf(1) / 2
        check(QUAD(N(50, 0.01), N(0, 1), KL), truth)


def test_needle_inside_a_mixture():
    p = mixture((0.999, 0.001), (N(0, 1), N(1e4, 1e-3)))
    got = QUAD(p, N(0, 1e3), TV)
    cut = ClosedForm()(N(0, 1), N(0, 1e3), TV).value
    assert 0.99 < got.value < 1
    assert got.error < 1e-13
    # p's needle and its plain bump are apart from each other: TV = ∫(p − q)⁺ adds over them
    with mpmath.workdps(30):
        x = mpmath.sqrt(
            2 * mpmath.log(999) / (1 - mpmath.mpf(10) ** -6)
        )  # 0.999 N(0,1) = N(0,1e3)
        bump = 0.999 * mpmath.erf(x / mpmath.sqrt(2)) - mpmath.erf(x / 1000 / mpmath.sqrt(2))
        height = mpmath.npdf(10, 0, 1) / 1000
        y = mpmath.sqrt(-2 * mpmath.log(height * mpmath.sqrt(2 * mpmath.pi)))
        needle = 0.001 * mpmath.erf(y / mpmath.sqrt(2)) - 2 * y * mpmath.mpf(10) ** -3 * height
    assert got.value == pytest.approx(float(bump + needle), abs=1e-7)
    assert got.value == pytest.approx(cut * 0.999 + 0.001, abs=1e-2)


def test_nearly_equal_laws():
    for shift in (1e-3, 1e-6, 1e-8):
        got = QUAD(N(0, 1), N(shift, 1), JS)
        truth = shift**2 / 8 * (1 - shift**2 / 8)
        assert abs(got.value - truth) <= got.error + shift**4
        assert got.error <= 1e-6 * truth
        assert QUAD(N(0, 1), N(shift, 1), KL).value == pytest.approx(shift**2 / 2, rel=1e-6)


@pytest.mark.parametrize("exponent", [-830, -66, -10, 66, 664])
def test_every_scale_is_the_same(exponent):
    scale = 2.0**exponent
    check(QUAD(N(0, scale), N(scale, scale), JS), JS_UNIT, 1e-12)
    check(QUAD(N(1e4 * scale, scale), N(1e4 * scale + scale, scale), JS), JS_UNIT, 1e-12)


def test_offset_of_a_narrow_law():
    """An anchor at the mode keeps the digits that x = 1e4 + 1e-8 loses."""
    p, q = N(1e4, 1e-3), N(1e4 + 2.0**-10, 1e-3)
    check(QUAD(p, q, KL), ClosedForm()(p, q, KL).value, 1e-12)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (Beta(0.1, 0.2), Beta(0.3, 0.15)),
        (Beta(0.02, 3), Beta(0.03, 2)),
        (Gamma(0.05, 1), Gamma(0.2, 3)),
        (Beta(300, 0.4), Beta(200, 0.5)),
        (Pareto(0.5, 1), Pareto(0.2, 1)),
    ],
    ids=str,
)
def test_singular_ends_and_heavy_tails(p, q):
    for row in (KL, HELLINGER2):
        truth = ClosedForm()(p, q, row)
        got = QUAD(p, q, row)
        assert abs(got.value - truth.value) <= got.error + truth.error
        assert got.error <= 1e-3 * truth.value


def test_extreme_affinities_keep_their_logarithm():
    cases = [
        (N(0, 1), N(50, 1), BHATTACHARYYA, 312.5),
        (N(0, 1e-3), N(1000, 1e-3), BHATTACHARYYA, 1.25e11),
        (N(0, 1), N(50, 1), renyi(2), 2500.0),
        (N(0, 1), N(1e-6, 1), renyi(0.5), None),
        (Laplace(0, 1), Laplace(3000, 1), BHATTACHARYYA, 1500 - math.log1p(1500)),
    ]
    for p, q, row, truth in cases:
        exact = ClosedForm()(p, q, row)
        got = QUAD(p, q, row)
        assert abs(got.value - exact.value) <= got.error + exact.error
        assert got.error <= 1e-6 * exact.value
        if truth is not None:
            assert exact.value == pytest.approx(truth, rel=1e-15)


def test_a_chi_square_beyond_the_floats_is_said_to_be():
    result = QUAD(N(0, 1), N(5, 0.71), PEARSON)
    assert (result.value, result.error) == (math.inf, math.inf)
    assert QUAD(N(0, 1), N(5, 0.71), renyi(2)).value == pytest.approx(
        ClosedForm()(N(0, 1), N(5, 0.71), renyi(2)).value, rel=1e-12
    )


def tangent(depth: float):
    """q = 1 + c[(x − a)² − depth²](x − b) on [0, 1] with ∫q = 1, and ½∫|q − 1|."""
    a, scale = 0.37, 0.5
    with mpmath.workdps(50):
        base = lambda x: (x - mpmath.mpf(a)) ** 2 - mpmath.mpf(depth) ** 2  # noqa: E731
        b = mpmath.quad(lambda x: x * base(x), [0, 1]) / mpmath.quad(base, [0, 1])
        roots = sorted([mpmath.mpf(a) - depth, mpmath.mpf(a) + depth, b])
        h = lambda x: scale * base(x) * (x - b)  # noqa: E731
        cuts = [0, *roots, 1]
        truth = sum(abs(mpmath.quad(h, [u, v])) for u, v in itertools.pairwise(cuts)) / 2
        b_float = float(b)

    def density(x):
        return 1 + scale * ((x - a) ** 2 - depth**2) * (x - b_float)

    return law(density=density, support=(0, 1)), truth


@pytest.mark.sweep(3)
@pytest.mark.parametrize("depth", [0.0, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2])
def test_total_variation_sees_two_crossings_between_nodes(depth):
    q, truth = tangent(depth)
    got = QUAD(Uniform(0, 1), q, TV)
    assert abs(got.value - truth) <= got.error + 1e-17
    assert got.error <= 1e-13


def test_total_variation_finds_crossings_next_to_panel_ends():
    """The crossing of N(0,1) and N(μ,1) is μ/2: walk it across a breakpoint in small steps."""
    for mu in (16.0, 16.0 + 1e-9, 16.0 + 1e-6, 16.01, 4.0 - 1e-7, 8.0 + 1e-4, 2.0 - 1e-12):
        with mpmath.workdps(40):
            truth = mpmath.erf(mpmath.mpf(mu) / (2 * mpmath.sqrt(2)))
        check(QUAD(N(0, 1), N(mu, 1), TV), truth, 1e-14)


def test_gan_value_is_integrated_by_its_definition():
    p, q = mixture((0.3, 0.7), (N(-2, 0.5), N(1, 1))), Logistic(0, 1)
    value, js = QUAD.gan_value(p, q), QUAD(p, q, JS)
    assert value.name == "gan value"
    assert (
        abs(value.value - (2 * js.value - 2 * math.log(2))) <= value.error + 2 * js.error + 1e-16
    )
    assert abs(QUAD(p, q, GAN).value - value.value) <= 2 * value.error


def test_transforms_carry_the_error():
    base, root = QUAD(N(0, 1), N(1, 1), JS), QUAD(N(0, 1), N(1, 1), JS_DISTANCE)
    assert root.value == math.sqrt(base.value)
    assert root.error >= base.error / (2 * root.value)
    assert root.interval[0] <= math.sqrt(float(JS_UNIT)) <= root.interval[1]


def test_limits_of_families():
    p, q = N(0, 1), Laplace(0.5, 1)
    half = QUAD(p, q, weighted_js(0.5))
    assert abs(half.value - QUAD(p, q, JS).value) <= 2 * half.error
    near_kl = QUAD(p, q, alpha(1 + 1e-9))
    assert near_kl.value == pytest.approx(QUAD(p, q, KL).value, rel=1e-7)


@pytest.mark.parametrize(
    "row", [JS, KL, REVERSE_KL, HELLINGER2, PEARSON, alpha(0.3), weighted_js(0.2), TV], ids=repr
)
def test_sensitivities_are_the_derivatives(row):
    """∂g/∂log p and ∂g/∂log q of PairField against central differences."""
    integrand, step = of_divergence(row), 1e-5
    lp = torch.tensor([[-1.0, -0.5, -3.0, -2.0]], dtype=torch.float64)
    lq = torch.tensor([[-1.2, -2.5, -0.2, -1.0]], dtype=torch.float64)
    by_p, by_q = integrand.push(Nodes(lp, lq), integrand.value(lp, lq))
    slope_p = (integrand.value(lp + step, lq) - integrand.value(lp - step, lq)) / (2 * step)
    slope_q = (integrand.value(lp, lq + step) - integrand.value(lp, lq - step)) / (2 * step)
    assert torch.allclose(by_p, slope_p, rtol=1e-6, atol=1e-9)
    assert torch.allclose(by_q, slope_q, rtol=1e-6, atol=1e-9)


def test_rounding_of_log_densities_is_bounded():
    """Against the same density in mpmath at the exact points."""
    p = N(1e4, 1e-3)
    offset = torch.linspace(-5e-3, 5e-3, 21, dtype=torch.float64)[None]
    got, bound = (
        p.log_prob_at(1e4, offset),
        log_error(p, p.log_prob_at(1e4, offset), 1e4, offset),
    )
    with mpmath.workdps(40):
        for x, value, most in zip(
            offset[0].tolist(), got[0].tolist(), bound[0].tolist(), strict=True
        ):
            z = mpmath.mpf(x) / mpmath.mpf(1e-3)
            truth = -z * z / 2 - mpmath.log(mpmath.mpf(1e-3) * mpmath.sqrt(2 * mpmath.pi))
            assert abs(mpmath.mpf(value) - truth) <= most
    assert float(bound.max()) < 1e-13


def test_rounding_of_a_doubly_exponential_density_is_charged():
    """log p = −e^{−z} at z = −490 has z's rounding in its exponent; q's share of g vanishes."""
    gumbel, normal = Gumbel(126.6010059934554, 0.30890380967180653), N(-24.94877750579814, 0.2946)
    got = QUAD(gumbel, normal, REVERSE_KL)
    with mpmath.workdps(60):
        m, s = (mpmath.mpf(x) for x in (gumbel.loc, gumbel.scale))
        a, t = (mpmath.mpf(x) for x in (normal.loc, normal.scale))
        tilt = mpmath.exp(-(a - m) / s + (t / s) ** 2 / 2)
        entropy = -mpmath.log(t * mpmath.sqrt(2 * mpmath.pi)) - mpmath.mpf(1) / 2
        truth = entropy + mpmath.log(s) + (a - m) / s + tilt
        assert abs(mpmath.mpf(got.value) - truth) <= got.error
    assert got.error <= 1e-9 * got.value


def test_masses_are_resolved_where_the_value_overflows():
    p = mixture((0.999, 0.001), (Beta(1.8, 0.36), N(-5.18, 0.001)))
    got = QUAD(p, N(0.83, 0.075), PEARSON)
    assert got.value == math.inf
    assert got.diagnostics["mass_p"] == pytest.approx(1, abs=1e-10)


def test_a_law_that_rounds_its_argument_gets_a_larger_error():
    shift = 1e4

    def log_density(x):
        return -0.5 * ((x - shift) / 1e-3) ** 2 - math.log(1e-3 * math.sqrt(2 * math.pi))

    rounded = law(log_density, features=[(shift, 1e-3)])
    q = N(shift + 2.0**-10, 1e-3)
    got = QUAD(rounded, q, KL)
    truth = ClosedForm()(N(shift, 1e-3), q, KL)
    assert abs(got.value - truth.value) <= got.error
    assert got.error > 10 * QUAD(N(shift, 1e-3), q, KL).error
    assert got.error < 1e-8


def test_a_limit_of_refinement_is_not_hidden():
    got = Quadrature(rounds=0)(N(0, 1), StudentT(3, 0.1, 0.5), TV)
    truth = QUAD(N(0, 1), StudentT(3, 0.1, 0.5), TV)
    assert "not converged" in got.warnings[0]
    assert abs(got.value - truth.value) <= got.error + truth.error
    assert truth.warnings == ()


def test_field_rows_are_what_they_say():
    field = PairField(N(0, 1), N(1, 2), (of_divergence(KL),))
    values = field(0.0, torch.linspace(-2, 2, 21, dtype=torch.float64)[None])
    x = np.linspace(-2, 2, 21)
    assert np.allclose(values.integrands[1, 0], np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi))
    assert (values.noise[0] > 0).all()
    assert values.sign is None


def test_not_applicable():
    with pytest.raises(NotApplicableError, match="densities on the line"):
        QUAD(mixture((1.0,), (N(),)), law(lambda x: -(x**2).sum(1), dim=2), KL)
    with pytest.raises(NotApplicableError, match="f-divergences"):
        QUAD(N(), N(1, 1), W1)


def test_what_is_known_of_panels_is_picked_and_joined_with_them():
    p, q = Normal(0, 1), Normal(5, 0.1)
    first = layout((p, q))
    sums = refine(PairField(p, q, (of_divergence(JS),)), first, Limits()).sums
    odd = np.arange(len(sums.panels)) % 2 == 1
    again = join([sums.take(odd), sums.take(~odd)])
    assert (np.diff(again.panels.anchor) >= 0).all()
    for name in ("integral", "error", "noise", "spill", "cut"):
        before, after = getattr(sums, name), getattr(again, name)
        assert before.shape == after.shape
        assert (np.sort(before) == np.sort(after)).all()
    place = {(a, m): v for a, m, v in _rows(sums)}
    assert all(place[a, m] == v for a, m, v in _rows(again))


def _rows(sums):
    panels = sums.panels
    return zip(
        panels.anchor.tolist(), panels.middle.tolist(), sums.integral[0].tolist(), strict=True
    )
