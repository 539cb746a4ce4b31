"""Options of the methods by name, which `divergence` and its relatives pass on."""

from __future__ import annotations

from typing import TypedDict

from divkit.rng import RandomState


class MethodOptions(TypedDict, total=False):
    """Every option of a method that a name means; each method takes its own and refuses others.

    Attributes
    ----------
    digits : of "certified", significant ones of the enclosure.
    rounds, panels, mass_tolerance : of "quadrature": refinements and panels at most, and the
        most that a density's mass may differ from 1 by.
    tolerance, max_points, patience : of "tensor": the error that is wanted, evaluations at most,
        and the boxes after which a run stops that would not get there.
    n, level, rng : of "qmc" and "distribution_free": points, the interval's confidence, the
        random state.
    replicates, control : of "qmc": randomisations, and whether the control variate is used.
    step, cutoff, line : of "affinity": the sum's step and end, and whether unlike laws on the
        line are taken too.
    points : of "auto", the most that tensor quadrature may evaluate.

    See Also
    --------
    divkit.divergence : which takes them.

    Examples
    --------
    >>> from divkit import js_divergence
    >>> options = MethodOptions(digits=20)
    >>> print(js_divergence("normal(0, 1)", "normal(1, 1)", method="certified", **options))
    js = 0.11142148218473617 ± 6.7e-18 (enclosure)
    """

    digits: int
    rounds: int
    panels: int
    mass_tolerance: float
    tolerance: float
    max_points: int
    patience: int
    n: int
    level: float
    rng: RandomState
    replicates: int
    control: bool
    step: float
    cutoff: float
    line: bool
    points: int
