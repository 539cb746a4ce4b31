"""What notebooks show: HTML that parses, with the numbers, the warnings and a picture."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

import divkit
from divkit.games import GAMES
from divkit.results import Result
from divkit.training.measures.records import Record
from divkit.types import Distribution

P, Q = divkit.Normal(0, 1), divkit.Normal(1, 1)
JS = Result.exact(0.25, 1e-9, "quadrature", "Quadrature(rounds=3)", name="js")
VOID = {"br", "img", "path", "meta"}


class Balanced(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.words = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        """Leave out what closes itself."""

    def handle_data(self, data):
        self.words.append(data)


def words_of(shown):
    read = Balanced()
    read.feed(shown._repr_html_())
    read.close()
    assert read.open == []
    return " ".join(read.words)


def test_a_result_shows_value_error_method_and_every_warning():
    words = words_of(Result.exact(0.25, 1e-9, "quadrature", "Quadrature(rounds=3)", name="a < b",
                                  warnings=("few & far",)))  # fmt: skip
    for part in ("0.2500000000 ± 1e-09 nats", "a < b", "quadrature", "few & far"):
        assert part in words
    assert "rounds" not in words


def test_a_limit_says_what_it_claims_and_an_infinity_why():
    assert "at least 0.2" in words_of(Result.bound(0.3, (0.2, 0.7), "by hand"))
    endless = Result.exact(float("inf"), 0.0, "closed form", "by hand", reason="disjoint")
    assert "disjoint" in words_of(endless)


LAWS = {
    "normal": P,
    "beta with poles": divkit.Beta(0.5, 0.5),
    "cauchy": divkit.Cauchy(0, 1),
    "mixture": divkit.mixture([0.3, 0.7], [divkit.Normal(-3, 0.5), P]),
    "poisson": divkit.Poisson(3),
    "categorical": divkit.categorical([0.2, 0.5, 0.3]),
    "text": divkit.parse_law("gamma(2, 3)"),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_a_law_on_the_line_has_a_picture(law):
    html = law._repr_html_()
    words_of(law)
    numbers = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", html)
    heights = [float(y) for _, y in numbers]
    assert len(heights) > 3 and all(0 <= y <= 60 for y in heights)
    assert max(heights) - min(heights) > 40  # it fills its frame
    assert "nan" not in html and "inf" not in html


@pytest.mark.parametrize("name", divkit.distributions.__all__)
def test_every_law_that_is_made_without_parameters_is_shown(name):
    maker = getattr(divkit.distributions, name)
    try:
        law = maker()
    except (TypeError, ValueError):
        return
    if isinstance(law, Distribution):
        words_of(law)


def test_a_law_in_space_says_its_dimension():
    assert "dimension 2" in words_of(divkit.MultivariateNormal([0, 0], [[1, 0], [0, 1]]))


def test_a_batch_shows_its_first_entries():
    several = divkit.divergence_batch(
        divkit.NormalBatch(np.arange(20.0), 1.0), divkit.NormalBatch(0.0, 1.0), "js"
    )
    words = words_of(several)
    assert "the first 10" in words and repr(float(several.value[9])) in words
    assert repr(float(several.value[12])) not in words


def test_a_table_of_checks_is_a_list_that_says_how_many_hold():
    results = divkit.verify("gan-identity", figures=False)
    assert isinstance(results, list) and "1 of 1 statements hold" in repr(results)
    assert "1 of 1 statements hold" in words_of(results)
    assert results[0].left_label in words_of(results[0])


def test_a_game_shows_its_theorem():
    assert "max V = -1.38629 + 2 · js" in words_of(GAMES["gan"])


def test_a_record_shows_the_jsd_beside_the_bound():
    assert "0.25" in words_of(Record(step=3, seed=0, js=JS, bound=JS))


def test_a_curve_shows_its_picture_and_plots_without_axes():
    import matplotlib.pyplot as plt

    made = divkit.curve("normal(0, 1)", "normal(0, t)", ["js", "kl"], over={"t": [1, 2, 3]})
    assert 'src="data:image/png;base64,' in made._repr_html_()
    words_of(made)
    axes = made.plot()
    assert axes.figure.number in plt.get_fignums() and len(axes.get_lines()) >= 2
    plt.close("all")


def test_a_comparison_shows_its_verdict_and_columns():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 1)), rng.normal(1, 1, size=(60, 1))
    compared = divkit.compare(x, y, ["js"], permutations=99)
    words = words_of(compared)
    assert compared.verdict in words and "p-value" in words


def test_showing_needs_no_matplotlib_until_a_curve_is_shown():
    code = (
        "import sys, divkit; r = divkit.js_divergence('normal(0, 1)', 'normal(1, 1)');"
        "r._repr_html_(); divkit.Normal(0, 1)._repr_html_(); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_laws_stand_at_the_top_and_are_those_of_the_package():
    for name in ("Normal", "Poisson", "Dirichlet", "mixture", "product", "truncated"):
        assert name in divkit.__all__
        assert getattr(divkit, name) is getattr(divkit.distributions, name)


def test_a_training_shows_its_records_and_plays_nothing_to_be_shown():
    steps = divkit.train_gan(divkit.Normal(1, 1), steps=2, batch=8, every=1)
    assert "not begun" in words_of(steps) and "not begun" in repr(steps)
    records = [step.record for step in steps]
    assert steps.records == records and "at step 2" in repr(steps)
    words = words_of(steps)
    assert all(f"{record.js.value:.6g}" in words for record in records)
