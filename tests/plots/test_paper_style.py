"""The style of figures for papers: as wide as a column, letters as captions, letters in PDF."""

from __future__ import annotations

import matplotlib
import matplotlib.pyplot as plt
import pytest

from divkit.distributions import Normal
from divkit.plots import draw_densities, style
from divkit.plots.saving import save
from divkit.plots.style import WIDTHS


@pytest.mark.parametrize("width", [*WIDTHS, 100])
def test_a_figure_is_as_wide_as_asked_and_its_letters_fit(width):
    before = dict(matplotlib.rcParams)
    with style(width):
        figure = plt.figure()
        size = matplotlib.rcParams["font.size"]
    plt.close(figure)
    millimetres = WIDTHS.get(width, width)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(millimetres)
    assert size == (8 if millimetres < 130 else 10)
    assert dict(matplotlib.rcParams) == before


def test_a_pdf_holds_letters_and_no_drawings_of_them(tmp_path):
    with style("single"):
        figure, axes = plt.subplots()
        draw_densities(axes, Normal(0, 1), Normal(2, 1))
    save(figure, tmp_path / "a.pdf")
    plt.close(figure)
    content = (tmp_path / "a.pdf").read_bytes()
    assert b"/FontFile2" in content and b"/Type3" not in content


@pytest.mark.parametrize("width", ["wide", 3, "2000"])
def test_no_width_is_refused_with_what_there_is(width):
    with pytest.raises(ValueError, match="width must be"), style(width):
        pass
