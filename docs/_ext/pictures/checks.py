"""The figures that checks make, as `divkit verify --report` shows them."""

from __future__ import annotations

from matplotlib.figure import Figure

import divkit
from divkit.plots.evidence import draw_evidence


def of_check(id: str) -> Figure:
    """Return the figure of a check, which has to hold."""
    (result,) = divkit.verify(id)
    if not result.holds:
        raise RuntimeError(f"the check {id!r} fails: its figure would show what is not so.")
    figure = Figure(figsize=(5.2, 3.4), layout="constrained")
    draw_evidence(result, figure.subplots())
    return figure
