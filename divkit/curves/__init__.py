"""Curves of divergences along families of laws: paths, placement of points, what is laid over.

>>> from divkit.curves import curve
>>> kl = curve("normal(0, 1)", "normal(t, 1)", "kl", over={"t": [1, 2]}).series("kl")[0]
>>> kl.round(12).tolist()
[0.5, 2.0]
"""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
