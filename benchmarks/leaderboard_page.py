"""The leaderboard's page in the documentation, from the ledgers of runs and of peers.

    python benchmarks/leaderboard_page.py LEDGER [LEDGER …] [--changed LEDGER] [--commit NAME]

Writes what stands between the two marks of docs/reference/leaderboard.md, the figures beside it,
and the data to results/leaderboard: the rows as a bundle that `divkit bench import` reads
(a file a ledger), the scores by regime as CSV and JSON. Rows of other packages join where their
draws are those of the run. `--changed` holds rows of `auto` beside which those of an older version
stand (results/leaderboard/auto-before.json), on problems that no rule was chosen on; `--commit`
is that of the code behind divkit's rows.
"""

from __future__ import annotations

import argparse
import platform
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from leaderboard_auto import behind, by_regime, changed

from divkit.bench.board import Standing, standings
from divkit.bench.bundle import write_bundle
from divkit.bench.cells import Row
from divkit.bench.code import beneath
from divkit.bench.pairing import BEST, Key, PairedRatio, paired
from divkit.bench.regimes import RegimeScore, regime_scores
from divkit.report.leaderboard import as_markdown, columns_in_words, write_leaderboard
from divkit.report.standings import collected
from divkit.storage import write_whole

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "leaderboard.md"
FIGURES = ROOT / "docs" / "_static"
DATA = Path(__file__).parent / "results" / "leaderboard"
MARKS = "<!-- tables -->", "<!-- end of tables -->"
DRAWN = {
    "tasks": "Ratio to the efficiency bound, a line a task, by regime",
    "ratio": "Ratio to the efficiency bound by regime, a line an estimator",
    "time": "Ratio to the bound against processor seconds",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("ledger", type=Path, nargs="+")
    parser.add_argument("--changed", type=Path)
    parser.add_argument("--commit", default=checked_out())
    given = parser.parse_args()
    rows, truths = collected(given.ledger)
    members = standings(rows, truths)
    scores = regime_scores(rows, members, truths)
    ratios = paired(rows, truths)
    write_leaderboard(given.ledger, DATA)
    for name in ("leaderboard.md", "leaderboard.html"):
        (DATA / name).unlink()
    for name in DRAWN:
        shutil.move(DATA / f"leaderboard-{name}.svg", FIGURES / f"leaderboard-{name}.svg")
    for ledger in (*given.ledger, *filter(None, [given.changed])):
        write_bundle(ledger, DATA / f"{ledger.stem}.zip")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    now = standings(*collected([given.changed])) if given.changed else ()
    text = "\n\n".join([*parts(rows, members, scores, ratios, now), machine(rows, given.commit)])
    write_whole(PAGE, f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}")


def parts(
    rows: Sequence[Row],
    members: Sequence[Standing],
    scores: Sequence[RegimeScore],
    ratios: dict[Key, PairedRatio],
    now: Sequence[Standing],
) -> Iterator[str]:
    tasks = {(row.cell.problem, row.cell.divergence, row.cell.n) for row in rows}
    ours = Counter(
        (r.cell.problem, r.cell.divergence, r.cell.n) for r in rows if r.cell.estimator == BEST
    )
    draws = ", ".join(f"{n} on {many}" for n, many in sorted(Counter(ours.values()).items()))
    sizes = ", ".join(f"{n:,}" for n in sorted({n for _, _, n in tasks}))
    yield (
        f"{len(rows):,} estimates: {len(tasks)} tasks, {len({r.cell.estimator for r in rows})} "
        f"estimators, n = {sizes} rows; draws a task: {draws} of them."
    )
    yield "## Where `auto` is not the lowest"
    yield from by_regime(scores, ratios)
    yield from behind(members, ratios)
    if now:
        yield "## Changed in `auto` on account of the benchmark"
        yield from changed(now)
    yield "## By regime"
    yield "\n\n".join(
        f"![{alt}](../_static/leaderboard-{name}.svg)" for name, alt in DRAWN.items()
    )
    yield columns_in_words().strip()
    yield re.sub(r"^## ", "### ", as_markdown(scores), flags=re.MULTILINE).strip()
    yield "## Machine and versions"


def machine(rows: Sequence[Row], commit: str) -> str:
    codes: dict[str, set[str]] = {}
    for row in rows:
        codes.setdefault(row.cell.estimator, set()).add(row.code)
    words = [
        f"- {platform.platform()}, {processor()}, one thread an estimate",
        f"- Python {', '.join(beneath())}",
        f"- divkit's rows made at {commit}, tables at {checked_out()}",
        "- digests of the code behind the rows: "
        + "; ".join(f"{name} {', '.join(sorted(found))}" for name, found in sorted(codes.items())),
    ]
    return "\n".join(words)


def checked_out() -> str:
    """The commit that is checked out."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.machine()


if __name__ == "__main__":
    main()
