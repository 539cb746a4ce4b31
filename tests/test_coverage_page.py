"""The coverage page has a row for every law that can be written, and says what is so."""

import sys
from pathlib import Path

import pytest

from divkit.distributions.parse import parse_law

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import coverage_cells
import coverage_page
import coverage_render
from coverage_pairs import PAIRS

STORED = coverage_page.stored()
ROWS = STORED["rows"]
AGAIN = "run `python benchmarks/coverage_page.py`"


def test_every_law_of_the_parser_has_a_row():
    laws = {law.name: law.on for law in coverage_page.laws()}
    lacking = set(laws) ^ set(PAIRS)
    assert not lacking, f"benchmarks/coverage_pairs.py has not just the parser's laws: {lacking}"
    assert {name: row["on"] for name, row in ROWS.items()} == laws, AGAIN
    assert {name: (row["p"], row["q"]) for name, row in ROWS.items()} == PAIRS, AGAIN


def test_the_page_is_what_the_numbers_say():
    text = coverage_page.PAGE.read_text(encoding="utf-8")
    assert text == coverage_render.page(STORED), AGAIN


@pytest.mark.parametrize("name", ["exponential", "categorical"])
def test_a_row_measured_again_is_got_in_the_same_ways(name):
    texts = PAIRS[name]
    for part, method in (("cells", "auto"), ("certified", "certified")):
        for kind, told in ROWS[name][part].items():
            again = coverage_cells.answered(parse_law(texts[0]), parse_law(texts[1]), kind, method)
            for key in ("how", "method"):
                assert again.get(key) == told.get(key), (kind, method, AGAIN)
            values = [one["value"] for one in (again, told) if "value" in one]
            assert len(values) != 1, (kind, method, AGAIN)
            if values and values[0] != values[1]:
                assert abs(values[0] - values[1]) <= again["error"] + told["error"], AGAIN


def test_values_lie_in_their_enclosures():
    pairs = 0
    for name, row in ROWS.items():
        for kind, proof in row["certified"].items():
            if proof["how"] == "certified" and "interval" in row["cells"][kind]:
                low, high = map(float, row["cells"][kind]["interval"])
                least, most = map(float, proof["interval"])
                assert low <= most and least <= high, (name, kind)
                pairs += 1
    assert pairs > 100
