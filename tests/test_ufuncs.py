"""NumPy's functions of results: the error is carried through, or the function is refused."""

import math
import statistics

import numpy as np
import pandas as pd
import pytest

from divkit.batch_results import BatchResult
from divkit.results import Result
from divkit.ufuncs import CARRIED

MONOTONE = (
    "sqrt",
    "square",
    "log",
    "log2",
    "log10",
    "log1p",
    "exp",
    "exp2",
    "expm1",
    "reciprocal",
)
BINARY = ("add", "subtract", "multiply", "divide")


def bound(value, error=1e-3, **words):
    return Result.exact(value, error, "quadrature", "by hand", **words)


def estimate(value, error):
    return Result.normal(value, error, "drawn", level=0.95)


@pytest.mark.parametrize("name", MONOTONE)
@pytest.mark.parametrize("value", [0.01, 0.25, 3.0])
def test_whatever_lies_in_the_interval_has_its_image_in_the_other(name, value):
    function, base = getattr(np, name), bound(value)
    found = function(base)
    for x in np.linspace(*base.interval, 41):
        assert found.interval[0] <= function(x) <= found.interval[1]
        assert abs(function(x) - found.value) <= found.error * (1 + 1e-12)
    assert found.kind == base.kind and found.level == base.level


@pytest.mark.parametrize("name", MONOTONE)
def test_standard_errors_follow_the_slope(name):
    function, step = getattr(np, name), 1e-6
    found = function(estimate(0.3, 0.01))
    slope = (function(0.3 + step) - function(0.3 - step)) / (2 * step)
    assert found.error == pytest.approx(abs(slope) * 0.01, rel=1e-6)
    assert found.kind == "standard error" and found.level == 0.95


@pytest.mark.parametrize("name", [name for name in MONOTONE if name != "reciprocal"])
def test_a_lower_limit_stays_one(name):
    low = Result.bound(0.3, (0.2, math.inf), "by hand", level=0.95)
    found = getattr(np, name)(low)
    assert found.is_lower_bound and found.level == 0.95
    assert found.interval[0] == pytest.approx(getattr(np, name)(0.2), rel=1e-12)


def test_a_number_to_the_power_of_a_limit_below_one_turns_its_side():
    low = Result.bound(0.3, (0.2, math.inf), "by hand", level=0.95)
    assert (2**low).one_sided == "lower" and (0.5**low).one_sided == "upper"
    assert (0.5**low).interval[1] == pytest.approx(0.5**0.2)
    with pytest.raises(ValueError, match=r"base of a power must be in \(0, inf\)"):
        _ = (-1) ** low


@pytest.mark.parametrize("name", ["log", "log2", "log10"])
def test_a_logarithm_that_may_be_infinite_is_refused_with_a_way_out(name):
    with pytest.raises(ValueError, match=rf"not finite.*math.{name}\(float\(result\)\)"):
        getattr(np, name)(bound(1e-4))
    with pytest.raises(ValueError, match=r"float\(result\) \*\* 0.5"):
        np.sqrt(bound(1e-4))
    with pytest.raises(ValueError, match="beyond float64"):
        np.exp(bound(1000.0))


def test_a_logarithm_of_nats_adds_to_none_of_bits_and_is_undone_by_exp():
    nats, bits = np.log(bound(0.5)), np.log(bound(0.5, unit="bits"))
    with pytest.raises(ValueError, match="units must agree"):
        _ = nats + bits
    assert np.exp(nats).unit == "nats" and np.exp(bound(0.5)).unit == ""
    assert np.exp(nats).value == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["sin", "arctan", "cbrt", "hypot", "floor_divide", "float_power"])
def test_a_function_that_would_lose_the_error_is_refused_by_name(name):
    function = getattr(np, name)
    given = [bound(0.5)] * function.nin
    with pytest.raises(TypeError, match=rf"numpy.{name} .*float\(result\).*result \*\* 0.5"):
        function(*given)


