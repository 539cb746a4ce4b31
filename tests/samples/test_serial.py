"""Rows of a series in time are told; independent ones, sorted or not, are not."""

import numpy as np
import pytest
from scipy import signal

import divkit
from divkit.samples.serial import serial_notes


def autoregressive(r, n, rng):
    noise = rng.normal(size=n + 200)
    return signal.lfilter([np.sqrt(1 - r * r)], [1, -r], noise)[200:]


@pytest.mark.parametrize("r", [0.5, 0.95])
def test_a_series_is_told_where_an_interval_is_shown(r):
    rng = np.random.default_rng(0)
    x, y = autoregressive(r, 400, rng), autoregressive(r, 400, rng)
    told = divkit.estimate(x, y, "js", "knn").warnings
    assert sum("not independent" in line for line in told) == 2
    assert any(
        "not independent" in line for line in divkit.mutual_information(x, y, "ksg").warnings
    )


def test_independent_rows_are_not():
    # 200 samples of three columns at six standard errors: a false alarm of 6e-7
    rng = np.random.default_rng(1)
    for n in (50, 200):
        for _ in range(100):
            rows = np.column_stack([rng.standard_cauchy(n), rng.poisson(2, n), rng.normal(size=n)])
            assert serial_notes(rows, "x") == []
    assert serial_notes(np.sort(rng.normal(size=300))[:, None], "x") == []
    x = autoregressive(0.9, 300, rng)
    told = divkit.mutual_information(x, rng.normal(size=300), "ksg").warnings
    assert not any("alike" in line for line in told)  # one side without memory is enough
