"""Where the capabilities of divkit's own laws are declared; a group is imported for a law of it.

Most groups bring a family's balls and closed forms along, so that a pair of laws pays for its own
kin alone.
"""

from __future__ import annotations

from importlib import import_module

GROUPS = {
    "adapt.forms.law": "formulas",
    "compose.mixture": "compose",
    "compose.product": "compose",
    "compose.transformed": "images",
    "compose.transformed_line": "images",
    "compose.truncated": "truncated",
    "counts.decays": "counts",
    "counts.image": "counts",
    "counts.law": "counts",
    "counts.poisson": "counts",
    "counts.powers": "counts",
    "counts.trials": "counts",
    "counts.waiting": "counts",
    "families.bounded": "bounded",
    "families.heavy": "heavy",
    "families.location_scale": "location_scale",
    "families.log": "log",
    "families.multivariate": "multivariate",
    "families.normal": "normal",
    "families.positive": "positive",
    "finite.discrete": "finite",
    "shapes.circle": "shapes",
    "shapes.compositions": "shapes",
    "shapes.coordinates": "shapes",
    "shapes.correlations": "shapes",
    "shapes.matrix_normal": "shapes",
    "shapes.simplex": "shapes",
    "shapes.singular_normal": "shapes",
    "shapes.sphere": "shapes",
    "shapes.wishart": "shapes",
}
"""Modules of `divkit.distributions` -> the module of this package that declares their laws."""

_LAWS = "divkit.distributions."


def fetch(kind: type) -> None:
    """Import the group that declares the laws of a type's module, if there is one."""
    group = GROUPS.get(kind.__module__.removeprefix(_LAWS))
    if group is not None:
        import_module(f"divkit.exact.capabilities.{group}")
