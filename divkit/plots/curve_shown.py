"""A curve where nobody gave it axes: in a new figure of pyplot's, or as a notebook's picture."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

from matplotlib.axes import Axes

from divkit.curves import Curve
from divkit.plots.paper import curve_figure
from divkit.plots.style import style


def new_axes(curve: Curve) -> Axes | Sequence[Axes]:
    """Return axes of a new figure: one, or for a map one a divergence."""
    import matplotlib.pyplot as plt  # the one place that asks for pyplot's current figure

    panels = len(curve.kinds) if curve.is_map else 1
    with style():
        figure = plt.figure(figsize=(6.4 * panels, 4.0), layout="constrained")
        axes = [figure.add_subplot(1, panels, k + 1) for k in range(panels)]
    return axes[0] if panels == 1 else axes


def picture(curve: Curve) -> str:
    """Return the curve's figure as an HTML image, which a page may hold by itself."""
    content = io.BytesIO()
    curve_figure(curve).savefig(content, format="png", dpi=110)
    data = base64.b64encode(content.getvalue()).decode("ascii")
    names = ", ".join(kind.name for kind in curve.kinds)
    words = escape(f"{names} along {curve.path.label}")
    return f'<img alt="{words}" src="data:image/png;base64,{data}">'
