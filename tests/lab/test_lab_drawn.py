"""What is drawn of laws, and said of the picture: against SciPy's own distributions."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from divkit.distributions.parse import parse_law
from divkit.lab.screens.drawn import POINTS, described, places, share, ticks
from divkit.lab.screens.fields import changed
from divkit.lab.screens.freehand import fitted, text_of
from divkit.lab.screens.line import LineScreen, LineState
from divkit.lab.screens.screen import NotKnown

VIEW = (-6.0, 6.0)


def mixed(*parts):
    """The distribution function and density of a mixture of SciPy's laws."""
    return (
        lambda x: sum(w * law.cdf(x) for w, law in parts),
        lambda x: sum(w * law.pdf(x) for w, law in parts),
    )


NEAR = (0.5, stats.norm(-1, 1)), (0.5, stats.norm(-1 + 1e-7, 1))
LAWS = {
    "mixture(0.5: normal(0.01, 0.002), 0.5: normal(0, 2))": (
        (0.5, stats.norm(0.01, 0.002)), (0.5, stats.norm(0, 2))),
    "mixture(0.03: normal(1.234, 1e-6), 0.97: normal(0, 1))": (
        (0.03, stats.norm(1.234, 1e-6)), (0.97, stats.norm(0, 1))),
    "cauchy(0, 1)": ((1.0, stats.cauchy(0, 1)),),
    "student(2)": ((1.0, stats.t(2)),),
    "mixture(0.5: normal(-1, 1), 0.5: normal(-0.9999999, 1))": NEAR,
    "uniform(-1, 2)": ((1.0, stats.uniform(-1, 3)),),
    "beta(0.5, 0.5)": ((1.0, stats.beta(0.5, 0.5)),),
    "laplace(1, 0.01)": ((1.0, stats.laplace(1, 0.01)),),
}  # fmt: skip
HIGH = "mixture(0.03: normal(1.234, 1e-6), 0.97: normal(0, 1))", "beta(0.5, 0.5)"
"""Too high for the trapezoidal rule on the places of a picture."""


@pytest.mark.parametrize("text", LAWS)
def test_what_is_said_of_a_law_is_so(text):
    cdf, _ = mixed(*LAWS[text])
    found = described(VIEW, p=parse_law(text))
    for name, level in {"p_from": 0.25, "p_to": 0.75}.items():
        truth = optimize.brentq(lambda x, level=level: cdf(x) - level, -1e3, 1e3, xtol=1e-14)
        assert abs(found[name].value - truth) <= found[name].error + 1e-12 * abs(truth)
    beyond = cdf(VIEW[0]) + 1 - cdf(VIEW[1])
    assert abs(found["p_outside"].value - beyond) <= found["p_outside"].error


@pytest.mark.parametrize("text", sorted({*LAWS} - {*HIGH}))
def test_a_picture_has_the_mass_that_lies_between_its_even_places(text):
    """Half of the law's mass could lie between two of them, and be told by none."""
    cdf, pdf = mixed(*LAWS[text])
    x = places(VIEW, parse_law(text)).numpy()[:, 0]
    assert np.trapezoid(pdf(x), x) == pytest.approx(cdf(VIEW[1]) - cdf(VIEW[0]), abs=0.02)
    assert len(x) <= POINTS + 80


@pytest.mark.parametrize("text", [*LAWS][:2])
def test_the_top_of_a_spike_is_drawn(text):
    _, pdf = mixed(*LAWS[text])
    around = LAWS[text][0][1].mean()
    best = optimize.minimize_scalar(
        lambda z: -pdf(around + 1e-6 * z), bounds=(-1, 1), method="bounded"
    )
    drawn = LineScreen(changed(LineState(), {"p": text})).picture().arrays["p"]
    assert drawn.max() == pytest.approx(-best.fun, rel=1e-6)


def test_round_places_are_among_those_that_are_drawn(rng):
    for _ in range(50):
        low = rng.normal(0, 10 ** rng.uniform(-3, 4))
        view = low, low + 10 ** rng.uniform(-3, 4)
        x = places(view, parse_law("normal(0, 1)")).numpy()[:, 0]
        for place in ticks(*view, 5):
            assert np.abs(x - place).min() <= 1e-12 * max(1.0, abs(place)) or not (
                view[0] <= place <= view[1]
            )
        back = view[0] + (view[1] - view[0]) * share(x, view).astype(float)
        assert np.abs(back - x).max() <= 1e-7 * (view[1] - view[0])


def test_of_a_law_that_was_drawn_by_hand_the_middle_half_is_the_drawn_one():
    x = np.linspace(-3, 3, 61)
    law = parse_law(text_of(fitted(list(x), list(np.exp(-np.abs(x - 0.5))))))
    found = described(VIEW, p=law)
    samples = law.sample(200_000, np.random.default_rng(5)).numpy()[:, 0]
    # Order statistics of 200,000 draws: six standard errors, a false alarm in 1e-8.
    for name, level in {"p_from": 0.25, "p_to": 0.75}.items():
        off = 6 * math.sqrt(level * (1 - level) / len(samples))
        low, high = np.quantile(samples, [level - off, level + off])
        assert low <= found[name].value <= high


def test_where_a_law_has_a_gap_at_a_quarter_the_error_says_so():
    law = parse_law("mixture(0.25: uniform(0, 1), 0.75: uniform(2, 3))")
    found = described(VIEW, p=law)["p_from"]
    assert isinstance(found, NotKnown) or found.error >= 0.5


def test_a_law_without_a_density_is_refused():
    with pytest.raises(ValueError, match="must have a density"):
        LineScreen(changed(LineState(), {"p": "poisson(3)"}))


def test_a_picture_of_spikes_stays_within_its_bytes():
    spikes = ", ".join(f"0.1: normal({c}.013, 0.0001)" for c in range(-4, 6))
    state = changed(LineState(), {"p": f"mixture({spikes})", "q": "normal(0, 0.001)"})
    screen = LineScreen(state)
    dict(pair for part in screen.numbers() for pair in part.items())
    assert len(screen.picture().packed(frame=1, seq=1, step=0)) <= 10_240
