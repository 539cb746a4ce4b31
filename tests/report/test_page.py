"""The page stands alone, escapes what it is given, and shows every number."""

import math
import re
from html.parser import HTMLParser

import pytest

from divkit.report import render, write_report
from divkit.report.graphics import figure_svg, formula_svg
from divkit.report.numbers import value
from divkit.theory import CHECKS, CheckResult, Comparison, Figure, Line, verify

ATTACK = "</script><img src=x onerror=alert(1)>\"'&"


def result(**changes):
    settings = {
        "id": "some-check",
        "group": "B",
        "equation": "(7)",
        "statement": "a statement",
        "formula": r"\frac{1}{2}=\frac{2}{4}",
        "left_label": "left method",
        "right_label": "right method",
        "allowed_because": "errors",
        "rows": (Comparison("first", 0.5, 0.5, 1e-9), Comparison("second", 1.0, 2.0, 0.0, "≤")),
    }
    return CheckResult(**(settings | changes))


class Collector(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, key, text) for key, text in attrs]

    def handle_data(self, data):
        self.text.append(data)


def parse(page):
    collector = Collector()
    collector.feed(page)
    return collector


def test_every_text_that_could_be_a_users_is_escaped():
    figure = Figure(ATTACK, ATTACK, (Line(ATTACK, (0.0, 1.0), (0.0, 1.0)),), caption=ATTACK)
    hostile = result(
        id=ATTACK,
        statement=ATTACK,
        left_label=ATTACK,
        right_label=ATTACK,
        allowed_because=ATTACK,
        equation=ATTACK,
        note=ATTACK,
        figure=figure,
        rows=(Comparison(ATTACK, 1.0, 1.0, 0.1),),
    )
    parsed = parse(render([hostile], title=ATTACK))
    assert "script" not in parsed.tags
    assert "img" not in parsed.tags
    assert not [key for _, key, _ in parsed.attributes if key.startswith("on")]
    assert sum(ATTACK in text for text in parsed.text) >= 6


def test_nothing_is_fetched():
    page = render([result()])
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?!#)", page)
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)
    assert {"link", "script", "iframe", "img"}.isdisjoint(parse(page).tags)


def test_ids_are_unique_and_links_arrive():
    page = render([result(), result(id="other"), result(id="third", group="A")])
    attributes = parse(page).attributes
    ids = [text for _, key, text in attributes if key == "id"]
    assert len(ids) == len(set(ids))
    targets = {text[1:] for _, key, text in attributes if key.endswith("href") and text}
    assert targets <= set(ids)


def test_verdicts_and_numbers_are_there():
    page = render([result(), result(id="bad", rows=(Comparison("off", 0.25, 0.75, 0.1),))])
    assert "1 of 2 statements hold" in page
    assert "✗ fails" in page
    assert "✓ holds" in page
    assert ">0.25<" in page
    assert ">−0.5<" in page


def test_infinities_and_nan_are_words():
    rows = (Comparison("odd", math.inf, math.nan, 0.0),)
    page = render([result(rows=rows)])
    assert "∞" in page
    assert "NaN" in page
    assert (value(-math.inf), value(-1e-20, 2)) == ("−∞", "−1e−20")


def test_no_results_is_an_error():
    with pytest.raises(ValueError, match="at least one result"):
        render([])


def test_writing_leaves_one_whole_file_and_replaces_the_old(tmp_path):
    path = write_report([result()], tmp_path / "out")
    write_report([result(statement="second time")], tmp_path / "out")
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["index.html"]
    assert "second time" in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")


@pytest.mark.sweep(5)
@pytest.mark.parametrize("id", sorted(CHECKS))
def test_every_formula_can_be_drawn(id):
    svg = formula_svg(CHECKS[id].formula)
    assert svg.startswith("<svg")
    assert "<path d=" in svg


def test_a_figure_takes_the_pages_colours():
    (found,) = verify(only="relativistic")
    svg = figure_svg(found)
    assert "currentColor" in svg
    assert "var(--series-0)" in svg
    assert "#0072b2" not in svg


def test_a_figure_with_a_band_and_log_axes_is_drawn():
    line = Line("x", (1.0, 10.0), (0.1, 1.0), "marks", (0.05, 0.5), (0.2, 2.0))
    figure = Figure("n", "error", (line,), log_x=True, log_y=True)
    assert "<svg" in figure_svg(result(figure=figure))
