"""The tasks' truths by other roads: published figures, densities, derivatives of the maps."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from divkit.problems.information_tasks import TASKS

PUBLISHED = Path(__file__).parents[2] / "benchmarks" / "published_information.json"


def test_truths_are_those_published():
    """To the one decimal of the source."""
    quoted = json.loads(PUBLISHED.read_text(encoding="utf-8"))["truth"]
    assert len(quoted) == 32
    assert all(abs(TASKS[name].truth - value) <= 0.05 + 1e-9 for name, value in quoted.items())


@pytest.mark.sweep(4)
@pytest.mark.parametrize("name", list(TASKS))
def test_truths_are_the_mean_of_the_log_ratio(name):
    """Within 6 standard errors (2e-9) of 50,000 draws."""
    task = TASKS[name]
    found = task.informations(50_000, 0)
    assert abs(found.mean() - task.truth) <= 6 * found.std() / np.sqrt(len(found))


@pytest.mark.slow
@pytest.mark.parametrize(("d", "df"), [(1, 1), (2, 2), (5, 3)])
def test_student_by_the_mean_of_its_pointwise_information(d, df):
    """Densities by SciPy; within 6 standard errors (2e-9) of 100,000 draws."""
    task = TASKS[f"student-{d}x{d}-df{df}"]
    x, y = task.sample(100_000, 0)
    whole, half = (stats.multivariate_t(np.zeros(k), np.eye(k), df=df) for k in (2 * d, d))
    found = whole.logpdf(np.hstack([x, y])) - half.logpdf(x) - half.logpdf(y)
    assert task.informations(100_000, 0) == pytest.approx(found, rel=1e-9, abs=1e-9)
    assert abs(found.mean() - task.truth) <= 6 * found.std() / np.sqrt(len(found))


def test_bimodal_margins():
    """Kolmogorov–Smirnov against the two mixtures, at a level of 1e-6."""
    x, y = TASKS["bimodal-1x1"].sample(20_000, 0)
    cases = ((x, 0.3, 0.0, 5.0), (y, 0.5, -1.0, 3.0))
    for sample, share, low, high in cases:

        def law(z, share=share, low=low, high=high):
            return share * special.ndtr(z - low) + (1 - share) * special.ndtr(z - high)

        assert stats.kstest(sample[:, 0], law).pvalue > 1e-6


@pytest.mark.parametrize("name", ["wiggly-1x1", "bimodal-1x1", "half-cube-1x1"])
def test_maps_of_one_column_are_monotone(name):
    x, y = TASKS["gaussian-1x1"].sample(5000, 0)
    a, b = TASKS[name].sample(5000, 0)
    for plain, bent in ((x, a), (y, b)):
        assert (np.diff(bent[np.argsort(plain[:, 0]), 0]) > 0).all()


def test_spirals_keep_the_radius_and_turn_two_columns():
    (x, y), (a, b) = (TASKS[n].sample(50, 0) for n in ("gaussian-sparse-5x5", "spiral-5x5"))
    for plain, bent, first in ((x, a, 0), (y, b, 1)):
        assert (bent**2).sum(axis=1) == pytest.approx((plain**2).sum(axis=1), rel=1e-12)
        moved = np.abs(bent - plain).max(axis=0) > 0
        assert moved.tolist() == [first <= k <= first + 1 for k in range(5)]
        angle = (plain**2).sum(axis=1) / 3
        turned = (bent[:, first] + 1j * bent[:, first + 1]) / (
            plain[:, first] + 1j * plain[:, first + 1]
        )
        assert turned == pytest.approx(np.exp(1j * angle), abs=1e-9)
