"""Laws of other libraries: torch, SciPy, scikit-learn, zuko."""

from divkit.distributions.adapt.api import ACCEPTED, Fitted, as_law, neighbours, sample

__all__ = ["ACCEPTED", "Fitted", "as_law", "neighbours", "sample"]
