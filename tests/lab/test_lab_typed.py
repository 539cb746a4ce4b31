"""What is typed into the page and copied from it: the number that is meant, or words."""

import json

import pytest
from lab_nodes import WORDS, needs_node, ran

from divkit.lab.screens.fields import changed
from divkit.lab.screens.table import MODELS

NUMBERS = [
    ("1.5", 1.5),
    ("1,5", 1.5),
    ("-1,25", -1.25),
    ("0,125", 0.125),
    ("１．５", 1.5),
    ("１，５", 1.5),
    ("\u22121.5", -1.5),
    ("\u2212 1.5", -1.5),
    ("－２", -2),
    (" 2 ", 2),
    ("1\u00a0000", 1000),
    ("12 345.5", 12345.5),
    ("1e-3", 1e-3),
    ("1e\u22123", 1e-3),
    ("2.5 × 10⁻⁷", 2.5e-7),
    ("2*10^3", 2000),
    ("3 x 10^(-2)", 0.03),
    (".5", 0.5),
    ("5.", 5),
    ("+4", 4),
    ("1。5", 1.5),
    ("12,3456", 12.3456),
]
ODD = [
    ("1,500", "two"),
    ("12,345", "two"),
    ("1.234,5", "none"),
    ("1,234,567", "none"),
    ("1 5", "none"),
    ("1 00", "none"),
    ("2²", "none"),
    ("1/2", "none"),
    ("50%", "none"),
    ("abc", "none"),
    ("0x10", "none"),
    ("1_000", "none"),
    ("Infinity", "none"),
    ("1、5", "none"),
    ("--1", "none"),
    ("1*103", "none"),
    ("1e999", "none"),
]


@needs_node
def test_a_number_is_the_one_that_is_meant_or_it_is_refused():
    texts = [text for text, _ in NUMBERS + ODD]
    found = ran(f"""
const {{ number }} = await import("./typed.js");
console.log(JSON.stringify({json.dumps(texts)}.map(number)));
""")
    for (text, value), each in zip(NUMBERS, found, strict=False):
        assert each == {"value": value}, text
    for (text, why), each in zip(ODD, found[len(NUMBERS) :], strict=True):
        assert each["odd"] == why, text


@needs_node
def test_what_could_be_two_numbers_is_told_with_both():
    code = 'console.log(JSON.stringify((await import("./typed.js")).number("-1,500")));'
    assert ran(code) == {"odd": "two", "either": "-1.500", "or": "-1500"}


RAISED = "3.5\u00a0× 10\u221212"
"""As a selection gives what is set with a raised exponent."""


@needs_node
def test_what_is_copied_is_a_number_of_python():
    shown = ["\u22120.693147", "2.4 × 10⁻¹⁶", "\u22121.5 × 10³", "∞", "\u2212∞", RAISED]
    code = f"""
const {{ python }} = await import("./typed.js");
console.log(JSON.stringify({json.dumps(shown)}.map(python)));
"""
    assert [float(each) for each in ran(code)] == [
        -0.693147,
        2.4e-16,
        -1500.0,
        float("inf"),
        float("-inf"),
        3.5e-12,
    ]


LAWS = [
    "normal（0，1）",
    "normal(0，\u22121)",
    "normal（0.5，１）",
    "mixture（0.5：normal（0，1）、0.5：normal（1，1））",
    "normal(0,\u30001)",
]


@needs_node
def test_a_law_in_full_width_letters_is_read():
    code = f"""
const {{ plain }} = await import("./typed.js");
console.log(JSON.stringify({json.dumps(LAWS)}.map(plain)));
"""
    assert ran(code) == [
        "normal(0,1)",
        "normal(0,-1)",
        "normal(0.5,1)",
        "mixture(0.5:normal(0,1),0.5:normal(1,1))",
        "normal(0, 1)",
    ]


SLIPS = [
    "normal(0, 1",
    "normal 0 1",
    "normal(0 1)",
    "normal(0;1)",
    "normal(0, 0)",
    "normal",
    "normal(0,1))",
    "gauss(0,1)",
    "正态(0,1)",
    "N(0,1)",
    "mixture(normal(0,1), normal(1,1))",
    "normal(nan, 1)",
    "mixture(0.5 normal(0,1), 0.5 normal(1,1))",
    "mixture(0.5: normal(0,1))",
    "normal(inf, 1)",
    "0.5*normal(0,1)+0.5*normal(1,1)",
    "mixture(0.5: normal(0, 1), 0.5: )",
    "mixture()",
    "mixture(-0.5: normal(0, 1), 1.5: normal(1,1))",
    "normal(0, 1,5)",
    "normal(mean=0, sd=1)",
    "normal(mu=0, sigma=1)",
    "normal(loc=0, scale=1, x=2)",
    "normal(0, scale=1, scale=2)",
    "student(0)",
    "uniform(1, 0)",
    "normal(1/0, 1)",
    "normal(0, 'a')",
    "exp(1)",
    "poisson(3)",
    "ring(8)",
    "beta(2)",
    "scipy.stats.norm(0, 1)",
    "normal(0, 1) normal(1,1)",
    "2 * normal(0, 1)",
    "normal(,1)",
    "normal(0,1);",
    "p = normal(0,1)",
    "mixture(50%: normal(0,1), 50%: normal(1,1))",
    "normal([0,0],[1,1])",
    "mixture([0.5,0.5],[normal(0,1),normal(1,1)])",
    "triangular(2,1,0)",
    "truncated(normal(0,1), 50, 60)",
    "normal(0, 1e-320)",
    "normal(0, 1e-400)",
    "normal(1 -2, 1)",
]


ENGLISH = (" must ", "expected", " or ", " after ", "missing", "too many", " at place")


def refusals(texts):
    model = MODELS["line"]
    for text in texts:
        with pytest.raises((ValueError, TypeError)) as refusal:
            model(changed(model.defaults, {"p": text}))
        yield str(refusal.value)


@needs_node
def test_slips_in_laws_of_ones_own_are_told_in_the_language_of_the_page():
    found = ran(f"""
globalThis.document = {{ documentElement: {{}} }};
const words = await import("./words.js");
const {{ readFileSync }} = await import("node:fs");
const [zh, en] = ["zh", "en"].map((each) => JSON.parse(
  readFileSync(`lang/${{each}}.json`, "utf8")));
words.adopt("zh", zh, en);
console.log(JSON.stringify({json.dumps(list(refusals(SLIPS)))}.map(words.said)));
""")
    original = WORDS["zh"]["page"]["original"].partition("{")[0]
    for text, said in zip(SLIPS, found, strict=True):
        assert original not in said, text
        first = said.splitlines()[0]
        for word in (
            " must ",
            "expected",
            "unexpected",
            " or ",
            " after ",
            "missing",
            "too many",
            " at place",
        ):
            assert word not in first, text
