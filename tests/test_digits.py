"""What is written for readers has the digits that the error supports; nothing claims more."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from divkit.batch_results import BatchResult
from divkit.digits import of_error, place, supported, supported_ends
from divkit.results import Result

ESTIMATE = Result.normal(0.10730324186124549, 0.0132, "drawn", level=0.95, name="js")
EXACT = Result.exact(0.1114214821847362, 4e-17, "quadrature", "by hand", name="js")
ENDLESS = Result.exact(math.inf, 0.0, "closed form", "by hand", reason="supports", name="kl")


@pytest.mark.parametrize(
    ("value", "error", "wanted"),
    [
        (0.10730324186124549, 0.0132, "0.107"),
        (-0.0014210998, 0.013, "-0.001"),
        (-0.0002, 0.013, "0.000"),
        (0.5, 0.1, "0.50"),
        (0.5, 0.0998, "0.50"),  # of the rounded error, 0.10
        (123456.0, 4300.0, "123500"),
        (3.21987e-9, 1.2e-10, "3.22e-09"),
        (2.5e20, 3e18, "2.500e+20"),
        (0.25, 1e-12, "0.2500000000000"),
        (0.1114214821847362, 4e-17, "0.1114214821847362"),
        (0.0, 3e-9, "0.0"),
        (1 / 3, 0.0, repr(1 / 3)),
        (1 / 3, math.inf, "0.333333"),
        (math.inf, 0.0, "inf"),
    ],
)
def test_a_value_goes_to_the_place_of_its_errors_second_digit(value, error, wanted):
    assert supported(value, error) == wanted


def test_what_is_written_is_within_a_unit_of_the_last_place_and_ends_are_not_drawn_in(rng):
    for value, error in zip(rng.normal(size=300), 10.0 ** rng.uniform(-14, 3, 300), strict=True):
        unit = 10.0 ** place(error)
        assert abs(float(supported(value, error)) - value) <= 0.5 * unit * (1 + 1e-9)
        low, high = map(float, supported_ends((value - error, value + error), error))
        assert value - error - unit * (1 + 1e-9) <= low <= value - error
        assert value + error <= high <= value + error + unit * (1 + 1e-9)
        assert float(of_error(error)) == pytest.approx(error, rel=0.051)


def test_what_is_printed_is_short_and_what_is_kept_is_whole():
    assert str(ESTIMATE) == f"{ESTIMATE}" == "js = 0.107 ± 0.013 (standard error)"
    assert repr(ESTIMATE) == "js = 0.10730324186124549 ± 0.013 (standard error)"
    assert float(ESTIMATE) == 0.10730324186124549
    assert str(EXACT) == repr(EXACT) == "js = 0.1114214821847362 ± 4e-17 (quadrature)"
    assert "0.107 ± 0.013 nats" in ESTIMATE._repr_html_()
    batch = BatchResult.of([ESTIMATE, EXACT], (2,))
    assert "<td>0.107</td><td>0.013</td>" in batch._repr_html_()


def test_equal_results_have_one_hash():
    again = Result.from_json(ESTIMATE.to_json())
    assert again == ESTIMATE and hash(again) == hash(ESTIMATE)
    assert len({ESTIMATE, again, EXACT}) == 2


def test_batches_are_compared_entry_by_entry():
    batch, other = (BatchResult.of([ESTIMATE, last], (2,)) for last in (EXACT, ENDLESS))
    assert (batch == other).tolist() == [True, False]
    with pytest.raises(TypeError, match="unhashable type: 'BatchResult'"):
        hash(batch)


def test_an_exact_result_is_close_to_its_own_value_and_an_estimate_is_not_decided():
    assert np.isclose(EXACT, EXACT.value) and not np.isclose(EXACT, 0.2)
    assert np.allclose([EXACT, EXACT], EXACT.value)
    for compared in (lambda: np.isclose(ESTIMATE, ESTIMATE.value), lambda: ESTIMATE < 0.11):
        with pytest.raises(ValueError, match=r"not decided.*float\(result\) or result\.value"):
            compared()


def test_rounding_an_infinite_result_leaves_it_infinite():
    assert np.round(ENDLESS) == np.round(ENDLESS, 2) == math.inf
    assert np.round([ENDLESS, ESTIMATE], 2).tolist() == [math.inf, 0.11]


def test_what_pandas_and_json_take_is_what_the_documentation_says():
    frame = pd.DataFrame({"js": [ESTIMATE, EXACT]})
    assert frame.map(float).round(3)["js"].tolist() == [0.107, 0.111]
    assert json.loads(json.dumps(ESTIMATE.to_dict()))["value"] == ESTIMATE.value
