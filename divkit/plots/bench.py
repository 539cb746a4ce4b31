"""The benchmark drawn: distance from the statistical limit against n."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from divkit.bench.board import Standing
from divkit.plots.style import DASHES, SERIES

_MARKS = "os^Dvx"


def draw_standings(
    axes: Axes,
    standings: Sequence[Standing],
    *,
    ratio: str = "common",
    order: Sequence[str] = (),
) -> Axes:
    """Ratio to the efficiency bound against n, log-log, one line an estimator.

    Parameters
    ----------
    standings : of one problem and divergence.
    ratio : "common" or "plain" (`divkit.bench.board`).
    order : estimators in the order in which they take colours, so that panels agree; those that
        are not named follow.

    Raises
    ------
    ValueError
        If they are of several problems or divergences, or `ratio` is neither.
    """
    if len({(s.problem, s.divergence) for s in standings}) != 1:
        raise ValueError("standings must be of one problem and one divergence.")
    if ratio not in ("common", "plain"):
        raise ValueError(f"ratio must be 'common' or 'plain'; got {ratio!r}.")
    for k, name in enumerate(dict.fromkeys([*order, *(s.estimator for s in standings)])):
        members = sorted((s for s in standings if s.estimator == name), key=lambda s: s.n)
        if not members:
            continue
        shown = [(s.n, getattr(s, ratio)) for s in members if math.isfinite(getattr(s, ratio))]
        axes.plot(
            [n for n, _ in shown],
            [height for _, height in shown],
            color=SERIES[k % len(SERIES)],
            linestyle=DASHES[k // len(SERIES) % len(DASHES)],
            marker=_MARKS[k % len(_MARKS)],
            label=name,
        )
    axes.axhline(1.0, color="0.35", linewidth=1.0, linestyle=":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("n = m, rows of each sample")
    axes.set_ylabel("RMSE / efficiency bound")
    axes.set_title(f"{standings[0].divergence}: {standings[0].problem}")
    axes.legend()
    return axes
