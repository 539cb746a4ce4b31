"""The coverage page as text, from the measured rows alone."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from coverage_cells import KINDS, LIMIT

Row: TypeAlias = dict[str, Any]

HEADS = ("KL", "JS", "TV", "H²", "χ²", "R½", "R2", "W₁")
SYMBOLS = {
    "closed": ("●", "a formula"),
    "affinity": ("◆", "the affinity formula, one integral in any dimension"),
    "sum": ("Σ", "a sum over atoms, its rest bounded"),
    "quadrature": ("∫", "adaptive quadrature, on the line or in coordinates"),
    "infinite": ("∞", "infinite, proven"),
    "draws": ("○", "an estimate by draws, with its standard error"),
    "limit": ("≥", "a limit from one side, or a value of unknown error, with the reason"),
    "refused": ("–", "refused, with the reason"),
    "slow": ("⧗", f"stopped after {LIMIT:g} CPU s"),
}
COARSE = 1e-8
MARK = "~"
ABSENT = {"none": "–", "": ""}
GROUPS = {
    "the line": "The line",
    "a half-line": "A half-line",
    "an interval": "An interval",
    "numbers": "Counts and finite laws of numbers",
    "R^d": "R^d, circles, spheres, simplices, matrices, counts of many cells",
    "laws": "Made of other laws",
    "the plane": "Targets in the plane, and images",
}
KIN = {
    "the circle": "R^d",
    "the sphere": "R^d",
    "the simplex": "R^d",
    "matrices": "R^d",
    "a flat in R^d": "R^d",
    "counts of many cells": "R^d",
    "images": "the plane",
}
"""Spaces that share another's table."""

COMMAND = "python benchmarks/coverage_page.py"


def page(stored: dict[str, Any]) -> str:
    """The whole page; a row of a space without a table of its own gets one of its name."""
    rows = stored["rows"]
    parts = ["# Coverage: laws × divergences", totals(rows), legend(stored)]
    for space in dict.fromkeys(KIN.get(row["on"], row["on"]) for row in rows.values()):
        parts += [f"## {GROUPS.get(space, space)}", summary(grouped(rows, space))]
    parts.append("## Each law")
    parts.append(
        "Values to six digits. Times are CPU milliseconds of a call once everything is imported."
    )
    parts += [details(name, row) for name, row in rows.items()]
    parts += ["## How it is made", making(stored)]
    return "\n\n".join(parts) + "\n"


def grouped(rows: dict[str, Row], space: str) -> dict[str, Row]:
    """The rows of a table."""
    return {name: row for name, row in rows.items() if KIN.get(row["on"], row["on"]) == space}


