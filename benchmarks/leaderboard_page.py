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
import json
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
from divkit.bench.wording import beside, covered, markdown, number, ratio
from divkit.problems import PROBLEMS
from divkit.report.leaderboard import as_markdown, columns_in_words, write_leaderboard
from divkit.report.standings import collected, from_records
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
BEFORE = DATA / "auto-before.json"
CHANGED = """\
The benchmark showed `auto` far from the bound, and too sure, on products of unlike laws and on
bent pairs in ten columns: a kernel of all columns needs rows that grow exponentially with them.
Since then it has functions of single columns and of pairs of columns that act together, along
the columns that came and along independent axes, and an error that counts what its ridges hold
back. The rules were chosen on kin of these problems (`benchmarks/cousins.py`: other dimensions,
copulas, more bent pairs, idle columns) and not on those below. Twenty draws each, of the same
seeds; two hundred of the new stand in `benchmarks/results/coverage.md`."""
NEAR = 1.1
"""Ratio to the bound up to which nothing is left to gain, within two standard errors."""


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
    seeds = Counter(row.cell.seed for row in rows if row.cell.estimator == BEST)
    draws = max(seeds) + 1
    sizes = ", ".join(f"{n:,}" for n in sorted({n for _, _, n in tasks}))
    yield (
        f"{len(rows):,} estimates: {len(tasks)} tasks, {len({r.cell.estimator for r in rows})} "
        f"estimators, {draws} draws of n = {sizes} rows."
    )
    yield "## Where `auto` is not the lowest"
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


def behind(members: Sequence[Standing], ratios: dict[Key, PairedRatio]) -> Iterator[str]:
    """Tasks on which another has a lower RMSE, whether chance may explain it, and why."""
    ours = {(s.problem, s.divergence, s.n): s for s in members if s.estimator == BEST}
    found: list[tuple[float, Sequence[str]]] = []
    why: Counter[str] = Counter()
    for task, mine in ours.items():
        others = {
            name: pair
            for (problem, divergence, name, n), pair in ratios.items()
            if (problem, divergence, n) == task and pair.ratio < 1
        }
        if others:
            name = min(others, key=lambda other: others[other].ratio)
            surely = sum(pair.high < 1 for pair in others.values())
            reason = reason_of(mine, surely)
            why[reason] += 1
            cells = (
                f"`{task[0]}`", task[1], PROBLEMS[task[0]].regime.value, f"{task[2]:,}", name,
                beside(others[name]), str(len(others)), str(surely), number(mine.ratio),
                f"{mine.bias / mine.rmse:+.2f}", reason,
            )  # fmt: skip
            found.append((others[name].ratio, cells))
    yield (
        f"`auto` has the lowest root mean square error on {len(ours) - len(found)} of {len(ours)} "
        f"tasks, among divkit's own and other packages. On the others the lowest is named, with "
        "its error over that of `auto` on the draws that both have and the bootstrap's 95 % "
        "interval, how many are lower, how many of them beyond chance (an interval below 1), and "
        "why: " + "; ".join(f"{reason}, {count}" for reason, count in why.most_common()) + "."
    )
    head = ("problem", "divergence", "regime", "n", "lowest", "its RMSE over `auto`'s", "lower",
            "beyond chance", "`auto`, ratio to the bound", "`auto`, bias/RMSE", "why")  # fmt: skip
    yield markdown(head, [cells for _, cells in sorted(found, key=lambda entry: entry[0])])


def reason_of(mine: Standing, surely: int) -> str:
    """A reason why others are lower, from the figures of `auto` alone."""
    if mine.below.of > mine.seeds / 2:
        return "rows cannot show so large a value, and `auto` gives a lower limit"
    if mine.truth == 0:
        return "the truth is 0, where an estimator that reads too low is right"
    if mine.ratio <= NEAR + 2 * mine.limit.common_error:
        return "`auto` is at the bound" + ", the lower by a bias that helps" * bool(surely)
    if abs(mine.bias) > 0.7 * mine.rmse:
        return "`auto` reads too " + ("low" if mine.bias < 0 else "high")
    return "`auto` scatters more than the bound" if surely else "chance may explain it"


def changed(now: Sequence[Standing]) -> Iterator[str]:
    """`auto` of an older version beside today's, on problems that no rule was chosen on."""
    before = json.loads(BEFORE.read_text(encoding="utf-8"))
    older, _ = from_records(before["standings"])
    today = {(s.problem, s.divergence, s.n): s for s in now if s.estimator == BEST}
    yield CHANGED
    head = ("problem", "divergence", "n", "draws", "ratio to the bound then", "now",
            "bias/RMSE then", "now", "coverage then", "now")  # fmt: skip
    yield markdown(
        head,
        [
            (
                f"`{s.problem}`", s.divergence, f"{s.n:,}", f"{s.seeds}, {new.seeds}",
                *(ratio(each.ratio, each.limit.common_error) for each in (s, new)),
                *(f"{each.bias / each.rmse:+.2f}" for each in (s, new)),
                *(covered(each.covered) for each in (s, new)),
            )
            for s in older
            if (new := today.get((s.problem, s.divergence, s.n)))
        ],
    )  # fmt: skip


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
