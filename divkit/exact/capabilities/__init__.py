"""The capabilities of each law in exact calculation, one file a group of kin, open to others.

`declare` puts a type of laws on the table, with as much as is known of it; `capabilities` says
what a law has. The methods of `divkit.exact` ask here.
"""

from divkit.exact.capabilities import (
    bounded,
    counts,
    finite,
    formulas,
    heavy,
    images,
    location_scale,
    log,
    multivariate,
    normal,
    positive,
    shapes,
    truncated,
)
from divkit.exact.capabilities.base import (
    Balls,
    Capabilities,
    Component,
    Inverse,
    Shape,
    Tame,
    declare,
)
from divkit.exact.capabilities.compose import components
from divkit.exact.capabilities.listed import capabilities, table
from divkit.exact.capabilities.queries import (
    affinity,
    cdf,
    core,
    decay,
    end_exponent,
    end_growth,
    family_affinity,
    gaussian_components,
    growth,
    inverse,
    log_density,
    member,
    shape,
    singular_ends,
    tame,
)

FAMILIES = (
    normal,
    location_scale,
    heavy,
    bounded,
    positive,
    log,
    multivariate,
    finite,
    formulas,
    images,
    shapes,
    truncated,
    counts,
)
"""The modules whose import has put families on the table."""

__all__ = [
    "FAMILIES",
    "Balls",
    "Capabilities",
    "Component",
    "Inverse",
    "Shape",
    "Tame",
    "affinity",
    "capabilities",
    "cdf",
    "components",
    "core",
    "decay",
    "declare",
    "end_exponent",
    "end_growth",
    "family_affinity",
    "gaussian_components",
    "growth",
    "inverse",
    "log_density",
    "member",
    "shape",
    "singular_ends",
    "table",
    "tame",
]
