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
from divkit.bench.wording import covered, fixed, markdown, number, ratio
from divkit.plain import jsonable
from divkit.plots.bench_paper import draw_regimes, draw_time
from divkit.plots.bench_tasks import draw_tasks
from divkit.plots.saving import save
from divkit.report.standings import collected
from divkit.storage import write_whole

Column = tuple[str, Callable[[RegimeScore], str], str]
COLUMNS: tuple[Column, ...] = (
    ("estimator", lambda s: s.estimator, ""),
    (
        "rank",
        lambda s: _rank(s),
        "mean place by root mean square error (RMSE) on each task of the regime, with a "
        "bootstrap's 95 % interval; a dash, and the last lines, for those not run on every task",
    ),
    (
        "ratio to the bound",
        lambda s: ratio(s.ratio, s.ratio * s.log_error),
        "RMSE over the efficiency bound, the least standard deviation that a regular estimator "
        "can have from as many rows, the luck of the draw taken out by an oracle on the same "
        "rows; the geometric mean over tasks ± a standard error. With many rows the best "
        "estimators reach 1. Below 1 is chance, or a bias that helps at this n",
    ),
    ("bias/bound", lambda s: number(s.bias), "mean bias in multiples of the bound"),
    (
        "coverage",
        lambda s: covered(s.covered),
        "share of the stated 95 % intervals that hold the truth, with Clopper and Pearson's "
        "interval; none where no interval is stated",
    ),
    (
        "wrong and sure",
        lambda s: f"{s.sure.hits} of {s.sure.of}" if s.sure.of else "–",
        "estimates further from the truth than three of the errors that they state",
    ),
    (
        "refused",
        lambda s: f"{s.answers.of - s.answers.hits} of {s.answers.of}",
        "draws without an estimate",
    ),
    ("CPU s", lambda s: fixed(s.seconds, ".2g"), "of an estimate, the median of the tasks"),
    (
        "memory, MiB",
        lambda s: fixed(s.memory / 2**20, ".0f"),
        "most that an estimate took beyond what its process held; a dash where it is not measured",
    ),
    (
        "tasks",
        lambda s: f"{s.problems} of {s.tasks}",
        "problems, with a divergence and an n, on which it was run, of those of the regime",
    ),
)
"""Columns of a table: the head, a score in words, and the meaning."""


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
    members = standings(rows, truths)
    scores = regime_scores(rows, members, truths)
    folder.mkdir(parents=True, exist_ok=True)
    page = f"{_TITLE}{as_markdown(scores)}\n## Columns\n\n{columns_in_words()}"
    write_whole(folder / "leaderboard.md", page)
    write_whole(folder / "leaderboard.html", as_html(scores))
    write_whole(folder / "leaderboard.csv", as_csv(scores))
    record = {"machine": machine(), "scores": [jsonable(asdict(score)) for score in scores]}
    write_whole(folder / "leaderboard.json", json.dumps(record, indent=1, allow_nan=False) + "\n")
    for kind in formats:
        save(draw_regimes(scores), folder / f"leaderboard-ratio.{kind}")
        save(draw_time(scores), folder / f"leaderboard-time.{kind}")
        save(draw_tasks(members), folder / f"leaderboard-tasks.{kind}")
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
    header = [name for name, *_ in COLUMNS]
    parts = []
    for regime, members in _by_regime(scores):
        table = markdown(header, ([of(score) for _, of, _ in COLUMNS] for score in members))
        parts.append(f"## {regime[:1].upper()}{regime[1:]}\n\n{table}\n")
    return "\n".join(parts)


def columns_in_words() -> str:
    """Return a list of the columns and their meanings."""
    return "".join(f"- **{name}**: {words}.\n" for name, _, words in COLUMNS if words)


def as_csv(scores: Sequence[RegimeScore]) -> str:
    """Return one line for each estimator in each regime, numbers in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    plain = ("regime", "estimator", "problems", "tasks", "ratio", "log_error", "ratios", "bias",
             "seconds", "memory", "rank", "low", "high")  # fmt: skip
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
        heads = "".join(
            f"<th title='{html.escape(words)}'><button>{html.escape(name)}</button></th>"
            for name, _, words in COLUMNS
        )
        lines = (
            "<tr>"
            + "".join(f"<td>{html.escape(of(score))}</td>" for _, of, _ in COLUMNS)
            + "</tr>"
            for score in members
        )
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        parts.append(f"<h2>{html.escape(regime)}</h2><div class=wide>{table}</div>")
    words = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(words)}.</dd>"
        for name, _, words in COLUMNS
        if words
    )
    parts.append(f"<h2>Columns</h2><dl>{words}</dl>")
    return "".join([*parts, _SCRIPT, "</body></html>\n"])


def _by_regime(scores: Sequence[RegimeScore]) -> Iterable[tuple[str, list[RegimeScore]]]:
    return ((name, list(members)) for name, members in groupby(scores, key=lambda s: s.regime))


def _rank(score: RegimeScore) -> str:
    if math.isnan(score.rank):
        return f"– ({score.problems} of {score.tasks} tasks)"
    return f"{score.rank:.2f} [{score.low:.2f}, {score.high:.2f}]"


_TITLE = "# Leaderboard of estimators of divergences\n\n"
_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Leaderboard of estimators</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:84rem;margin:2rem auto;padding:0 1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{padding:.3rem .7rem;text-align:right;white-space:nowrap;border-bottom:1px solid #ddd}
dt{font-weight:600}dd{margin:0 0 .5rem 1rem}
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
    return Number.isNaN(number) ? (/^(–|none)/.test(text) ? Infinity : text) : number;
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
