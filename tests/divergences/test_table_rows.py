"""Every row of the table against f alone: conjugates by maximisation, limits by limits."""

from __future__ import annotations

import math

import mp_rows
import mpmath
import pytest
import torch
from mpmath import mpf

from divkit.divergences import table

EPS = 2.0**-52
PAIRS = mp_rows.every_row()
IDS = [row.name for row, _ in PAIRS]
RATIOS = (1e-3, 0.02, 0.4, 0.9, 1.3, 3.0, 40.0, 1e3)

every_row = pytest.mark.parametrize(("row", "twin"), PAIRS, ids=IDS)


def tensor(value: float) -> torch.Tensor:
    return torch.tensor([value], dtype=torch.float64)


def close(got: float, truth: mpf, allowed: float) -> bool:
    return abs(mpf(got) - truth) <= allowed


def far_value(g) -> float:
    """lim g(v) as v → ∞: inf if g still grows between 1e18 and 1e20."""
    with mpmath.workdps(80):
        near, far = g(mpf(10) ** 18), g(mpf(10) ** 20)
        return math.inf if abs(far) > 2 * abs(near) + 1 else float(far)


@every_row
def test_f_and_its_derivative_are_those_of_the_paper(row, twin):
    for ratio in RATIOS:
        u = mpf(ratio)
        with mpmath.workdps(60):
            f, prime = twin.f(u), twin.prime(u)
            scale = 1 + abs(u * prime) + abs(f) + abs(u * mpmath.log(u))
            assert close(float(row.f(tensor(ratio))), f, 40 * EPS * scale)
            assert close(float(row.prime(tensor(ratio))), prime, 40 * EPS * scale * (1 + 1 / u))


@pytest.mark.sweep(4)
@every_row
def test_the_conjugate_is_the_supremum_over_ratios(row, twin):
    """f*(t) = sup over u > 0 of t u − f(u), at slopes that f has; its derivative there is u."""
    for ratio in RATIOS:
        t = float(twin.prime(mpf(ratio)))
        truth = twin.conjugate(mpf(t))
        allowed = 1e-12 * (1 + abs(float(truth)) + ratio * abs(t))
        assert close(float(row.conjugate(tensor(t))), truth, allowed)


@every_row
def test_the_conjugate_is_constant_before_the_slopes_of_f_and_infinite_after(row, twin):
    first, last = far_value(lambda v: twin.prime(mpmath.exp(-v))), row_last_slope(row)
    if math.isfinite(first):
        before = tensor(first - 3.0)
        assert float(row.conjugate(before)) == pytest.approx(-f_at_zero(row), rel=1e-12)
    if math.isfinite(last):
        assert float(row.conjugate(tensor(last + 1e-3 * abs(last) + 1e-12))) == math.inf


def f_at_zero(row) -> float:
    return row.at_zero + row.at_one - row.prime_at_one


def row_last_slope(row) -> float:
    return row.slope_at_infinity + row.prime_at_one


@every_row
def test_fenchel_is_tight(row, twin):
    """sup over t of t u − f*(t) = f(u), found by search over slopes, attained at t = f'(u)."""
    for ratio in (0.05, 0.7, 1.6, 12.0):
        u = torch.linspace(
            math.log(ratio) - 2, math.log(ratio) + 2, 2001, dtype=torch.float64
        ).exp()
        slopes = row.prime(u)
        gains = slopes * ratio - row.conjugate(slopes)
        f = float(row.f(tensor(ratio)))
        scale = (
            1
            + abs(f)
            + ratio * float(slopes.abs().max())
            + float(row.conjugate(slopes).abs().max())
        )
        assert float(gains.max()) <= f + 1e-12 * scale
        assert float(gains[1000]) == pytest.approx(f, abs=1e-12 * scale)
        assert float(gains.max()) == pytest.approx(f, abs=1e-12 * scale)


@every_row
def test_the_dual_pair_of_a_logit(row, twin):
    """witness(l) = f'(e^l), conjugate_at(l) = f*(f'(e^l)) = e^l f'(e^l) − f(e^l)."""
    for ratio in RATIOS:
        l = math.log(ratio)
        with mpmath.workdps(60):
            u = mpmath.exp(mpf(l))
            prime = twin.prime(u)
            dual = u * prime - twin.f(u)
            scale = 1 + abs(prime) + abs(dual)
            power = 1 + 30 * (row.order is not None)
            assert close(float(row.witness(tensor(l))), prime, 40 * power * EPS * scale)
            assert close(float(row.conjugate_at(tensor(l))), dual, 40 * power * EPS * scale)


@every_row
def test_the_output_map_keeps_to_the_conjugate_s_domain(row, twin):
    """g_f takes any network output into the domain of f*, increases, and reaches f'(1).

    On the domain f*(t) ≥ t − f(1), which no NaN fulfils.
    """
    v = torch.linspace(-80, 80, 641, dtype=torch.float64)
    t = row.output(v)
    assert bool((t.diff() >= 0).all())
    assert bool((t <= row_last_slope(row)).all())
    assert bool((row.conjugate(t) >= t - float(row.f(tensor(1.0))) - 1e-12 * (1 + t.abs())).all())
    low, high = row.output(tensor(-1e17)), row.output(tensor(1e17))
    assert float(low) < row.prime_at_one <= float(high)


