"""Parts of the leaderboard's page on `auto`: where it is not the lowest, what was changed."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from divkit.bench.board import Standing
from divkit.bench.pairing import BEST, Key, PairedRatio
from divkit.bench.regimes import RegimeScore, regime_of
from divkit.bench.wording import beside, covered, markdown, number, ratio
from divkit.report.standings import from_records

BEFORE = Path(__file__).parent / "results" / "leaderboard" / "auto-before.json"
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
FAR = 1.5
ENOUGH, TASKS = 10, 3
"""Draws from which a task says something alone, tasks from which a regime does."""


def behind(members: Sequence[Standing], ratios: Mapping[Key, PairedRatio]) -> Iterator[str]:
    """Tasks of many draws on which another is lower, whether chance may explain it, and why."""
    ours = {
        (s.problem, s.divergence, s.n): s
        for s in members
        if s.estimator == BEST and s.seeds + s.failures >= ENOUGH
    }
    found: list[tuple[float, Sequence[str]]] = []
    for task, mine in ours.items():
        others = {
            name: pair
            for (problem, divergence, name, n), pair in ratios.items()
            if (problem, divergence, n) == task and pair.ratio < 1 and pair.seeds >= ENOUGH
        }
        if others:
            name = min(others, key=lambda other: others[other].ratio)
            surely = sum(pair.high < 1 for pair in others.values())
            cells = (
                f"`{task[0]}`", task[1], regime_of(task[0], task[2]), name,
                beside(others[name]), str(len(others)), str(surely), _own(mine),
                f"{mine.bias / mine.rmse:+.2f}", reason_of_task(mine, surely),
            )  # fmt: skip
            found.append((others[name].ratio, cells))
    yield (
        f"**Task by task**, where {ENOUGH} draws or more were made: `auto` has the lowest root "
        f"mean square error on {len(ours) - len(found)} of {len(ours)} tasks, among divkit's own "
        "and other packages. On the others the lowest is named, with its error over that of "
        "`auto` on the draws that both have and the bootstrap's 95 % interval, how many are "
        "lower, and how many of them beyond chance (an interval below 1)."
    )
    head = ("problem", "divergence", "regime", "lowest", "its RMSE over `auto`'s", "lower",
            "beyond chance", "`auto`, ratio to the bound", "bias/RMSE", "why")  # fmt: skip
    yield markdown(head, [cells for _, cells in sorted(found, key=lambda entry: entry[0])])


def _own(mine: Standing) -> str:
    return ratio(mine.ratio, mine.limit.common_error)


def reason_of_task(mine: Standing, surely: int) -> str:
    """A reason why others are lower, from the figures of `auto`."""
    if mine.below.of > mine.seeds / 2:
        return "rows cannot show so large a value: `auto` gives a lower limit"
    return _reason(mine.ratio, mine.limit.common_error, mine.bias / mine.rmse, surely)


def _reason(at: float, error: float, leaning: float, surely: int) -> str:
    if at <= NEAR + 2 * (0.0 if math.isnan(error) else error):
        return "`auto` is at the bound" + ", the lower by a bias that helps" * bool(surely)
    if abs(leaning) > 0.7:
        return "`auto` reads too " + ("low" if leaning < 0 else "high")
    return "`auto` scatters more than the bound" if surely else "chance may explain it"


def by_regime(scores: Sequence[RegimeScore], ratios: Mapping[Key, PairedRatio]) -> Iterator[str]:
    """The estimator that comes nearest to `auto`, or is lower, in each regime, tasks pooled."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (problem, _, name, n), pair in ratios.items():
        if 0 < pair.ratio < math.inf:
            found[regime_of(problem, n)][name].append(math.log(pair.ratio))
    mine = {s.regime: s for s in scores if s.estimator == BEST}
    rows = []
    for regime, members in sorted(found.items()):
        pooled = {
            name: _pooled(logs) for name, logs in members.items()
            if len(logs) >= max(TASKS, mine[regime].tasks)
        }  # fmt: skip
        if not pooled:
            continue
        name = min(pooled, key=lambda other: pooled[other][0])
        lower = [each for each in pooled.values() if each[0] < 1]
        surely = sum(high < 1 for _, _, high in lower)
        own, best = mine[regime], pooled[name]
        why = _reason(own.ratio, own.ratio * own.log_error, _leaning(own), surely)
        rows.append((
            regime, str(mine[regime].tasks), name, f"{number(best[0])} [{number(best[1])}, "
            f"{number(best[2])}]", str(len(lower)), str(surely),
            ratio(own.ratio, own.ratio * own.log_error), number(own.bias),
            why if lower else "`auto` is the lowest",
        ))  # fmt: skip
    yield (
        "**By regime**, tasks pooled: the geometric mean over tasks of an estimator's error over "
        "that of `auto`, with Student's 95 % interval over the tasks, for the lowest of those "
        f"that were run on every task (regimes of {TASKS} tasks or more). Of so many others about "
        "one in forty is beyond chance by chance."
    )
    head = ("regime", "tasks", "lowest of the others", "its RMSE over `auto`'s", "lower",
            "beyond chance", "`auto`, ratio to the bound", "bias/bound", "why")  # fmt: skip
    yield markdown(head, rows)
    far = [
        f"{s.regime} ({number(s.ratio)} times, bias {number(s.bias)} bounds)"
        for s in mine.values() if s.ratio > FAR
    ]  # fmt: skip
    if far:
        yield f"`auto` itself is farther from the bound than {FAR} times in: {', '.join(far)}."


def _leaning(score: RegimeScore) -> float:
    return score.bias / score.ratio if score.ratio else 0.0


def _pooled(logs: Sequence[float]) -> tuple[float, float, float]:
    """The geometric mean, and its interval."""
    mean, error = float(np.mean(logs)), float(np.std(logs, ddof=1)) / math.sqrt(len(logs))
    reach = float(stats.t.ppf(0.975, len(logs) - 1)) * error
    return math.exp(mean), math.exp(mean - reach), math.exp(mean + reach)


def changed(now: Sequence[Standing]) -> Iterator[str]:
    """`auto` of an older version beside today's, on problems that no rule was chosen on."""
    older, _ = from_records(json.loads(BEFORE.read_text(encoding="utf-8"))["standings"])
    today = {(s.problem, s.divergence, s.n): s for s in now if s.estimator == BEST}
    yield CHANGED
    head = ("problem", "divergence", "draws", "ratio to the bound then", "now",
            "bias/RMSE then", "now", "coverage then", "now")  # fmt: skip
    yield markdown(
        head,
        [
            (
                f"`{s.problem}`", s.divergence, f"{s.seeds}, {new.seeds}",
                *(_own(each) for each in (s, new)),
                *(f"{each.bias / each.rmse:+.2f}" for each in (s, new)),
                *(covered(each.covered) for each in (s, new)),
            )
            for s in older
            if (new := today.get((s.problem, s.divergence, s.n)))
        ],
    )  # fmt: skip
