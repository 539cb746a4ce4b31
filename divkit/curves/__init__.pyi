from divkit.curves.api import curve
from divkit.curves.axis import Axis
from divkit.curves.entries import Refusal
from divkit.curves.layers import Layer, Overlay
from divkit.curves.overlays.asymptotes import Asymptotes
from divkit.curves.overlays.bounds import Bounds
from divkit.curves.overlays.estimates import Estimates
from divkit.curves.overlays.slopes import Slopes
from divkit.curves.overlays.trained import TrainedCritics
from divkit.curves.paths import (
    PATHS,
    DegreesOfFreedom,
    Dimension,
    Function,
    Laws,
    Mixing,
    Path,
    Scale,
    Shift,
)
from divkit.curves.placement import Placement
from divkit.curves.table import Curve

__all__ = [
    "PATHS",
    "Asymptotes",
    "Axis",
    "Bounds",
    "Curve",
    "DegreesOfFreedom",
    "Dimension",
    "Estimates",
    "Function",
    "Laws",
    "Layer",
    "Mixing",
    "Overlay",
    "Path",
    "Placement",
    "Refusal",
    "Scale",
    "Shift",
    "Slopes",
    "TrainedCritics",
    "curve",
]
