"""Names of divergences and units in figures, and of numbers on logarithmic axes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, NullFormatter

from divkit.curves.entries import Entry
from divkit.divergences import named
from divkit.divergences.base import Divergence

NATS = "(nats)"
_NAMES = re.compile(r", (?![^()]*\))")
"""Between names, and not within the brackets of a name."""
LENGTH = "length"
"""The unit of what is drawn on the right axis."""
_FORMULA = re.compile(r"(?<!α) = ")
"""Before a label's formula, and not before the value of its order."""
_WORDS = {"w1": "W1", "w2": "W2", "energy": "energy distance"}


def short(kind: str | Divergence) -> str:
    """The label of a divergence without its remarks: "JSD", not "JSD (≤ log 2)"."""
    divergence = named(kind)
    label = _FORMULA.split(divergence.label.split(" (")[0])[0]
    return _WORDS.get(divergence.name, label)


def is_length(entries: Sequence[Entry]) -> bool:
    """Whether a divergence is measured in the unit of x."""
    return LENGTH in {entry.unit for entry in entries}


def is_unknown(entry: Entry) -> bool:
    """Whether a finite value has no error and claims no side: there is nothing to draw."""
    return entry.one_sided is None and math.isinf(entry.error) and math.isfinite(entry.value)


def short_label(label: str) -> str:
    """The label of an axis of several divergences without their names, which the legend has.

    >>> short_label("JSD, KL(p‖q) (nats)"), short_label("JSD (nats), TV"), short_label("TV")
    ('divergence (nats)', 'divergence (nats or 1)', 'TV')
    """
    names = _NAMES.split(label)
    if len(names) < 2:
        return label
    units = dict.fromkeys(re.findall(r"\((?:nats|unit of x)\)", label))
    if label.endswith(tuple(units)) and label.count(NATS) < 2:
        return "divergence " + "".join(units)
    return "divergence (nats or 1)" if units else "divergence"


def level_words(value: float) -> str:
    """A ceiling in words and figures."""
    return "log 2 ≈ 0.693" if math.isclose(value, math.log(2)) else f"{value:.4g}"


def plain_ticks(axis: Axis) -> None:
    """Write 0.5, 1, 20 on a logarithmic axis, as long as they are short."""
    low, high = sorted(axis.get_view_interval())
    if low < 1e-4 or high > 1e5:
        return
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())
    if high < 100 * low:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
