"""Laws read from text: what is read, what is refused and where the message points."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from divkit import as_law, curve, divergence
from divkit.distributions import (
    LAWS,
    Affine,
    Beta,
    Cauchy,
    Exponential,
    FiniteLaw,
    Gamma,
    Gumbel,
    Laplace,
    LawSyntaxError,
    Logistic,
    LogNormal,
    MultivariateNormal,
    MultivariateStudentT,
    Normal,
    Pareto,
    Product,
    StudentT,
    Uniform,
    bernoulli,
    categorical,
    grid,
    mixture,
    parse_law,
    ring,
    transformed,
)
from divkit.distributions.parse import keywords
from divkit.distributions.parse.names import ELSEWHERE
from divkit.distributions.parse.tree import MOST_CHARACTERS, MOST_DEPTH, MOST_DIGITS

READ = {
    "normal(0, 1)": Normal(0, 1),
    "Normal ( -3 ,\t+0.5 )": Normal(-3, 0.5),
    "gaussian(scale=2., loc=.5)": Normal(0.5, 2.0),
    "normal()": Normal(),
    "normal(1e-3, 2.5E+1)": Normal(1e-3, 25.0),
    "laplace(0, 1)": Laplace(0, 1),
    "logistic(0.5, 1.2)": Logistic(0.5, 1.2),
    "student(3, 0, 1)": StudentT(3, 0, 1),
    "student(df=3)": StudentT(3),
    "cauchy(0, 1)": Cauchy(0, 1),
    "gumbel(0, 1)": Gumbel(0, 1),
    "uniform(0.5, 1.5)": Uniform(0.5, 1.5),
    "exponential(2)": Exponential(2),
    "exponential(rate=2)": Exponential(2),
    "gamma(2, 1)": Gamma(2, 1),
    "beta(a=2, b=3)": Beta(2, 3),
    "lognormal(0, 1)": LogNormal(0, 1),
    "log_normal(0, 1)": LogNormal(0, 1),
    "pareto(3, 1)": Pareto(3, 1),
    "mvnormal([1, 2], [[1, 0.5], [0.5, 2]])": MultivariateNormal((1, 2), ((1, 0.5), (0.5, 2))),
    "mvstudent(3, [0, 0], [[1, 0], [0, 1]])": MultivariateStudentT(3, (0, 0), ((1, 0), (0, 1))),
    "mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))": mixture(
        [0.3, 0.7], [Normal(-3, 0.5), Normal(0, 1)]
    ),
    "mixture(1: mixture(0.5: cauchy(), 0.5: laplace()))": mixture(
        [1.0], [mixture([0.5, 0.5], [Cauchy(), Laplace()])]
    ),
    "product(normal(0, 1), laplace(0, 1))": Product((Normal(), Laplace())),
    "iid(normal(0, 1), 3)": Product((Normal(), Normal(), Normal())),
    "affine(gamma(2, 1), shift=1, factor=-2)": transformed(Gamma(2, 1), Affine(1, -2)),
    "categorical([0.2, 0.8])": categorical((0.2, 0.8)),
    "bernoulli(0.1)": bernoulli(0.1),
    "finite([0, 5], [0.5, 0.5])": FiniteLaw((0, 5), (0.5, 0.5)),
    "ring(8, radius=1, sd=0.01)": ring(8, 1.0, 0.01),
    "grid(side=3)": grid(3),
    "normal(0, 1,)": Normal(0, 1),
}


@pytest.mark.parametrize("text", READ)
def test_reads(text):
    assert parse_law(text) == READ[text]


@pytest.mark.parametrize(
    "name", ["checkerboard", "rings", "moons", "banana", "funnel", "spiral", "pinwheel"]
)
def test_toys_are_read_by_name(name):
    assert parse_law(f"{name}()").dim == 2


REFUSED = [
    ("", 1, "expected a law"),
    ("   ", 4, "expected a law"),
    ("normal", 7, r"expected '\(' after 'normal'"),
    ("normal(0, 1", 12, r"expected ',' or '\)'"),
    ("normal(0 1)", 10, "got '1'"),
    ("normal(0,, 1)", 10, "expected a number"),
    ("normal(0, 1))", 13, "expected the end"),
    ("normal(0, 1) + 1", 14, r"expected the end of the text, got '\+'"),
    ("1", 1, "expected a law"),
    ("normal(inf, 1)", 1, "loc must be finite"),
    ("normal(0, -inf)", 1, "scale must be finite"),
    ("normal(nan, 1)", 8, "must be finite"),
    ("normal(1e999, 1)", 8, "must be finite"),
    ("nornal(0, 1)", 1, "Did you mean 'normal'"),
    ("mixture(1: nornal(0, 1))", 12, "Did you mean 'normal'"),
    ("normal(0, 0)", 1, "scale must be in"),
    ("mixture(1: normal(0, -1))", 12, "scale must be in"),
    ("normal(0, 1, 2)", 1, "too many positional.*usage normal"),
    ("normal(mean=0)", 1, "normal has no parameter 'mean'; did you mean 'loc'.*normal\\(loc=0.0"),
    ("student(t=0.5)", 1, "student has no parameter 't'. Usage: student\\(df, loc=0.0"),
    ("gamma(alpha=1)", 1, "'alpha'; did you mean 'shape'"),
    ("poisson(lambda=3)", 1, "'lambda'; did you mean 'rate'"),
    ("laplace(0, scael=1)", 1, "'scael'; did you mean 'scale'"),
    ("mixture(weight=1)", 1, "mixture has no parameter 'weight'"),
    ("normal(loc=0, loc=1)", 1, "named twice"),
    ("normal(0, loc=1)", 1, "multiple values"),
    ("normal([0], 1)", 1, "loc must be one real number"),
    ("normal(normal(), 1)", 1, "loc must be one real number"),
    ("student()", 1, "missing a required argument: 'df'"),
    ("mixture(normal())", 1, "weight: law"),
    ("mixture()", 1, "weight: law"),
    ("mixture(0.3: normal(), 0.3: normal())", 1, "sum to 0.6"),
    ("mixture(-1: normal(), 2: normal())", 1, "weights must be"),
    ("mixture(0.5: normal(), 0.5: ring())", 1, "one dimension"),
    ("mixture(0.5: 3)", 14, "expected a law after the weight"),
    ("iid(normal(), 0)", 1, "n must be an int of at least 1"),
    ("iid(normal(), 1.5)", 1, "n must be an int of at least 1"),
    ("product()", 1, "at least one"),
    ("mvnormal([0, 0], [[1, 2], [2, 1]])", 1, "positive definite"),
    ("grid(1000000)", 1, "side must be at most 1000"),
    ("grid(1000)", 1, "1000000 Gaussians"),
    ("checkerboard(1000)", 1, "cells must be at most 50"),
    ("spiral(sd=1e-9)", 1, "Raise sd"),
    ("__import__('os')", 12, 'unexpected "\'"'),
    ("normal(0, 1).__class__", 13, r"unexpected '\.'"),
    ("normal(0; 1)", 9, "unexpected ';'"),
    ("normal(٣, 1)", 8, "unexpected"),
    ("normal(0\x00, 1)", 9, "unexpected"),
]


@pytest.mark.parametrize(("text", "column", "words"), REFUSED)
def test_refuses_with_the_column(text, column, words):
    with pytest.raises(LawSyntaxError, match=re.compile(words, re.DOTALL)) as caught:
        parse_law(text)
    message, line, pointer = str(caught.value).split("\n")
    assert f"(column {column})" in message
    shown = line[len(pointer) - 1 : len(pointer)] or " "
    assert shown == (re.sub(r"\s", " ", text[column - 1 : column]) or " ")


def test_limits():
    nested = "mixture(1:" * (MOST_DEPTH + 1) + "normal()" + ")" * (MOST_DEPTH + 1)
    deepest = "mixture(1:" * MOST_DEPTH + "normal()" + ")" * MOST_DEPTH
    assert parse_law(deepest).dim == 1
    for text in (nested, "normal(" + "[" * 5000, "normal(" * 5000):
        with pytest.raises(LawSyntaxError, match="nested"):
            parse_law(text)
    with pytest.raises(LawSyntaxError, match="characters"):
        parse_law("normal(" + "1" * (MOST_DIGITS + 1) + ", 1)")
    with pytest.raises(LawSyntaxError, match="characters"):
        parse_law("normal(" + "1" * 5000 + ", 1)")
    with pytest.raises(LawSyntaxError, match="characters"):
        parse_law("normal(0, 1)" + " " * MOST_CHARACTERS)


@pytest.mark.parametrize("text", [None, 3, b"normal(0, 1)", ["normal(0, 1)"]])
def test_only_strings(text):
    with pytest.raises(TypeError, match="text must be a string"):
        parse_law(text)


def test_a_new_law_joins_by_registering():
    LAWS.register("half_unit_test_law", lambda scale: Normal(0.0, scale))
    assert parse_law("half_unit_test_law(2)") == Normal(0, 2)


_PIECES = ["normal", "mixture", "ring", "(", ")", "[", "]", ",", ":", "=", "0", "1", "0.5", "-1"]


@pytest.mark.slow
@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([*_PIECES, " ", "é", "loc"]), max_size=14).map("".join))
def test_any_text_is_a_law_or_a_syntax_error(text):
    try:
        assert parse_law(text).dim >= 1
    except LawSyntaxError as error:
        assert "column" in str(error)


@given(st.floats(-1e300, 1e300), st.floats(1e-300, 1e300))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_numbers_are_read_to_the_last_bit(loc, scale):
    assert parse_law(f"normal({loc!r}, {scale!r})") == Normal(loc, scale)


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_a_name_of_scipys_whose_parameters_differ_is_refused_with_both_ways(name):
    with pytest.raises(
        LawSyntaxError, match=rf"SciPy's.*write {ELSEWHERE[name]}\(.*stats\.{name}"
    ):
        parse_law(f"{name}(0.5)")


def test_a_point_is_written():
    """W1 of points is their distance, JS log 2, and E|X| = √(2/π) of a normal from its centre."""
    assert divergence("dirac(0)", "dirac(-3)", "w1").value == pytest.approx(3.0, abs=1e-12)
    assert divergence("dirac(0)", "point_mass(1)", "js").value == pytest.approx(math.log(2))
    found = divergence("delta(0)", "normal(0, 1)", "w1")
    assert found.value == pytest.approx(math.sqrt(2 / math.pi), abs=1e-12)


def test_a_family_without_its_parameter_says_where_that_goes():
    with pytest.raises(ValueError, match=r"needs its parameter, as in 'renyi\(0\.3\)'"):
        divergence("normal()", "normal(1)", "renyi", alpha=2)


@pytest.mark.parametrize("name", sorted(LAWS))
def test_a_wrong_keyword_is_named_by_every_law(name):
    """Whatever else is missing, the keyword is named first, with those that the law takes."""
    with pytest.raises(LawSyntaxError, match=rf"^{name} has no parameter 'zzq'.*Usage: {name}"):
        parse_law(f"{name}(zzq=1)")


def test_other_words_for_parameters_lead_to_names_that_laws_take():
    every = {one for name in LAWS for one in keywords.parameters(name)}
    assert {one for meant in keywords._OTHERS.values() for one in meant} <= every


LISTS = ["[0.5, 0.5]", " [1/4, 3*0.25]", "[1]", "[0, 1]"]


@pytest.mark.parametrize("text", LISTS)
def test_a_list_alone_is_probabilities_as_in_python(text):
    numbers = eval(text.strip())  # arithmetic of this file's own
    assert parse_law(text) == as_law(text) == as_law(numbers)


@pytest.mark.parametrize(
    "text", ["[0.5, 0.6]", "[1.5, -0.5]", "[[0.5, 0.5], [0.5, 0.5]]", "[[0.25, 0.25], [0.5, 0]]"]
)
def test_a_list_is_refused_as_in_python(text):
    with pytest.raises(ValueError) as own:
        as_law(eval(text))
    with pytest.raises(ValueError) as read:
        as_law(text)
    with pytest.raises(LawSyntaxError) as written:
        parse_law(text)
    assert str(read.value) == str(own.value)
    assert str(own.value).rstrip(".") in str(written.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "probabilities are numbers"),
        ("[normal(0, 1)]", "a list alone is probabilities"),
        ("[0.5, 0.5", "expected ',' or ']'"),
        ("[0.5, 0.5] 1", "expected the end of the text"),
        ("[0.5, t]", "free name"),
        ("finite(0:0.5, 1:0.5)", "usage finite(atoms=[…], probs=[…])"),
        ("normal(0 1)", "usage normal(loc=0.0, scale=1.0)"),
        ("mixture(0.5: 0.5)", "usage mixture(weight: law, ...)"),
        ("norml(0 1)", "expected ',' or ')', got '1' (column"),
    ],
)
def test_a_part_that_is_not_understood_names_the_usage(text, words):
    with pytest.raises(LawSyntaxError, match=re.escape(words)):
        parse_law(text)


def test_lists_of_different_length_are_refused_and_others_aligned():
    for pair in (("[0.5, 0.5]", "[0.5, 0.25, 0.25]"), ("[0.5, 0.5]", [0.5, 0.25, 0.25])):
        with pytest.raises(ValueError, match="2 and 3 probabilities"):
            divergence(*pair, "js")
    mixed = divergence("[0.5, 0.5]", [0.9, 0.1], "kl")
    assert mixed.value == divergence([0.5, 0.5], [0.9, 0.1], "kl").value
    with pytest.raises(ValueError, match="2 probabilities and"):
        curve("[t, 1 - t]", "[0.2, 0.3, 0.5]", "js", over="t=0.1:0.9:3")
    found = curve("[t, 1 - t]", "[0.5, 0.5]", "kl", over={"t": [0.25, 0.5]})
    assert found.results[0][0].value == pytest.approx(
        0.25 * math.log(0.5) + 0.75 * math.log(1.5), abs=1e-14
    )
