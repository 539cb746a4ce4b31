"""The door of the estimators."""

import numpy as np
import pytest

import divkit
from divkit.divergences import JS
from divkit.estimators.api import as_estimator
from divkit.estimators.kernel_logistic.method import KernelLogistic
from divkit.estimators.registry import ESTIMATORS
from divkit.registry import UnknownNameError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=80), RNG.normal(0.5, 1.0, size=80)


def test_every_name_makes_an_estimator():
    for name, maker in ESTIMATORS.items():
        assert callable(as_estimator(name)), name
        assert as_estimator(name) == maker() or as_estimator(name) is not None


def test_names_objects_and_options():
    by_name = divkit.estimate(X, Y, "js", "kernel_logistic", centres=20, rng=1)
    by_object = divkit.estimate(X, Y, JS, KernelLogistic(centres=20, rng=1))
    assert by_name.value == by_object.value and by_name.method == by_object.method


def test_bits():
    nats, bits = divkit.estimate(X, Y), divkit.estimate(X, Y, base=2)
    assert bits.value == pytest.approx(nats.value / np.log(2), rel=1e-14)
    assert (nats.unit, bits.unit) == ("nats", "bits")


def test_errors_are_advice():
    with pytest.raises(UnknownNameError, match="kernel_logistic"):
        divkit.estimate(X, Y, method="kernel_logistics")
    with pytest.raises(TypeError, match="centres"):
        divkit.estimate(X, Y, method="kernel_logistic", centers=3)
    with pytest.raises(TypeError, match="made already"):
        divkit.estimate(X, Y, method=KernelLogistic(), centres=3)
    for level in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="level"):
            divkit.estimate(X, Y, level=level)
    with pytest.raises(ValueError, match="row 3"):
        divkit.estimate(np.r_[X[:3], np.nan, X[4:]], Y)
    with pytest.raises(UnknownNameError, match="js"):
        divkit.estimate(X, Y, "jss")
