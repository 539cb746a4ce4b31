"""Extreme parameters give a number, a told infinity or a refusal: never NaN.

`benchmarks/fuzz_exact.py` and `benchmarks/wrapped_random.py` take as many cases as one asks for.
"""

import math
import sys
import warnings
from pathlib import Path

import pytest

import divkit
from divkit.distributions.parse import parse_law

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import fuzz_exact
import wrapped_random


@pytest.mark.sweep(3)
@pytest.mark.parametrize("index", range(40))
def test_no_nan_and_no_untold_infinity(index):
    words = fuzz_exact.case(7, index)
    kind, found = fuzz_exact.verdict(*words)
    assert kind != "broken", (words, found)


def divergence(p, q, kind, method="auto"):
    return divkit.divergence(parse_law(p), parse_law(q), kind, method)


def test_draws_at_a_pole_have_its_limit():
    found = divergence("uniform(1e6,1000000.01)", "beta(0.01,1)", "js", "qmc")
    assert abs(found.value - math.log(2)) <= 4 * found.error < 1e-11


@pytest.mark.parametrize(
    ("p", "q", "kind"),
    [
        ("pareto(0.5,0.5)", "cauchy(1e300,1e-20)", "energy"),
        ("cauchy(1.7e308,1)", "pareto(1.5,1)", "w2"),
        ("cauchy(0,1)", "pareto(1.5,1)", "w2"),
        ("student_t(1.5,0,1)", "student_t(1.2,0,1)", "w2"),
        ("pareto(1,1)", "pareto(0.9,1)", "w1"),
    ],
)
def test_metrics_with_one_heavy_end_are_infinite_with_their_reason(p, q, kind):
    found = divergence(p, q, kind)
    assert found.value == math.inf and found.error == 0 and found.reason


def test_metrics_with_lighter_ends_are_not():
    assert divergence("cauchy(0,1)", "normal(0,1)", "energy").value < 10
    assert divergence("pareto(3,1)", "pareto(2.5,1)", "w1").value < 10


NAMES = ("levy", "semicircular", "hypsecant", "invgamma", "genextreme", "fatiguelife", "nct")


@pytest.mark.sweep(4)
@pytest.mark.parametrize("name", [*NAMES, "torch"])
def test_wrapped_catalogues_in_pairs(name):
    pairs = list(wrapped_random.catalogue((name,)))
    chosen = pairs[::9] if name == "torch" else [pair for pair in pairs if pair[1][0] == name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k, words in enumerate(chosen[:10]):
            kind = wrapped_random.KINDS[k % 4]
            verdict, found, truth, slack, _ = wrapped_random.judge(kind, *words)
            assert verdict != "silent", (kind, words, found, truth, slack)
