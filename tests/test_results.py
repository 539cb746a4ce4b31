"""A Result says its value, error, kind and method, and survives strict JSON."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from divkit.results import BatchResult, Result, deterministic, jsonable


def result(**changes) -> Result:
    made = deterministic(0.25, 1e-16, "quadrature", "Quadrature()", name="js", nodes=42)
    return dataclasses.replace(made, **changes)


def test_a_deterministic_result_has_an_interval_of_level_one():
    r = result()
    assert r.interval == (0.25 - 1e-16, 0.25 + 1e-16)
    assert r.level == 1.0
    assert r.diagnostics == {"nodes": 42}
    assert float(r) == 0.25


def test_the_repr_is_one_line_with_every_digit():
    assert repr(result(value=0.1114214821847362, error=4e-17)) == (
        "js = 0.1114214821847362 ± 4e-17 (quadrature)"
    )


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_has_no_width(value):
    r = deterministic(value, 0.0, "closed form", "Symbolic()", reason="supports")
    assert r.interval == (value, value)
    assert r.diagnostics["reason"] == "supports"


def test_results_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        result().value = 3.0


def test_json_holds_every_field_and_gives_the_value_back():
    data = json.loads(result().to_json())
    assert data["value"] == 0.25
    assert data["error"] == 1e-16
    assert data["interval"] == list(result().interval)
    assert data["diagnostics"] == {"nodes": 42}
    assert set(data) == {field.name for field in dataclasses.fields(Result)}


def reject(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def test_infinity_and_nan_are_strict_json():
    diagnostics = {"worst": math.nan, "all": [math.inf, 1.0]}
    text = result(value=math.inf, diagnostics=diagnostics).to_json()
    data = json.loads(text, parse_constant=reject)
    assert data["value"] == "inf"
    assert data["diagnostics"] == {"worst": "nan", "all": ["inf", 1.0]}
    assert "\n" not in text


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (np.float64(0.5), 0.5),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (np.array([[1.0, -np.inf]]), [[1.0, "-inf"]]),
        ((1, (2, None)), [1, [2, None]]),
        ({3: {"a": True}}, {"3": {"a": True}}),
        (10**30, 10**30),
        (Result, "<class 'divkit.results.Result'>"),
    ],
)
def test_jsonable(value, wanted):
    got = jsonable(value)
    assert got == wanted
    assert type(got) is type(wanted)
    json.dumps(got, allow_nan=False)


def test_text_keeps_its_letters():
    assert "D‖Q" in result(name="D‖Q").to_json()


def test_a_batch_gives_its_members_as_results():
    batch = BatchResult(
        np.array([0.1, np.inf]), np.array([1e-16, 0.0]), "quadrature", "Batch()", name="js"
    )
    assert len(batch) == 2
    assert batch[0] == deterministic(0.1, 1e-16, "quadrature", "Batch()", name="js")
    assert batch[1].interval == (math.inf, math.inf)
    with pytest.raises(IndexError):
        batch[2]
