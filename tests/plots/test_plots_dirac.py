"""The Dirac-GAN's picture holds the paths that were played, from the start that is marked."""

import pytest
from matplotlib.figure import Figure

from divkit.plots import draw_dirac, style
from divkit.training.dirac.games import gan
from divkit.training.dirac.play import Alternating, Simultaneous, trajectory


@pytest.fixture
def axes():
    with style():
        yield Figure().subplots()


def test_paths_are_the_ones_played(axes):
    rules = {"at once": Simultaneous(0.2), "in turn": Alternating(0.2, 5)}
    assert draw_dirac(axes, gan(), rules, steps=40) is axes
    lines = {line.get_label(): line for line in axes.get_lines()}
    for name, rule in rules.items():
        path = trajectory(gan(), rule, steps=40)
        assert lines[name].get_xdata().tolist() == path[:, 0].tolist()
        assert lines[name].get_ydata().tolist() == path[:, 1].tolist()
    assert axes.get_title(loc="left") == "GAN"


def test_nothing_to_draw_is_an_error(axes):
    with pytest.raises(ValueError, match="updates"):
        draw_dirac(axes, gan(), {})
