"""One sample to a density: scikit-learn's fit, score_samples and sample; a law once fitted."""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
