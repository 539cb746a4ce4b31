"""Figures: Axes in, Axes out, one style that is never global.

>>> from matplotlib.figure import Figure
>>> from divkit.distributions import Normal
>>> from divkit.plots import draw_densities, style
>>> with style():
...     axes = draw_densities(Figure().subplots(), Normal(0, 1), Normal(2, 1))
>>> axes.get_xlabel()
'x'
"""

from divkit.lazy import attach
from divkit.plots.style import style as style  # its module has this name too

__getattr__, __dir__, __all__ = attach(__name__, __file__)
