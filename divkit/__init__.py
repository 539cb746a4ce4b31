"""divkit: divergences between probability laws — exact, certified, trained and estimated.

Every name below is imported when it is first used, so that `import divkit` is quick.

>>> import divkit
>>> p, q = divkit.Normal(0, 1), divkit.Normal(1, 1)
>>> round(float(divkit.js_divergence(p, q)), 12)
0.111421482185
"""

from __future__ import annotations

from divkit.lazy import attach
from divkit.moved import install

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = attach(__name__, __file__)
install()
