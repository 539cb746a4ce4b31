"""Relatives of the game, and curves drawn by hand."""

import numpy as np
import pytest
import torch
from lab_scripts import numbers_of, printed_by

from divkit.distributions.parse import parse_law
from divkit.lab.screens.fields import changed
from divkit.lab.screens.freehand import MOST, fitted, text_of
from divkit.lab.screens.line import LineScreen, LineState
from divkit.lab.screens.relatives import RelativesScreen, RelativesState, code_density

SMALL = {"batch": 32, "width": 6, "target": "checkerboard", "components": 2}


def relatives(**fields):
    return RelativesScreen(changed(RelativesState(), {**SMALL, **fields}))


def test_the_numbers_are_those_of_the_exported_script(capsys):
    screen = relatives(system="likelihood")
    screen.step("both", 3)
    printed, shown = printed_by(screen, capsys), numbers_of(screen)
    assert {name: printed[name] for name in shown} == pytest.approx(shown, rel=0, abs=1e-12)
    first = {f"{name}_by_draws": each.value for name, each in next(screen.numbers()).items()}
    assert {name: printed[name] for name in first} == pytest.approx(first, rel=0, abs=1e-12)


@pytest.mark.parametrize("system", ["vae", "autoencoder"])
def test_copies_and_codes_are_drawn(system):
    screen = relatives(system=system)
    screen.step("both", 2)
    picture = screen.picture()
    assert {"links", "grid", "codes", "prior", "fake", "rival"} <= set(picture.arrays)
    assert len(picture.packed(frame=1, seq=1, step=2)) <= 10_000


@pytest.mark.parametrize("widths", [None, torch.full((500, 1), 0.3, dtype=torch.float64)])
def test_codes_have_a_density(widths):
    z = torch.linspace(-4, 4, 401, dtype=torch.float64)[:, None]
    centres = torch.linspace(-1, 1, 500, dtype=torch.float64)[:, None]
    mass = float(torch.trapezoid(code_density(z, centres, widths), z[:, 0]))
    assert abs(mass - 1) < 0.01


def test_only_both_move():
    with pytest.raises(ValueError, match="who must be both"):
        relatives().step("d", 1)


def test_a_drawn_mixture_is_found_again():
    law = parse_law("mixture(0.4: normal(-1, 0.3), 0.6: normal(1, 0.8))")
    x = np.linspace(-4, 4, 80)
    parts = fitted(x, 3.0 * np.exp(law.log_prob(x[:, None])))
    found = parse_law(text_of(parts))
    assert len(parts) <= MOST
    assert abs(sum(w for w, _, _ in parts) - 1) < 1e-12
    np.testing.assert_allclose(
        np.exp(found.log_prob(x[:, None])), np.exp(law.log_prob(x[:, None])), atol=2e-3
    )


@pytest.mark.parametrize(("count", "most"), [(24, 0.015), (41, 0.0015), (80, 0.0015)])
def test_no_normal_stands_between_two_points_of_a_drawn_curve(count, most):
    """A smooth curve at few points became spikes that none of them saw."""
    x, between = np.linspace(-6, 6, count), np.linspace(-6, 6, 1201)

    def hills(at):
        return np.exp(-((at - 3) ** 2)) + 0.7 * np.exp(-((at + 1.5) ** 2) / 1.5)

    law = parse_law(text_of(fitted(x, hills(x))))
    mass = np.sqrt(np.pi) * (1 + 0.7 * np.sqrt(1.5))
    found = np.exp(law.log_prob(between[:, None]))
    assert np.abs(found - hills(between) / mass).max() <= most


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([0, 1, 2], [1, 1, 1], "has 8 to"),
        (range(10), [0] * 10, "positive somewhere"),
        ([*range(9), 0], [1] * 10, "left to right"),
        (range(10), [float("nan")] * 10, "finite"),
    ],
)
def test_a_curve_that_is_none_is_refused(x, y, why):
    with pytest.raises(ValueError, match=why):
        fitted(x, y)


def test_a_drawn_curve_becomes_p_by_a_patch():
    screen = LineScreen(LineState())
    x = np.linspace(-3, 3, 40)
    curve = np.column_stack([x, np.exp(-0.5 * x**2)]).ravel().tolist()
    assert list(screen.ask("fit", {"curve": curve})) == [{}]
    law = parse_law(screen.patched()["p"])
    assert abs(float(np.atleast_1d(law.mean)[0])) < 0.05
    assert screen.patched() == {}
    with pytest.raises(ValueError, match="curve must be"):
        list(screen.ask("fit", {"curve": "x"}))
