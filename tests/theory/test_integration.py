"""The checks' own quadratures: right within the error that they measure."""

import math

import numpy as np
import pytest
import torch

from divkit.theory.family.every_game_train import sign_changes
from divkit.theory.framework.integration import cuts, panels, trapezoid
from divkit.theory.framework.optimum import argmax, supremum
from divkit.theory.framework.stochastic import kolmogorov, mean_of, mean_of_two, normal_quantile


@pytest.mark.parametrize("power", [0, 2, 4, 8])
@pytest.mark.parametrize("rule", ["trapezoid", "panels"])
def test_moments_of_the_normal(power, rule):
    def f(x):
        return x**power * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)

    found = trapezoid(f, -20, 20) if rule == "trapezoid" else panels(f, cuts(-20, 20, 1.0))
    truth = math.prod(range(1, power, 2))
    assert abs(found.value - truth) <= found.error
    assert found.error < 1e-12 * (1 + truth)


def test_panels_need_their_kinks_and_say_so():
    blind = panels(lambda x: (x - 0.31).abs(), cuts(-1, 1, 0.5))
    told = panels(lambda x: (x - 0.31).abs(), cuts(-1, 1, 0.5, 0.31))
    truth = (1.31**2 + 0.69**2) / 2
    assert abs(blind.value - truth) <= blind.error
    assert abs(told.value - truth) <= told.error < 1e-14 < blind.error


def test_maximisers_find_a_known_peak():
    peaks = torch.linspace(-2, 2, 9, dtype=torch.float64)
    limit = torch.full_like(peaks, 5.0)
    found = argmax(lambda x: -torch.cosh(x - peaks), -limit, limit)
    assert float((found - peaks).abs().max()) < 1e-14
    top = supremum(lambda x: peaks - (x - peaks) ** 2, -limit, limit)
    assert float((top - peaks).abs().max()) < 1e-15


def test_normal_quantile_and_mean():
    assert normal_quantile(0.05) == pytest.approx(1.959963984540054)
    found = mean_of(np.array([1.0, 2.0, 3.0]), alarm=0.05)
    assert found.value == 2.0
    assert found.error == pytest.approx(1.959963984540054 / math.sqrt(3))


def test_kolmogorov_tells_a_shift_of_a_tenth():
    """Detects a shift of 0.1 among 20,000 uniforms; false alarm 1e-6 by DKW."""
    u = np.random.default_rng(0).random(20_000)
    distance, allowed = kolmogorov(u, lambda x: x)
    assert distance <= allowed < 0.03
    distance, _ = kolmogorov(u, lambda x: np.clip(x + 0.1, 0, 1))
    assert distance > 0.05


def test_the_error_of_a_sum_of_two_means_adds_variances():
    x, y = np.array([0.0, 2.0, 4.0]), np.array([1.0, 3.0])
    found = mean_of_two(x, y)
    assert found.value == 4.0
    assert found.error == pytest.approx(normal_quantile() * math.sqrt(4 / 3 + 2 / 2), rel=1e-14)


def test_sign_changes_on_the_grid_and_between_its_points_are_found():
    grid = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    assert sign_changes(lambda x: x * (x - 1.25), grid) == pytest.approx([0.0, 1.25], abs=1e-15)
    assert sign_changes(np.zeros_like, grid) == []
    assert sign_changes(lambda x: x * x, grid) == []
