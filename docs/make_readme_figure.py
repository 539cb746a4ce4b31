"""Make docs/_static/identity.png: two laws with D*, and max V against −2 log 2 + 2 JSD.

    python docs/make_readme_figure.py

The marks are max V by its definition, E_p log D* + E_q log(1 − D*), by quadrature on the line; the
curve is −2 log 2 + 2 JSD with JSD from the affinity formula. The two share no integrand.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import divkit
from divkit.distributions import Normal
from divkit.divergences.stable import LOG2
from divkit.exact.affinity.method import Affinity
from divkit.plots import draw_densities, style
from divkit.plots.style import BLUE, SOFT, VERMILION

TARGET = Path(__file__).parent / "_static" / "identity.png"
START = Normal(0.0, 1.0)
MARKS = np.linspace(0.0, 8.0, 17)


def draw_identity(axes: Axes) -> None:
    """Draw both sides of the identity along the shift, and say how far apart they are."""
    shifts = np.linspace(0.0, 8.0, 161)
    js = divkit.divergence_batch(START, [Normal(float(t), 1.0) for t in shifts], "js").value
    best = [divkit.gan_value(START, Normal(float(t), 1.0)) for t in MARKS]
    other = [divkit.js_divergence(START, Normal(float(t), 1.0), method=Affinity()) for t in MARKS]
    gaps = [abs(v.value - (2 * j.value - 2 * LOG2)) for v, j in zip(best, other, strict=True)]
    allowed = [v.error + 2 * j.error for v, j in zip(best, other, strict=True)]
    axes.plot(shifts, 2 * js - 2 * LOG2, color=BLUE, label="−2 log 2 + 2 JSD(p‖q)")
    axes.plot(
        MARKS, [v.value for v in best], "o", color=VERMILION, markersize=5, label="max V(D), at D*"
    )
    for level, name in ((0.0, "0"), (-2 * LOG2, "−2 log 2")):
        axes.axhline(level, color=SOFT, linewidth=1, linestyle=":")
        axes.annotate(name, (8.0, level), xytext=(0, 3), textcoords="offset points", ha="right",
                      fontsize=8.5, color=SOFT)  # fmt: skip
    axes.set_ylim(-1.5, 0.15)
    axes.set_xlabel("shift t of q = N(t, 1) from p = N(0, 1)")
    axes.set_ylabel("value of the game (nats)")
    axes.set_title(f"both sides: at most {max(gaps):.0e} apart, {max(allowed):.0e} allowed")
    axes.legend(loc="center right")


def main() -> None:
    """Write the figure."""
    with style():
        figure = Figure(figsize=(9.2, 3.4), layout="constrained")
        figure.get_layout_engine().set(wspace=0.06)
        left, right = figure.subplots(1, 2)
        draw_densities(left, START, Normal(2.0, 1.0), labels=("p = N(0, 1)", "q = N(2, 1)"))
        left.set_title("two laws and the best discriminator")
        draw_identity(right)
        TARGET.parent.mkdir(exist_ok=True)
        figure.savefig(TARGET, dpi=130, metadata={"Software": None})


if __name__ == "__main__":
    main()