def test_places_that_hold_floats_are_refused():
    place = np.zeros(2)
    with pytest.raises(TypeError, match=r"numpy.add with out .*float\(result\)"):
        place += bound(0.5)
    with pytest.raises(TypeError, match=r"numpy.add.outer"):
        np.add.outer(bound(0.5), [1.0])


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("number", [2.0, np.float64(2.0), np.float32(2.0), np.int64(2)])
def test_numpys_numbers_are_numbers_on_either_side(name, number):
    function, a = getattr(np, name), bound(0.5, unit="")
    assert function(a, number).value == function(0.5, 2.0)
    assert function(number, a).value == function(2.0, 0.5)
    assert (number * a).name == "2 · value" and (number**a).value == pytest.approx(math.sqrt(2))


def test_arrays_take_results_entry_by_entry():
    a, b = bound(0.5, name="a"), bound(0.25, name="b")
    for found in (np.array([1.0, 2.0]) * a, a * np.array([1.0, 2.0])):
        assert [r.value for r in found] == [0.5, 1.0] and found[1].error >= 2e-3
    assert [r.value for r in np.sqrt([a, b])] == [math.sqrt(0.5), 0.5]
    assert np.mean([a, b]).value == 0.375 and np.mean([a, b]).error >= 1e-3
    assert np.max([a, b]) is a and np.sort([a, b])[0] is b and np.std([a, b]).value == 0.125
    assert list(np.array([0.1, 0.9]) < a) == [True, False]
    assert np.array([a, b], dtype=float).tolist() == [0.5, 0.25]


def test_pandas_keeps_results():
    pytest.importorskip("pandas")
    series = pd.Series([bound(0.5), bound(0.25)])
    assert np.sqrt(series)[1].value == 0.5 and (2 * series)[0].error >= 2e-3
    assert series.sum().error >= 2e-3


def test_questions_and_roundings_are_of_the_value():
    a = bound(1.2345)
    assert np.isfinite(a) and not np.isnan(a) and not np.isinf(a)
    assert np.round(a, 2) == 1.23 and int(a) == 1 and int(bound(-1.9)) == -1 and np.rint(a) == 1.0
    assert f"{a:.2f} {a:>10.1e}" == "1.23    1.2e+00"


def test_means_of_exact_ratios_name_the_mean_with_its_error():
    with pytest.raises(TypeError, match=r"sum\(results\) / len\(results\)"):
        statistics.mean([bound(0.5), bound(0.25)])
    assert statistics.fmean([bound(0.5), bound(0.25)]) == 0.375


def test_what_is_carried_has_numpys_names():
    assert {np.divide.__name__, np.absolute.__name__} <= CARRIED
    assert all(isinstance(getattr(np, name), np.ufunc) for name in CARRIED)


def batch_of(*values):
    return BatchResult.of([bound(v, name="js") for v in values], (len(values),))


def test_batches_are_batches_again_with_each_entrys_own_interval():
    batch = BatchResult.of([bound(0.25), estimate(0.5, 0.01)], (2,))
    for found in (2 * batch, batch * 2, np.float64(2) * batch, batch + batch):
        assert isinstance(found, BatchResult) and found.value.tolist() == [0.5, 1.0]
        assert found[0].kind == "quadrature" and found[1].kind == found.kind == "standard error"
    root = np.sqrt(batch)
    assert root[0].interval[0] <= math.sqrt(0.249) and root.unit == "nats^0.5"
    assert root[1].error == pytest.approx(0.01 / (2 * math.sqrt(0.5)))
    assert (-batch).value.tolist() == [-0.25, -0.5] and (batch**2)[0].value == 0.0625


def test_batches_meet_results_arrays_and_orders():
    batch = batch_of(0.25, 0.5)
    assert (batch - bound(0.25)).value.tolist() == [0.0, 0.25]
    assert (bound(0.25) + batch).value.tolist() == [0.5, 0.75]
    assert (batch * np.array([1.0, 2.0])).value.tolist() == [0.25, 1.0]
    assert (batch < 0.3).tolist() == [True, False] and (batch > bound(0.1)).all()
    assert np.isfinite(batch).all() and np.mean(batch).value == 0.375
    with pytest.raises(ValueError, match="not decided"):
        _ = batch < 0.25
    with pytest.raises(TypeError, match=r"numpy.sin .*float\(result\)"):
        np.sin(batch)
    grid = batch_of(0.1, 0.2, 0.3, 0.4).reshape(2, 2)
    assert (grid * 2).shape == (2, 2) and (grid * np.array([1, 10])).value[1, 1] == 4.0
    with pytest.raises(ValueError, match="one result or more"):
        BatchResult.of([], (0,))
