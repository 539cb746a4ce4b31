"""Numbers, counts and ratios as the benchmark's tables write them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from divkit.bench.counts import Count
from divkit.bench.pairing import PairedRatio


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""A table, whatever its cells say.

    >>> print(markdown(["a"], [["b | c"]]))
    | a |
    | --- |
    | b \| c |
    """
    inside = ([_cell(text) for text in row] for row in rows)
    lines = [header, ["---"] * len(header), *inside]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _cell(text: str) -> str:
    return " ".join(text.splitlines()).replace("|", "\\|")


def said(text: str) -> str:
    r"""Text of somebody's as a line of Markdown, without markup.

    >>> print(said("a <b>\n`c`"))
    a &lt;b&gt; \`c\`
    """
    line = _cell(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return line.replace("`", "\\`")


def number(figure: float) -> str:
    """Two decimals, three digits below a tenth, a dash for NaN."""
    if math.isnan(figure):
        return "–"
    return f"{figure:.2f}" if 0.1 <= abs(figure) < 1e4 else f"{figure:.2g}"


def ratio(value: float, error: float) -> str:
    """A ratio with its standard error, marked where that is as large: it says next to nothing.

    >>> ratio(0.36, 1.34), ratio(math.nan, math.nan)
    ('0.36 ± 1.34 (too few draws)', '–')
    """
    if math.isnan(value):
        return "–"
    return f"{number(value)} ± {number(error)}" + (" (too few draws)" if error >= value else "")


def fixed(figure: float, form: str) -> str:
    """A number in a format, a dash for NaN."""
    return "–" if math.isnan(figure) else format(figure, form)


def covered(count: Count) -> str:
    """A share with its 95 % interval, or "none"."""
    if not count.of:
        return "none"
    low, high = count.interval()
    return f"{count.share:.2f} [{low:.2f}, {high:.2f}]"


def below(count: Count) -> str:
    """A count, and the number of right ones among them."""
    return f"{count.of} ({count.hits} hold)" if count.of else "0"


def beside(pair: PairedRatio | None) -> str:
    """A ratio with its 95 % interval, or a dash."""
    if pair is None:
        return "–"
    if math.isnan(pair.low):
        return number(pair.ratio)
    return f"{number(pair.ratio)} [{number(pair.low)}, {number(pair.high)}]"
