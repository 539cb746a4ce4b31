"""A Result says its value, error, kind and method, and survives strict JSON."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from divkit.batch_results import BatchResult
from divkit.plain import jsonable
from divkit.results import (
    SAID_AS_FIELDS,
    NotANumberError,
    Result,
    normal_interval,
    warnings_of,
    z_of,
)


def result(**changes) -> Result:
    made = Result.exact(0.25, 1e-16, "quadrature", "Quadrature()", name="js", nodes=42)
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
    r = Result.exact(value, 0.0, "closed form", "Symbolic()", reason="supports")
    assert r.interval == (value, value)
    assert r.reason == "supports"


def test_a_normal_estimate_has_the_interval_of_its_level_and_the_whole_span_at_no_known_error():
    r = Result.normal(0.3, 0.1, "by hand", level=0.95, name="js", diagnostics={"n": 4})
    assert r.interval == pytest.approx((0.3 - 0.1959963984540054, 0.3 + 0.1959963984540054))
    assert (r.kind, r.level, r.name, r.diagnostics) == ("standard error", 0.95, "js", {"n": 4})
    assert z_of(0.95) == 1.959963984540054
    open_end = Result.normal(
        0.3, math.inf, "by hand", level=0.95, span=(0.0, 0.7), warnings=("few rows",)
    )
    assert open_end.interval == (0.0, 0.7)
    assert normal_interval(0.3, math.inf, 0.95) == (-math.inf, math.inf)


def test_a_bound_claims_one_end():
    r = Result.bound(0.4, (0.2, math.inf), "by hand", level=0.99, name="kl")
    assert (r.one_sided, r.error, r.kind, r.side()) == (
        "lower",
        math.inf,
        "standard error",
        "at least 0.2",
    )
    assert Result.bound(0.4, (0.0, 0.5), "by hand", side="upper").side() == "at most 0.5"


OF_EVERY_KIND = (
    Result.exact(0.25, 1e-16, "quadrature", "Quadrature()", name="js", nodes=42),
    Result.exact(math.inf, 0.0, "closed form", "Symbolic()", reason="supports"),
    Result.exact(math.inf, math.inf, "quadrature", "Q()", warnings=("overflow", "more")),
    Result.exact(0.1, 0.0, "enclosure", "Certified()", unit="bits", lower="0.1", upper="0.2"),
    Result.normal(0.3, 0.1, "by hand", level=0.95, diagnostics={"a": [1, {"b": math.nan}]}),
    Result.bound(0.4, (0.2, math.inf), "by hand", level=0.99, diagnostics={"t": (1, 2.5)}),
    Result.exact(-0.7, 1e-9, "quadrature", "V(gan)", name="gan value", unit=""),
)


@pytest.mark.parametrize("written", OF_EVERY_KIND, ids=repr)
def test_what_was_written_is_read_back(written):
    read = Result.from_json(written.to_json())
    assert read == dataclasses.replace(written, diagnostics=jsonable(written.diagnostics))
    assert read.to_json() == written.to_json()
    assert isinstance(read.interval, tuple) and isinstance(read.warnings, tuple)


def test_what_is_no_result_is_not_read():
    plain = result().to_dict()
    with pytest.raises(ValueError, match=r"missing or unknown: \['level'\]"):
        Result.from_dict({key: value for key, value in plain.items() if key != "level"})
    with pytest.raises(ValueError, match=r"missing or unknown: \['colour'\]"):
        Result.from_dict({**plain, "colour": "red"})
    with pytest.raises(NotANumberError):
        Result.from_dict({**plain, "value": "nan"})


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
    text = result(value=math.inf, reason="tails", diagnostics=diagnostics).to_json()
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


NAN = math.nan


@pytest.mark.parametrize(
    "changes",
    [{"value": NAN}, {"error": NAN}, {"interval": (NAN, 1.0)}, {"interval": (0.0, NAN)}],
)
def test_what_is_not_a_number_cannot_be_made(changes):
    with pytest.raises(NotANumberError, match="NaN"):
        result(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"error": -1e-300}, "error must be at least 0"),
        ({"interval": (1.0, 0.0)}, "from low to high"),
        ({"level": 0.0}, "level"),
        ({"level": 1.5}, "level"),
        ({"value": math.inf, "error": 0.0}, "say why"),
        ({"error": math.inf}, "say why"),
        ({"one_sided": "left"}, "one_sided"),
        *(({"diagnostics": {key: 1}}, "fields of a Result") for key in SAID_AS_FIELDS),
    ],
)
def test_what_would_mislead_a_reader_cannot_be_made(changes, words):
    with pytest.raises(ValueError, match=words):
        result(**changes)


@pytest.mark.parametrize("warnings", ["one text", ["a list"], ("",), (1,)])
def test_warnings_are_a_tuple_of_texts(warnings):
    with pytest.raises(TypeError, match="tuple of texts"):
        result(warnings=warnings)


def test_words_are_shown_by_every_form_of_a_result():
    r = result(error=math.inf, interval=(0.2, math.inf), warnings=("a", "b"), one_sided="lower")
    assert repr(r) == "js = 0.25 ± inf (quadrature), at least 0.2, 2 warnings"
    assert str(r).splitlines()[1:] == ["  warning: a", "  warning: b"]
    data = json.loads(r.to_json())
    assert (data["warnings"], data["one_sided"], data["reason"]) == (["a", "b"], "lower", None)
    other = dataclasses.replace(r, name="kl", warnings=("b",))
    assert warnings_of([r, r, other]) == ("js: a", "js, kl: b")
    because = Result.exact(math.inf, 0.0, "closed form", "Symbolic()", reason="supports")
    assert str(because).endswith("\n  reason: supports")


def test_an_infinity_that_is_not_proved_has_the_whole_line_for_its_interval():
    r = Result.exact(math.inf, math.inf, "quadrature", "Q()", warnings=("overflow",))
    assert r.interval == (-math.inf, math.inf)


def test_an_affine_image_keeps_the_words():
    r = result(warnings=("a",), reason="b", one_sided="upper").affine(2.0, -1.0, name="V")
    assert (r.value, r.name, r.warnings, r.reason, r.one_sided) == (
        -0.5,
        "V",
        ("a",),
        "b",
        "upper",
    )
    assert r.interval == tuple(2.0 * end - 1.0 for end in result().interval)


def batch(**changes) -> BatchResult:
    why = Result.exact(math.inf, 0.0, "closed form", "Symbolic()", name="kl", reason="supports")
    warned = Result.exact(0.3, 0.1, "quadrature", "Q()", name="kl", warnings=("stuck",))
    fields = {"alone": {1: why, 2: warned}, "name": "kl", "unit": "nats", **changes}
    values, errors = np.array([0.1, np.inf, 0.3]), np.array([1e-16, 0.0, 0.1])
    return BatchResult(values, errors, "quadrature", "Batch()", **fields)


def test_a_batch_gives_its_members_as_results():
    made = batch()
    assert len(made) == 3
    assert made[0] == Result.exact(0.1, 1e-16, "quadrature", "Batch()", name="kl")
    assert made[1].interval == (math.inf, math.inf) and made[1].reason == "supports"
    assert made[-1].warnings == ("stuck",)
    assert made.warnings == ((), (), ("stuck",)) and made.reason == (None, "supports", None)
    assert [r.value for r in made] == [0.1, math.inf, 0.3]
    assert "1 with warnings" in repr(made)
    assert json.loads(json.dumps(made.to_dict()))["value"] == [0.1, "inf", 0.3]
    with pytest.raises(IndexError):
        made[3]


def test_a_batch_is_formatted_by_its_values():
    value, error = np.array([0.125, 2.0]), np.array([1e-9, 1e-9])
    batch = BatchResult(value, error, "quadrature", "by hand", name="kl")
    assert f"{batch:.3f}" == "[0.125 2.000]"
    assert f"{batch:.1e}" == "[1.2e-01 2.0e+00]"
    assert f"{batch}" == str(batch)
    with pytest.raises(ValueError, match="format"):
        format(batch, "d")


def test_a_batch_has_the_shape_of_its_pairs():
    why = Result.exact(math.inf, 0.0, "closed form", "Symbolic()", name="kl", reason="supports")
    value, error = np.arange(6.0).reshape(2, 3), np.full((2, 3), 1e-16)
    value[1, 0], error[1, 0] = math.inf, 0.0
    made = BatchResult(value, error, "quadrature", "B()", name="kl", alone={3: why})
    assert (made.shape, made.size, len(made)) == ((2, 3), 6, 2)
    assert made[1, 0] is why and made[0, 2].value == 2.0 and made[-1, -1].value == 5.0
    row, column = made[1], made[:, 0]
    assert row.shape == (3,) and row[0] is why and row[2].value == 5.0
    assert column.shape == (2,) and column[1] is why and column.value[0] == 0.0
    assert made[made.value > 1].shape == (4,)
    flat = made.reshape(-1)
    assert flat[3] is why and flat.reshape(3, 2)[1, 1] is why
    assert made.reason[3] == "supports" and made.warnings == ((),) * 6
    assert repr(made).splitlines()[:2] == [
        "kl of 2 × 3 pairs in nats (quadrature)",
        " value [[ 0.  1.  2.]",
    ]
    read = BatchResult.from_json(made.to_json())
    assert read.shape == (2, 3) and read[1, 0].reason == "supports"
    with pytest.raises(ValueError, match=r"infinite at index \(1, 0\)"):
        BatchResult(value, error, "quadrature", "B()", name="kl")
    with pytest.raises(IndexError):
        made[0, 3]


def test_a_batch_that_was_written_is_read_back():
    written = batch(diagnostics={"pairs": {"a": 2}})
    read = BatchResult.from_json(written.to_json())
    assert list(read) == list(written)
    assert read.to_json() == written.to_json()
    assert (read.kind, read.method, read.name) == ("quadrature", "Batch()", "kl")
    with pytest.raises(ValueError, match="missing or unknown"):
        BatchResult.from_dict(result().to_dict())


def test_a_batch_refuses_what_a_result_refuses():
    with pytest.raises(ValueError, match="infinite at index 1"):
        batch(alone={})
    one = np.ones(2)
    for value, error in ((np.array([0.0, NAN]), one), (one, np.array([NAN, 0.0]))):
        with pytest.raises(NotANumberError, match="NaN at index"):
            BatchResult(value, error, "quadrature", "Batch()")
    with pytest.raises(ValueError, match="one shape"):
        BatchResult(one, np.ones(3), "quadrature", "Batch()")
    with pytest.raises(ValueError, match="at least 0"):
        BatchResult(one, -one, "quadrature", "Batch()")
