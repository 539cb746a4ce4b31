"""G0 → D0* → G1 → …: the derivation's own picture, and where a D that is held leads."""

from __future__ import annotations

from matplotlib.figure import Figure

import divkit
from divkit.plots import draw_strip
from divkit.theory.game.evolution import DATA, generator, path
from pictures.checks import of_check

START, RATE, STEPS = (2.4, -0.3), 2.0, 2


def strip() -> Figure:
    """Each row: a generator with its JSD, the best D against it, and where D sends its points."""
    laws = [generator(theta) for theta in path(START, STEPS, RATE)]
    return draw_strip(DATA, laws, [divkit.js_divergence(DATA, law) for law in laws])


def runaway() -> Figure:
    """Minimising V(D0*, ·) to the end: the check's own figure."""
    return of_check("evolution")