def table(heads: Iterable[str], lines: Iterable[Iterable[str]], align: str) -> str:
    """A Markdown table; `align` has l, c or r a column."""
    rules = {"l": ":--", "c": ":-:", "r": "--:"}
    every = [list(heads), [rules[letter] for letter in align], *map(list, lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in every)


def symbol(cell: Row) -> str:
    """The cell's symbol, marked where its error is coarse."""
    error = cell.get("error", 0.0)
    coarse = cell["how"] not in {"draws", "limit", "infinite"} and float(error) > COARSE
    return SYMBOLS[cell["how"]][0] + MARK * coarse


def proved(row: Row) -> int:
    """How many divergences of the pair have an enclosure."""
    return sum(cell["how"] in {"certified", "infinite"} for cell in row["certified"].values())


def elsewhere(answer: str) -> str:
    """A library's answer for KL as a symbol."""
    return ABSENT.get(answer) if answer in ABSENT else SYMBOLS[answer][0]


def summary(rows: dict[str, Row]) -> str:
    """One table: a line a law."""
    heads = ("law", *HEADS, "proved", "torch", "TFP", "NumPyro", "Julia", "SciPy")
    lines = (
        (
            f"`{name}`",
            *(symbol(row["cells"][kind]) for kind in KINDS),
            str(proved(row) or ""),
            elsewhere(row["peers"]["torch"]["how"]),
            *(elsewhere(row["peers"][library]) for library in ("TFP", "NumPyro", "Julia")),
            "Σ" * bool(row["peers"]["SciPy"]),
        )
        for name, row in rows.items()
    )
    return table(heads, lines, "l" + "c" * 14)


def totals(rows: dict[str, Row]) -> str:
    """The first sentences: how many cells are got in which way, here and elsewhere."""
    cells = [cell for row in rows.values() for cell in row["cells"].values()]
    count = {how: sum(cell["how"] == how for cell in cells) for how in SYMBOLS}
    known = len(cells) - count["refused"] - count["slow"] - count["limit"]
    fine = sum(_fine(cell) for cell in cells)
    proofs = sum(map(proved, rows.values()))
    times = [cell["ms"] for cell in cells if cell["how"] not in {"refused", "slow"}]
    kl = [row["cells"]["kl"]["how"] for row in rows.values()]
    answered = len(kl) - sum(how in {"refused", "slow"} for how in kl)
    ways = ", ".join(f"{count[how]} {words}" for how, words in WAYS.items() if count[how])
    return (
        f"Of {len(cells)} cells, {len(rows)} laws by {len(KINDS)} divergences, divkit answers "
        f"{known} with an error: {ways}. {count['limit']} are limits or of unknown error, "
        f"{count['refused']} refused with the reason, {count['slow']} not answered in {LIMIT:g} "
        f"CPU seconds. The error is below 1e-10 in {fine} "
        f"cells, {proofs} have a proved enclosure as well, and the median call takes "
        f"{_time(statistics.median(times))} ms.\n\nKL, the one divergence that others have, is "
        f"answered for {answered} laws; by a formula without an error for {_peers(rows)}."
    )


WAYS = {
    "closed": "by a formula",
    "affinity": "by the affinity formula",
    "sum": "by a sum",
    "quadrature": "by quadrature",
    "infinite": "by a proof that the value is infinite",
    "draws": "by draws",
}


def _fine(cell: Row) -> bool:
    sure = cell["how"] in {"closed", "affinity", "sum", "quadrature", "infinite"}
    return sure and float(cell["error"]) < 1e-10


def _peers(rows: dict[str, Row]) -> str:
    answers = [row["peers"] for row in rows.values()]
    by_torch = sum(peer["torch"]["how"] == "closed" for peer in answers)
    said = [f"torch {by_torch}"]
    said += [
        f"{name} {sum(peer[name] == 'closed' for peer in answers)}" for name in ("TFP", "NumPyro")
    ]
    julia = [peer["Julia"] for peer in answers]
    generic = sum(how in {"quadrature", "draws"} for how in julia)
    last = f"Distributions.jl {julia.count('closed')} ({generic} more by its generic integral)"
    return f"{', '.join(said)} and {last}"


def legend(stored: dict[str, Any]) -> str:
    """What symbols and columns mean."""
    words = [(sign, what) for sign, what in SYMBOLS.values()]
    words.append((MARK, "beside a symbol: an error above 1e-8"))
    return "\n\n".join(
        [
            "The pair of each row is two ordinary members of the family, written in the folded "
            "details below; `divkit laws` has the parameters.",
            table(("symbol", "how `auto` gets it"), words, "cl"),
            "H² is the squared Hellinger distance, R½ and R2 are Rényi's divergences of order ½ "
            "and 2, W₁ is Wasserstein's distance. *proved*: for how many of the eight "
            '`method="certified"` gives an enclosure. The last columns are KL elsewhere: '
            "● a formula, ∫ generic quadrature or a sum up to quantiles, ○ a hundred draws (none "
            "of them with an error), – the law is there without a KL, empty no such law. None of "
            "those libraries has the other seven (TFP's `tfp.vi` estimates f-divergences from "
            "draws, as losses); SciPy's Σ is KL, JS (`jensenshannon`) and W₁ of finite tables.",
        ]
    )


def details(name: str, row: Row) -> str:
    """The folded table of a law: values, errors, times, proofs, reasons."""
    lines = [
        (head, *_numbers(row["cells"][kind]), *_proof(row["certified"][kind]))
        for head, kind in zip(HEADS, KINDS, strict=True)
    ]
    heads = ("", "value", "error", "by", "ms", "proved to", "ms")
    parts = [
        f":::{{dropdown}} {name}",
        f"`{row['p']}` ‖ `{row['q']}`",
        table(heads, lines, "lrrlrrr"),
        *_words(row),
        ":::",
    ]
    return "\n\n".join(parts)


def _numbers(cell: Row) -> tuple[str, ...]:
    if "value" not in cell:
        return ("–", "", SYMBOLS[cell["how"]][1].partition(",")[0], _time(cell["ms"]))
    method = f"{SYMBOLS[cell['how']][0]} {cell['method']}"
    return (_six(cell["value"]), _one(cell["error"]), method, _time(cell["ms"]))


def _proof(cell: Row) -> tuple[str, str]:
    if cell["how"] not in {"certified", "infinite"}:
        return ("", "")
    return (_one(cell["error"]), _time(cell["ms"]))


def _words(row: Row) -> Iterator[str]:
    """Reasons and warnings, each once, and where torch's own value is another."""
    said: dict[str, list[str]] = {}
    for head, kind in zip(HEADS, KINDS, strict=True):
        if why := row["cells"][kind].get("why"):
            said.setdefault(_short(why), []).append(head)
    for why, heads in said.items():
        yield f"- {', '.join(heads)}: {why}"
    if "off" in row["peers"]["torch"]:
        yield f"- torch's KL is off by {row['peers']['torch']['off']:.0e}."


def _short(why: str) -> str:
    """The first sentence, as text that Markdown leaves alone."""
    sentence = why.partition(". ")[0].rstrip(".")
    cut = sentence if len(sentence) < 200 else sentence[:197] + "…"
    return cut.replace("`", "'").replace("|", "¦").replace("<", "‹").replace("*", "∗") + "."


def _six(value: float | str) -> str:
    return "∞" if math.isinf(float(value)) else f"{value:.6g}"


def _one(error: float | str) -> str:
    return "∞" if math.isinf(float(error)) else f"{float(error):.0e}".replace("e-0", "e-")


def _time(ms: float) -> str:
    return "< 0.1" if ms < 0.1 else f"{ms:.2g}" if ms < 99 else f"{round(ms, -1):.0f}"


def making(stored: dict[str, Any]) -> str:
    """The machine, the sources, the command."""
    machine = stored["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    sources = "\n".join(f"- {name}: {what}." for name, what in stored["sources"].items())
    return "\n\n".join(
        [
            f"Times are of one thread of {machine['cpu']}; {versions}; of short calls the "
            "median of three blocks, laws made anew, of those above 0.2 s the first. "
            "Torch and SciPy were asked for the same pairs; what other libraries have was read in "
            f"their sources on {stored['read']}:",
            sources,
            f"```console\n$ {COMMAND}          # rows that are missing\n"
            f"$ {COMMAND} --all    # every row, some CPU minutes\n```",
            "The numbers are in `benchmarks/results/coverage_page.json`, the pairs in "
            "`benchmarks/coverage_pairs.py`.",
        ]
    )
