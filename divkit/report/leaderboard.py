"""The benchmark's leaderboard by regime: Markdown, a page with sortable tables, CSV and JSON."""

from __future__ import annotations

import csv
import html
import io
import json
import math
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from divkit.bench.board import standings
from divkit.bench.code import beneath
from divkit.bench.regimes import RegimeScore, regime_scores
from divkit.bench.wording import covered, markdown, number
from divkit.plain import jsonable
from divkit.plots.bench_paper import draw_regimes, draw_time
from divkit.plots.saving import save
from divkit.report.standings import collected
from divkit.storage import write_whole

Column = tuple[str, Callable[[RegimeScore], str]]
COLUMNS: tuple[Column, ...] = (
    ("estimator", lambda s: s.estimator),
    ("rank", lambda s: _rank(s)),
    ("ratio to the bound", lambda s: _ratio(s)),
    ("bias/bound", lambda s: number(s.bias)),
    ("coverage", lambda s: covered(s.covered)),
    ("wrong and sure", lambda s: f"{s.sure.hits} of {s.sure.of}" if s.sure.of else "–"),
    ("refused", lambda s: f"{s.answers.of - s.answers.hits} of {s.answers.of}"),
    ("CPU s", lambda s: "–" if math.isnan(s.seconds) else f"{s.seconds:.2g}"),
    ("memory, MiB", lambda s: "–" if math.isnan(s.memory) else f"{s.memory / 2**20:.0f}"),
    ("problems", lambda s: str(s.problems)),
)
"""Columns of a table: the head, and a score in words."""


FORMATS = ("pdf", "svg", "png")


def write_leaderboard(
    ledgers: Sequence[Path], folder: Path, formats: Iterable[str] = ("svg",)
) -> Path:
    """Write leaderboard.md, .html, .csv, .json and its figures; return the first's path.

    Parameters
    ----------
    ledgers : of `divkit bench run`; where two hold rows of a cell, the first counts.
    folder : is made if need be.
    formats : of the figures: svg, pdf, png.
    """
    rows, truths = collected(ledgers)
    scores = regime_scores(rows, standings(rows, truths), truths)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "leaderboard.md", as_markdown(scores))
    write_whole(folder / "leaderboard.html", as_html(scores))
    write_whole(folder / "leaderboard.csv", as_csv(scores))
    page = {"machine": machine(), "scores": [jsonable(asdict(score)) for score in scores]}
    write_whole(folder / "leaderboard.json", json.dumps(page, indent=1, allow_nan=False) + "\n")
    for kind in formats:
        save(draw_regimes(scores), folder / f"leaderboard-ratio.{kind}")
        save(draw_time(scores), folder / f"leaderboard-time.{kind}")
    return folder / "leaderboard.md"


def formats_of(text: str) -> tuple[str, ...]:
    """Return the formats of figures in a text with commas.

    Raises
    ------
    ValueError
        If one is not pdf, svg or png.
    """
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [part for part in found if part not in FORMATS]
    if wrong or not found:
        raise ValueError(f"--format takes {', '.join(FORMATS)} with commas; got {text!r}.")
    return found


def machine() -> dict[str, object]:
    """Return the machine and the versions beneath."""
    return {"system": platform.platform(), "processor": platform.machine(), "beneath": beneath()}


def as_markdown(scores: Sequence[RegimeScore]) -> str:
    """Return a table for each regime."""
    header = [name for name, _ in COLUMNS]
    parts = []
    for regime, members in _by_regime(scores):
        table = markdown(header, ([of(score) for _, of in COLUMNS] for score in members))
        parts.append(f"## {regime[:1].upper()}{regime[1:]}\n\n{table}\n")
    return "\n".join(parts)


def as_csv(scores: Sequence[RegimeScore]) -> str:
    """Return one line for each estimator in each regime, numbers in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    plain = ("regime", "estimator", "problems", "ratio", "log_error", "ratios", "bias", "seconds",
             "memory", "rank", "low", "high")  # fmt: skip
    counts = ("covered", "sure", "answers")
    writer.writerow([*plain, *(f"{name}_{part}" for name in counts for part in ("hits", "of"))])
    for score in scores:
        pairs = [(getattr(score, name).hits, getattr(score, name).of) for name in counts]
        writer.writerow(
            [*(getattr(score, name) for name in plain), *(n for p in pairs for n in p)]
        )
    return out.getvalue()


def as_html(scores: Sequence[RegimeScore]) -> str:
    """Return a page whose tables are sorted by a click on a column's head; it loads nothing."""
    parts = [_HEAD]
    for regime, members in _by_regime(scores):
        heads = "".join(f"<th><button>{html.escape(name)}</button></th>" for name, _ in COLUMNS)
        lines = (
            "<tr>" + "".join(f"<td>{html.escape(of(score))}</td>" for _, of in COLUMNS) + "</tr>"
            for score in members
        )
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        parts.append(f"<h2>{html.escape(regime)}</h2><div class=wide>{table}</div>")
    return "".join([*parts, _SCRIPT, "</body></html>\n"])


def _by_regime(scores: Sequence[RegimeScore]) -> Iterable[tuple[str, list[RegimeScore]]]:
    return ((name, list(members)) for name, members in groupby(scores, key=lambda s: s.regime))


def _rank(score: RegimeScore) -> str:
    if math.isnan(score.rank):
        return "–"
    return f"{score.rank:.2f} [{score.low:.2f}, {score.high:.2f}]"


def _ratio(score: RegimeScore) -> str:
    if math.isnan(score.ratio):
        return "–"
    return f"{number(score.ratio)} ± {number(score.ratio * score.log_error)}"


_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Leaderboard of estimators</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{padding:.3rem .7rem;text-align:right;white-space:nowrap;border-bottom:1px solid #ddd}
th:first-child,td:first-child{text-align:left}
button{font:inherit;font-weight:600;border:0;background:none;padding:0;cursor:pointer}
th[aria-sort=ascending] button::after{content:" ▲"}
th[aria-sort=descending] button::after{content:" ▼"}
</style></head><body><h1>Leaderboard of estimators of divergences</h1>
"""
_SCRIPT = """<script>
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.querySelectorAll("th")], body = table.tBodies[0];
  const key = (row, k) => {
    const text = row.cells[k].textContent, number = parseFloat(text);
    return Number.isNaN(number) ? (text === "–" || text === "none" ? Infinity : text) : number;
  };
  heads.forEach((head, k) => head.firstChild.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1;
    const rows = [...body.rows].sort((a, b) => {
      const x = key(a, k), y = key(b, k);
      return sign * (typeof x === "string" || typeof y === "string"
        ? String(x).localeCompare(String(y)) : x - y || 0);
    });
    body.append(...rows);
  }));
}
</script>"""
