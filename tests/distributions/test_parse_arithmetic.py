"""Laws with free names: what is computed, what is refused, and that no text runs code."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from divkit.distributions import LawSyntaxError, Normal, StudentT, binomial, mixture, parse_law
from divkit.distributions.parse import LawExpression
from divkit.distributions.parse.tree import MOST_DEPTH, MOST_OPERATIONS

READ = {
    "normal(t, 1)": Normal(3, 1),
    "normal(-t, 2*t)": Normal(-3, 6),
    "normal(1/t, sqrt(t))": Normal(1 / 3, math.sqrt(3)),
    "normal(1 + 2*t - 4/2, 1)": Normal(5, 1),
    "normal(t^2, t**2)": Normal(9, 9),
    "normal(2^-1, 2^3^0)": Normal(0.5, 2),
    "normal(-2^2, 1)": Normal(-4, 1),
    "normal(--t, +t)": Normal(3, 3),
    "normal(-(t - 1), exp(0*t))": Normal(-2, 1),
    "normal(t-1, t -1)": None,
    "normal(loc=t*pi, scale=abs(-t))": Normal(3 * math.pi, 3),
    "student(t)": StudentT(3),
    "binomial(2*t, 1/t)": binomial(6, 1 / 3),
    "mixture(1-t/4: normal(), t/4: normal(t, 1))": mixture([0.25, 0.75], [Normal(), Normal(3, 1)]),
    "normal(8/2/2, 8-2-2)": Normal(2, 4),
    "normal(2*(1+t), log(exp(1)))": Normal(8, 1),
}


@pytest.mark.parametrize("text", [text for text, law in READ.items() if law])
def test_numbers_are_computed_from_free_names(text):
    values = {"t": 3} if "t" in LawExpression(text).names else {}
    assert parse_law(text, **values) == READ[text]


def test_an_expression_knows_its_names_in_the_order_of_the_text():
    both = LawExpression("mixture(1-w: normal(m, s), w: normal(-m, pi))")
    assert both.names == ("w", "m", "s")
    assert both(w=0.5, m=1.0, s=2.0) == mixture([0.5, 0.5], [Normal(1, 2), Normal(-1, math.pi)])
    assert LawExpression("normal(0, 1)").names == ()
    assert LawExpression("normal(self, 1)")(self=2.0) == Normal(2, 1)


def test_a_component_of_weight_zero_is_absent():
    ends = LawExpression("mixture(1-t: normal(0, 1), t: normal(4, 1))")
    assert ends(t=0.0).components == (Normal(0, 1),)
    assert ends(t=1.0).components == (Normal(4, 1),)


def test_a_number_is_not_what_is_typed_before_it():
    assert parse_law("normal(-3, 0.5)") == Normal(-3, 0.5)
    assert parse_law("finite([1, -2], [0.5, 0.5])").dim == 1


REFUSED = [
    ("normal(t, 1)", {}, 8, "free name"),
    ("normal(0, 1)", {"t": 1.0}, 1, "no free name 't'"),
    ("normal(0, s)", {"t": 1.0}, 11, "'s' is a free name"),
    ("normal(1/t, 1)", {"t": 0.0}, 9, "1 / 0 is no finite number"),
    ("normal(sqrt(t), 1)", {"t": -1.0}, 8, r"sqrt\(-1\) is no finite"),
    ("normal(log(t), 1)", {"t": 0.0}, 8, r"log\(0\)"),
    ("normal(t^9, 1)", {"t": 1e300}, 9, "no finite number"),
    ("normal(exp(t), 1)", {"t": 1e9}, 8, r"exp\(1e\+09\)"),
    ("normal(t^0.5, 1)", {"t": -1.0}, 9, "no finite number"),
    ("normal(0, -t)", {"t": 1.0}, 1, "scale must be in"),
    ("normal(t t, 1)", {"t": 1.0}, 10, r"expected ',' or '\)'"),
    ("normal(2t, 1)", {"t": 1.0}, 9, r"expected ',' or '\)'"),
    ("normal(1 -2)", {}, 10, "write ', -' or '- '"),
    ("finite([1 -2], [1])", {}, 11, "write ', -' or '- '"),
    ("normal(2*, 1)", {}, 10, "expected a number"),
    ("normal(*2, 1)", {}, 8, "expected a number"),
    ("normal((1, 2), 1)", {}, 10, r"expected '\)'"),
    ("normal(sqrt, 1)", {}, 12, r"expected '\(' after 'sqrt'"),
    ("normal(sqrt(1, 2), 1)", {}, 14, r"expected '\)'"),
    ("normal(eval(1), 1)", {}, 8, "unknown law 'eval'"),
    ("normal(__import__(1), 1)", {}, 8, "unknown law '__import__'"),
    ("normal(t.real, 1)", {"t": 1.0}, 9, r"unexpected '\.'"),
    ("normal(t//2, 1)", {"t": 1.0}, 10, "expected a number"),
    ("normal(t%2, 1)", {"t": 1.0}, 9, "unexpected '%'"),
    ("normal(lambda: 1, 1)", {}, 16, "law after the weight"),
    ("normal(2*normal(), 1)", {}, 16, r"expected ',' or '\)'"),
    ("normal(2*inf, 1)", {}, 9, "is no finite number"),
    ("normal(2*nan, 1)", {}, 10, "must be finite"),
]


@pytest.mark.parametrize(("text", "values", "column", "words"), REFUSED)
def test_what_is_no_number_is_refused_with_its_column(text, values, column, words):
    with pytest.raises(LawSyntaxError, match=re.compile(words, re.DOTALL)) as caught:
        parse_law(text, **values)
    assert f"(column {column})" in str(caught.value)


@pytest.mark.parametrize("value", ["1", None, True, 1j])
def test_a_value_is_a_real_number(value):
    with pytest.raises(TypeError, match="t must be a real number"):
        LawExpression("normal(t, 1)")(t=value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("normal(" + "1+" * (MOST_OPERATIONS + 1) + "1, 1)", "operations"),
        ("normal(" + "sqrt(" * (MOST_DEPTH + 2) + "1", "nested"),
        ("normal(" + "(" * 5000, "nested"),
        ("normal(" + "-" * 5000 + "1, 1)", "nested"),
        ("normal(" + "2^" * 5000 + "1, 1)", "nested"),
        ("normal(9^9^9^9^9, 1)", "no finite number"),
    ],
)
def test_long_and_deep_numbers_are_refused_at_once(text, words):
    with pytest.raises(LawSyntaxError, match=words):
        parse_law(text)


def test_many_operations_are_allowed_where_each_number_is_short():
    parts = ", ".join("1/64 + 0: normal()" for _ in range(64))
    assert parse_law(f"mixture({parts})").dim == 1


_PIECES = ["normal", "mixture", "sqrt", "t", "(", ")", ",", ":", "=", "1", "0.5", "+", "-", "*"]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([*_PIECES, "/", "^", " ", "[", "]"]), max_size=14).map("".join))
def test_any_text_is_a_law_or_a_syntax_error_at_any_value(text):
    try:
        law = LawExpression(text)
        assert law(**dict.fromkeys(law.names, 0.5)).dim >= 1
    except LawSyntaxError as error:
        assert "column" in str(error)


_NUMBERS = st.floats(-1e3, 1e3).map(lambda x: repr(abs(x)))
_SUMS = st.recursive(
    _NUMBERS | st.just("t"),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
        lambda parts: "({}{}{})".format(*parts)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(_SUMS, st.floats(-10, 10))
def test_sums_and_products_are_those_of_python(text, t):
    law = LawExpression(f"normal({text}, 1)")
    values = {"t": t} if law.names else {}
    assert law(**values).loc == pytest.approx(eval(text, {"t": t}), rel=0, abs=0)
