"""Every integrand of the table against 60-digit arithmetic, at all sizes of density and ratio."""

from __future__ import annotations

import math

import mp_rows
import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from divkit.divergences import stable

EPS = 2.0**-52
TINY = 1e-320  # a few of the smallest subnormal numbers
PAIRS = mp_rows.every_row()
IDS = [row.name for row, _ in PAIRS]

SIZES = (
    0.0,
    1e-300,
    1e-16,
    1e-8,
    1e-3,
    0.49,
    0.5,
    0.51,
    0.8,
    1.0,
    5.0,
    40.0,
    299.0,
    301.0,
    700.0,
    1e4,
)
LOG_BASES = (math.log(1e-300), -40.0, -1.0, 0.0, 1.0, 40.0, math.log(1e300))

ratios = st.one_of(
    st.sampled_from(SIZES),
    st.floats(-18, 4).map(lambda e: 10.0**e),
).flatmap(lambda size: st.sampled_from((size, -size)))
log_densities = st.one_of(st.sampled_from(LOG_BASES), st.floats(math.log(1e-300), math.log(1e300)))


def tolerance(row, lp: float, lq: float) -> float:
    """Allowed relative error: ten roundings, and what a power of rounded logs must lose."""
    power = max(abs(row.order), abs(1 - row.order)) if row.order is not None else 0.0
    if power <= 0.5:  # the square root of the ratio is formed from the smaller density only
        return 10 * EPS
    return EPS * (10 + power * (1 + abs(lp) + abs(lq)))


def tensors(*values: float) -> list[torch.Tensor]:
    return [torch.tensor([value], dtype=torch.float64) for value in values]


def check(row, twin, lp: float, lq: float) -> None:
    if max(lp, lq) > math.log(1e300):
        return  # not a density that float64 holds
    truth = twin.integrand(lp, lq)
    got = float(row.integrand(*tensors(lp, lq)))
    if truth > mpf(1.7e308):
        assert got > 1e308
    else:
        assert got >= 0
        assert abs(mpf(got) - truth) <= tolerance(row, lp, lq) * truth + TINY


@pytest.mark.sweep(5)
@pytest.mark.parametrize(("row", "twin"), PAIRS, ids=IDS)
@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(log_density=log_densities, ratio=ratios, on_p=st.booleans())
def test_an_integrand_is_right_to_a_few_roundings(row, twin, log_density, ratio, on_p):
    other = log_density - ratio
    check(row, twin, *((log_density, other) if on_p else (other, log_density)))


@pytest.mark.sweep(4)
@pytest.mark.parametrize(("row", "twin"), PAIRS, ids=IDS)
def test_an_integrand_is_right_at_the_borders_between_its_formulas(row, twin):
    for size in SIZES:
        for ratio in (size, -size):
            check(row, twin, 1.0, 1.0 - ratio)
            check(row, twin, 0.0 + ratio, 0.0)


@pytest.mark.parametrize(("row", "twin"), PAIRS, ids=IDS)
def test_zero_densities(row, twin):
    """0 · anything = 0, and the price of mass where the other law has none."""
    zero, one = tensors(-math.inf, 0.0)
    assert float(row.integrand(zero, zero)) == 0
    assert float(row.integrand(zero, one)) == pytest.approx(row.at_zero, rel=1e-14)
    assert float(row.integrand(one, zero)) == pytest.approx(row.slope_at_infinity, rel=1e-14)


@pytest.mark.parametrize(("row", "twin"), PAIRS, ids=IDS)
def test_gradients_are_those_of_the_perspective(row, twin):
    """∂/∂log p = p [f'(r) − f'(1)], and no NaN leaks from a branch that is not taken."""
    for lp, lq in ((0.3, 0.1), (-2.0, 1.0), (1.0, -20.0), (-20.0, 1.0), (0.2, 0.2 + 1e-9)):
        x, y = (t.requires_grad_() for t in tensors(lp, lq))
        row.integrand(x, y).backward()
        with mpmath.workdps(60):
            u = mpmath.exp(mpf(lp) - mpf(lq))
            slope = mpmath.exp(mpf(lp)) * (twin.prime(u) - twin.prime(mpf(1)))
            allowed = 1e-12 * abs(slope) + 4 * EPS * (math.exp(lp) + math.exp(lq))
            assert abs(mpf(x.grad.item()) - slope) <= allowed
        assert math.isfinite(y.grad.item())


@pytest.mark.parametrize(("row", "twin"), PAIRS, ids=IDS)
def test_gradients_at_zero_densities_are_no_nan(row, twin):
    for lp, lq in ((-math.inf, 0.0), (0.0, -math.inf), (-math.inf, -math.inf)):
        x, y = (t.requires_grad_() for t in tensors(lp, lq))
        value = row.integrand(x, y)
        if math.isfinite(value.item()):
            value.backward()
            assert not math.isnan(x.grad.item())
            assert not math.isnan(y.grad.item())


def test_softplus_has_no_threshold():
    """log(1 + e^t) − t = log(1 + e^{−t}), 1e-9 at 20.7, which torch's own softplus drops."""
    (t,) = tensors(25.0)
    assert float(stable.softplus(t) - t) == pytest.approx(math.exp(-25.0), rel=1e-3)
    assert float(stable.softplus(-t)) == pytest.approx(math.log1p(math.exp(-25.0)), rel=1e-15)


def test_weighted_takes_zero_times_anything_as_zero():
    logs = torch.tensor([-math.inf, -math.inf, -800.0, 0.0], dtype=torch.float64)
    values = torch.tensor([math.inf, math.nan, math.inf, 3.0], dtype=torch.float64)
    assert stable.weighted(logs, values).tolist() == [0.0, 0.0, 0.0, 3.0]


def test_log_ratio_of_two_zeros_is_zero():
    zero, one = tensors(-math.inf, 0.0)
    assert stable.log_ratio(zero, zero).item() == 0
    assert stable.log_ratio(one, zero).item() == math.inf
    assert stable.log_ratio(zero, one).item() == -math.inf


def test_kl_from_a_ratio_known_better_than_by_subtraction():
    """At densities near 1e4 the difference of logs has lost nine digits of l = 1e-9."""
    (base,) = tensors(9.0)
    ratio = torch.tensor([1e-9], dtype=torch.float64)
    with mpmath.workdps(60):
        truth = mpmath.exp(9) * (
            mpf(1e-9) * mpmath.expm1(mpf(1e-9)) - mpmath.expm1(mpf(1e-9)) + mpf(1e-9)
        )
    assert float(stable.kl_from_ratio(base, base, ratio)) == pytest.approx(float(truth), rel=1e-14)
