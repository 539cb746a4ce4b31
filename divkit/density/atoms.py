"""Samples that have no density, whose values are on steps or beyond squares: refused, or told."""

from __future__ import annotations

import numpy as np

from divkit.samples import ColumnKind, Sample, columns, common_step

_COARSE = 50
"""Steps a sample's range has at least where nothing need be said of them."""
_ENOUGH = 3
_LEAST = 1e-140
"""Spread of which fourth powers of small shares are still floats."""


def require_no_atoms(sample: Sample) -> None:
    """Refuse a sample of one column that is a few whole numbers, each of many rows.

    Raises
    ------
    ValueError
        If it is; the message has some values, and the ways out.
    """
    for k, facts in enumerate(columns(sample.x) if sample.dim == 1 else ()):
        whole = bool((facts.atoms == np.round(facts.atoms)).all())
        if facts.kind is ColumnKind.DISCRETE and whole:
            shown = ", ".join(f"{value:.6g}" for value in facts.atoms[:5])
            raise ValueError(
                f"{_label(sample, k)} has atoms, values that rows repeat ({shown}): a smooth "
                "density would spread them. Take method='auto', whose law is a table of atoms and "
                "densities, or blur them: divkit.samples.one_sample(X, jitter=0.5).x."
            )


def steps_of(sample: Sample) -> tuple[str, ...]:
    """Say of each column whose values are on few steps that they are."""
    notes = []
    for k, x in enumerate(sample.x.T):
        step = common_step(np.unique(x)) if len(x) >= _ENOUGH else None
        if step is not None and np.ptp(x) <= _COARSE * step:
            notes.append(
                f"{_label(sample, k)} is on steps of {step:.6g}: its law has atoms, or was "
                "rounded. method='auto' has laws of counts and tables"
            )
    return tuple(notes)


def require_squares(sample: Sample) -> None:
    """Refuse a sample whose distances have squares that no float holds.

    Raises
    ------
    ValueError
        If the spread of a column, half of its rows or all, is not in (1e-140, 1e140).
    """
    for k, x in enumerate(sample.x.T):
        low, quarter, most, high = np.quantile(x, [0, 0.25, 0.75, 1])
        for spread in (0.5 * high - 0.5 * low, 0.5 * most - 0.5 * quarter):
            if spread > 0 and not _LEAST < spread < 1 / _LEAST:
                raise ValueError(
                    f"{_label(sample, k)} spreads over {2 * spread:.3g}, and floats do not hold "
                    f"the squares of such distances. Fit X / {spread:.0e}: the density at x is "
                    f"that of the fit at x / {spread:.0e}, divided by {spread:.0e} a column."
                )


def _label(sample: Sample, k: int) -> str:
    if sample.dim == 1:
        return "X"
    return f"column {sample.columns[k] if sample.columns else k} of X"