@every_row
def test_limits_curvature_and_upper_value(row, twin):
    with mpmath.workdps(80):
        f1, slope1 = twin.f(mpf(1)), (mpf(0) if row.name == "tv" else twin.prime(mpf(1)))
        at_zero = far_value(lambda v: twin.f(mpmath.exp(-v)) - f1 + slope1)
        at_infinity = far_value(lambda v: twin.f(mpmath.exp(v)) / mpmath.exp(v) - slope1)
        assert float(f1) == pytest.approx(row.at_one, abs=1e-15)
        assert float(slope1) == pytest.approx(row.prime_at_one, abs=1e-15)
    assert row.at_zero == pytest.approx(at_zero, rel=1e-10)
    assert row.slope_at_infinity == pytest.approx(at_infinity, rel=1e-10)
    assert row.upper == pytest.approx(row.at_one + at_zero + at_infinity, rel=1e-10)
    if row.name != "tv":
        with mpmath.workdps(120):
            curvature = float(mpmath.diff(twin.f, mpf(1), 2))
        assert row.curvature == pytest.approx(curvature, rel=1e-10)
    else:
        assert row.curvature == math.inf


@every_row
def test_symmetry_is_stated_rightly(row, twin):
    """D is symmetric iff u f(1/u) and f differ by a multiple of u − 1 only."""
    with mpmath.workdps(60):
        gaps = [
            (u * twin.f(1 / u) - twin.f(u)) / (u - 1) for u in map(mpf, ("0.1", "0.5", "3", "20"))
        ]
        spread = max(abs(gap - gaps[0]) for gap in gaps)
    assert row.symmetric == (spread < mpf(10) ** -50)


@every_row
def test_the_affinity_form_of_a_power_divergence(row, twin):
    """Where `order` is given, f(u) is factor·(u^order − 1) but for a multiple of u − 1."""
    if row.order is None:
        return
    with mpmath.workdps(60):
        order, gain = mpf(row.order), mpf(row.factor)
        rest = [
            (twin.f(u) - gain * (u**order - 1)) / (u - 1) for u in map(mpf, ("0.1", "0.5", "3"))
        ]
        size = abs(gain) * mpmath.mpf("0.1") ** min(order, 0) + abs(gain) * 3 ** max(order, 0)
        assert max(abs(r - rest[0]) for r in rest) <= 100 * EPS * (1 + size)


def random_logs(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(3 * torch.randn(2, 500, dtype=torch.float64, generator=generator))


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return bool(torch.isclose(a, b, rtol=1e-13, atol=0).all())


def test_members_of_the_families_that_have_names():
    lp, lq = random_logs(0)
    assert same(table.alpha(0.5).integrand(lp, lq), 4 * table.HELLINGER2.integrand(lp, lq))
    assert same(table.alpha(2.0).integrand(lp, lq), 0.5 * table.PEARSON.integrand(lp, lq))
    assert same(table.alpha(-1.0).integrand(lp, lq), 0.5 * table.NEYMAN.integrand(lp, lq))
    assert same(table.weighted_js(0.5).integrand(lp, lq), table.JS.integrand(lp, lq))
    assert same(table.JS_FGAN.integrand(lp, lq), 2 * table.JS.integrand(lp, lq))
    assert same(table.SQUARED_HELLINGER.integrand(lp, lq), 2 * table.HELLINGER2.integrand(lp, lq))
    both = table.KL.integrand(lp, lq) + table.REVERSE_KL.integrand(lp, lq)
    assert same(table.JEFFREYS.integrand(lp, lq), both)


@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-12])
def test_alpha_goes_over_into_kl_at_both_ends(step):
    """The α-divergence's integrand differs from KL's by a term of first order in the step."""
    lp, lq = random_logs(1)
    for order, limit in ((1 - step, table.KL), (1 + step, table.KL), (step, table.REVERSE_KL)):
        value = table.alpha(order).integrand(lp, lq)
        ends = limit.integrand(lp, lq)
        growth = (1 + (lp - lq).abs()) * (lp.exp() + lq.exp()) * (1 + (lp - lq).abs())
        assert bool(((value - ends).abs() <= 2 * step * growth + 1e-14 * growth).all())


@pytest.mark.parametrize("prior", [2.0**-20, 0.25])
def test_a_class_prior_swaps_with_the_laws(prior):
    lp, lq = random_logs(2)
    assert same(
        table.weighted_js(prior).integrand(lp, lq), table.weighted_js(1 - prior).integrand(lq, lp)
    )


def test_a_small_prior_leaves_kl():
    """JSD_π/π → KL(p‖q) as π → 0 (its derivative at 0)."""
    lp, lq = (0.2 * t for t in random_logs(3))
    ratio = table.weighted_js(1e-9).integrand(lp, lq) / 1e-9
    assert bool(((ratio - table.KL.integrand(lp, lq)).abs() < 1e-7 * ratio).all())


def test_conjugate_of_jeffreys_carries_its_gradient():
    """(f*)'(t) is the ratio u whose slope is t."""
    u = torch.tensor([0.01, 0.3, 1.0, 4.0, 200.0], dtype=torch.float64)
    t = table.JEFFREYS.prime(u).requires_grad_()
    table.JEFFREYS.conjugate(t).sum().backward()
    assert torch.allclose(t.grad, u, rtol=1e-12, atol=0)


@pytest.mark.parametrize("order", [0.0, 1.0, math.nan, math.inf, -math.inf, 200.0, -150.0])
def test_orders_that_are_no_alpha_divergence(order):
    with pytest.raises(ValueError, match=r"order must be in \[-99.5, 100.5\]"):
        table.alpha(order)


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.2, 1.5, math.nan])
def test_priors_that_are_none(prior):
    with pytest.raises(ValueError, match="prior must be in"):
        table.weighted_js(prior)


@pytest.mark.parametrize("order", [100.0, -99.0, 1e-15, 1 - 2.0**-53, 1 + 2.0**-52])
def test_extreme_orders_are_built(order):
    assert table.alpha(order).curvature == 1.0
