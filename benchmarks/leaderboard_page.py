"""The leaderboard's page in the documentation, from the ledgers of runs and of peers.

    python benchmarks/leaderboard_page.py LEDGER [LEDGER …]

Writes what stands between the two marks of docs/reference/leaderboard.md, the figures beside it,
and the data to results/leaderboard: the rows as a bundle that `divkit bench import` reads
(a file a ledger), the scores by regime as CSV and JSON. Rows of other packages join where their
draws are those of the run.
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

from divkit.bench.board import Standing, standings
from divkit.bench.bundle import write_bundle
from divkit.bench.cells import Row
from divkit.bench.code import beneath
from divkit.bench.pairing import BEST, Key, PairedRatio, paired
from divkit.bench.regimes import RegimeScore, regime_scores
from divkit.bench.wording import beside, markdown, number
from divkit.problems import PROBLEMS
from divkit.report.leaderboard import as_markdown, columns_in_words, write_leaderboard
from divkit.report.standings import collected
from divkit.storage import write_whole

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "leaderboard.md"
FIGURES = ROOT / "docs" / "_static"
DATA = Path(__file__).parent / "results" / "leaderboard"
MARKS = "<!-- tables -->", "<!-- end of tables -->"
DRAWN = ("ratio", "time")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("ledger", type=Path, nargs="+")
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
    for ledger in given.ledger:
        write_bundle(ledger, DATA / f"{ledger.stem}.zip")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    text = "\n\n".join(parts(rows, members, scores, ratios))
    write_whole(PAGE, f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}")


def parts(
    rows: Sequence[Row],
    members: Sequence[Standing],
    scores: Sequence[RegimeScore],
    ratios: dict[Key, PairedRatio],
) -> Iterator[str]:
    tasks = {(row.cell.problem, row.cell.divergence, row.cell.n) for row in rows}
    seeds = Counter(row.cell.seed for row in rows if row.cell.estimator == BEST)
    draws = max(seeds) + 1
    sizes = ", ".join(f"{n:,}" for n in sorted({n for _, _, n in tasks}))
    yield (
        f"{len(rows):,} estimates: {len(tasks)} tasks, {len({r.cell.estimator for r in rows})} "
        f"estimators, {draws} draws of n = {sizes} rows."
    )
    yield "## Where `auto` is not the lowest"
    yield from behind(members, ratios)
    yield "## By regime"
    yield "\n\n".join(
        f"![{alt}](../_static/leaderboard-{name}.svg)"
        for name, alt in zip(
            DRAWN,
            ("Ratio to the efficiency bound by regime, a line an estimator",
             "Ratio to the bound against processor seconds"),
            strict=True,
        )
    )  # fmt: skip
    yield columns_in_words().strip()
    yield re.sub(r"^## ", "### ", as_markdown(scores), flags=re.MULTILINE).strip()
    yield "## Machine and versions"
    yield machine(rows)


def behind(members: Sequence[Standing], ratios: dict[Key, PairedRatio]) -> Iterator[str]:
    """Tasks on which another has a lower RMSE, and whether chance may explain it."""
    ours = {(s.problem, s.divergence, s.n): s for s in members if s.estimator == BEST}
    found: list[tuple[float, Sequence[str]]] = []
    for task, mine in ours.items():
        others = {
            name: pair
            for (problem, divergence, name, n), pair in ratios.items()
            if (problem, divergence, n) == task and pair.ratio < 1
        }
        if others:
            name = min(others, key=lambda other: others[other].ratio)
            cells = (
                f"`{task[0]}`", task[1], PROBLEMS[task[0]].regime.value, f"{task[2]:,}", name,
                beside(others[name]), str(len(others)),
                str(sum(pair.high < 1 for pair in others.values())), number(mine.ratio),
                f"{mine.bias / mine.rmse:+.2f}",
            )  # fmt: skip
            found.append((others[name].ratio, cells))
    yield (
        f"`auto` has the lowest root mean square error on {len(ours) - len(found)} of {len(ours)} "
        f"tasks, among divkit's own and other packages. On the others the lowest is named, with "
        "its error over that of `auto` on the draws that both have and the bootstrap's 95 % "
        "interval, and how many are lower, and beyond chance (an interval below 1)."
    )
    head = ("problem", "divergence", "regime", "n", "lowest", "its RMSE over `auto`'s", "lower",
            "beyond chance", "`auto`, ratio to the bound", "`auto`, bias/RMSE")  # fmt: skip
    yield markdown(head, [cells for _, cells in sorted(found, key=lambda entry: entry[0])])


def machine(rows: Sequence[Row]) -> str:
    codes: dict[str, set[str]] = {}
    for row in rows:
        codes.setdefault(row.cell.estimator, set()).add(row.code)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    words = [
        f"- {platform.platform()}, {processor()}, one thread an estimate",
        f"- Python {', '.join(beneath())}",
        f"- tables made at {commit}, of rows whose code is named below",
        "- digests of the code behind the rows: "
        + "; ".join(f"{name} {', '.join(sorted(found))}" for name, found in sorted(codes.items())),
    ]
    return "\n".join(words)


def processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.machine()


if __name__ == "__main__":
    main()
