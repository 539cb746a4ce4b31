"""The non-central χ² law's log density, and laws whose curves SciPy loses."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
import torch
from scipy import stats

import divkit
from divkit.distributions.adapt.forms.noncentral_chi2 import ncx2


def _log_density(x: float, k: float, shift: float) -> mp.mpf:
    """By the hypergeometric series of I_ν, with 40 digits."""
    with mp.workdps(40):
        x, k, shift = mp.mpf(x), mp.mpf(k), mp.mpf(shift)
        half = k / 2
        series = mp.hyp0f1(half, shift * x / 4)
        return (
            ((half - 1) * mp.log(x) - (x + shift) / 2 + mp.log(series))
            - half * mp.log(2)
            - mp.loggamma(half)
        )


@pytest.mark.parametrize(
    ("df", "nc"),
    [(2, 1), (2.5, 30), (5, 0.01), (10, 200), (1e3, 5), (1e4, 5), (1e5, 60)],
)
def test_log_density_is_that_of_the_series(df: float, nc: float) -> None:
    form = ncx2(df, nc)
    mean, deviation = df + nc, math.sqrt(2 * (df + 2 * nc))
    x = np.array([mean * 1e-6, max(mean - 5 * deviation, mean / 9), mean, mean + 5 * deviation])
    at = torch.from_numpy(x)
    for point, found in zip(x, form.log_density(at, at, at).tolist(), strict=True):
        truth = _log_density(point, df, nc)
        assert abs(found - truth) <= (form.blur + 4e-16) * (1 + abs(truth))


@pytest.mark.parametrize("df", [1e4, 1e5])
def test_divergence_at_large_degrees_of_freedom(df: float) -> None:
    p, q = stats.ncx2(df, 5), stats.ncx2(df, 60)
    found = divkit.divergence(p, q, "kl")
    width = math.sqrt(2 * df)

    def integrand(t: mp.mpf) -> mp.mpf:
        x = df + 5 + width * t
        first = _log_density(x, df, 5)
        return width * mp.exp(first) * (first - _log_density(x, df, 60))

    with mp.workdps(30):
        truth = mp.quad(integrand, mp.linspace(-9, 9, 7), maxdegree=4)
    assert abs(found.value - truth) <= found.error + 1e-14
    assert found.error < 1e-9 * found.value


def test_metrics_of_normal_inverse_gaussian_laws_that_scipy_has_no_quantiles_of() -> None:
    normal = stats.norm(0, 1)
    found = divkit.divergence(stats.norminvgauss(100, 99), normal, "w1")  # in stochastic order
    assert abs(found.value - 99 / math.sqrt(199)) <= found.error < 1e-9
    found = divkit.divergence(stats.norminvgauss(1e-3, 0), normal, "w1")  # |X| and |Z| are in it
    with mp.workdps(25):
        mean = 2 / mp.pi * mp.exp(mp.mpf(1e-3)) * mp.besselk(0, mp.mpf(1e-3))  # E|X|
        truth = mean - mp.sqrt(2 / mp.pi)
    assert abs(found.value - truth) <= found.error < 1e-9


def test_an_error_inside_scipys_curves_is_told_with_a_way_out() -> None:
    class Broken(stats.rv_continuous):
        def _pdf(self, x: np.ndarray) -> np.ndarray:
            return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)

        def _ppf(self, u: np.ndarray) -> np.ndarray:
            raise RuntimeError("no convergence")

    with pytest.raises(ValueError, match=r"no convergence.*divkit\.law"):
        divkit.divergence(Broken(name="broken")(), stats.norm(0, 1), "js")
