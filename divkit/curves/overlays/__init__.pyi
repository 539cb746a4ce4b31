from divkit.curves.overlays.asymptotes import Asymptotes
from divkit.curves.overlays.bounds import Bounds
from divkit.curves.overlays.estimates import Estimates
from divkit.curves.overlays.slopes import Slopes
from divkit.curves.overlays.trained import TrainedCritics

__all__ = ["Asymptotes", "Bounds", "Estimates", "Slopes", "TrainedCritics"]
