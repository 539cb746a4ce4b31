"""The leaderboard as Markdown: a summary, a score table against others, and every standing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby

from divkit.bench.board import Standing
from divkit.bench.methods import is_ours
from divkit.bench.pairing import BEST, Key, PairedRatio
from divkit.bench.scores import Score, Together, scores, together
from divkit.bench.wording import below, beside, covered, markdown, number

_SUMMARY = (
    "divergence", "n", "problems", "RMSE/bound, geometric mean", "worst", "coverage",
    "lower bounds", "auto lowest",
)  # fmt: skip
_SCORES = ("divergence", "problem", "n", "seeds", "RMSE/bound ± s.e.", "RMSE/truth", "coverage",
           "lower bounds")  # fmt: skip
_STANDINGS = (
    "estimator", "n", "seeds", "RMSE", "median error", "bias", "common ± s.e.", "plain", "centred",
    "stated/bound", "coverage", "wrong", "lower bounds", "warned", "CPU s", "RMSE/auto",
)  # fmt: skip


def leaderboard(standings: Sequence[Standing], others: Mapping[Key, PairedRatio]) -> str:
    """Everything in one page; `others` holds the errors of others over those of `auto`."""
    names = tuple(dict.fromkeys(s.estimator for s in standings if s.estimator != BEST))
    peers = [name for name in names if not is_ours(name)]
    own = [name for name in names if is_ours(name)]
    against = scores(standings, others, peers)
    return "\n".join(
        [
            "# Estimators of divergences from samples\n",
            *_versions(standings),
            "\n## `auto` in short\n",
            markdown(_SUMMARY, (_short(*row) for row in _grouped(against))),
            "\n## `auto` against other packages: their RMSE over its own\n",
            _score_table(against, peers),
            "\n## `auto` against divkit's other estimators\n",
            _score_table(scores(standings, others, own), own),
            *_all_standings(standings, others),
            "",
        ]
    )


def _versions(standings: Sequence[Standing]) -> list[str]:
    """A line that says which code made the rows."""
    versions = sorted({(s.estimator, code or "not known") for s in standings for code in s.codes})
    lines = []
    for code, members in groupby(sorted(versions, key=lambda m: m[1]), key=lambda m: m[1]):
        lines.append(f"- code {code}: " + "; ".join(name for name, _ in members))
    return lines


def _grouped(ungrouped: Sequence[Score]) -> list[tuple[str, str, Together]]:
    """The scores of each divergence and n, and of each divergence, taken together."""
    rows = []
    for divergence in dict.fromkeys(score.standing.divergence for score in ungrouped):
        members = [score for score in ungrouped if score.standing.divergence == divergence]
        for n in sorted({score.standing.n for score in members}):
            at = [score for score in members if score.standing.n == n]
            rows.append((divergence, f"{n:,}", together(at)))
        rows.append((divergence, "all", together(members)))
    return rows


def _short(divergence: str, n: str, of: Together) -> tuple[str, ...]:
    compared = f"{of.lowest} of {of.compared}, within chance {of.tied}" if of.compared else "–"
    worst = f"{number(of.worst)} {of.where}".strip()
    counts = covered(of.covered), below(of.below)
    return divergence, n, str(of.problems), number(of.mean), worst, *counts, compared


def _score_table(members: Sequence[Score], names: Sequence[str]) -> str:
    header = (*_SCORES, *names, "auto lowest?")
    return markdown(header, (_scored(score, names) for score in members))


def _scored(score: Score, names: Sequence[str]) -> tuple[str, ...]:
    s = score.standing
    relative = number(s.rmse / s.truth) if s.truth else "–"
    others = (beside(score.others.get(name)) for name in names)
    head = s.divergence, s.problem, f"{s.n:,}", str(s.seeds), _ratio(s), relative
    return *head, covered(s.covered), below(s.below), *others, _verdict(score)


def _ratio(s: Standing) -> str:
    return "–" if math.isnan(s.ratio) else f"{number(s.ratio)} ± {number(s.limit.common_error)}"


def _verdict(score: Score) -> str:
    """Yes or no by the ratios, and the others that may stand on their side of 1 by chance."""
    if not score.others:
        return "–"
    plain = "no: " + "; ".join(score.lower) if score.lower else "yes"
    return plain + (f" (within chance: {'; '.join(score.close)})" if score.close else "")


def _all_standings(standings: Sequence[Standing], others: Mapping[Key, PairedRatio]) -> list[str]:
    """One table a problem: n by n, `auto` first, then by RMSE."""
    parts = []
    about = sorted(standings, key=lambda s: (s.divergence, s.problem))
    for (divergence, problem), members in groupby(about, lambda s: (s.divergence, s.problem)):
        order = sorted(members, key=lambda s: (s.n, s.estimator != BEST, s.rmse))
        known = f"truth {order[0].truth:.6g}"
        parts.append(f"\n## {divergence.upper()}: {problem} ({known})\n")
        parts.append(markdown(_STANDINGS, (_standing(s, others) for s in order)))
        parts += [f"\n{s.estimator} refused: {s.failure}" for s in order if s.failures]
    return parts


def _standing(s: Standing, others: Mapping[Key, PairedRatio]) -> tuple[str, ...]:
    at, wrong = s.limit, s.covered.of - s.covered.hits
    seeds = f"{s.seeds}" if not s.failures else f"{s.seeds} (+{s.failures} refused)"
    return (
        s.estimator, f"{s.n:,}", seeds, f"{s.rmse:.4f}", f"{s.typical:.4f}", f"{s.bias:+.4f}",
        _ratio(s), number(at.plain), number(at.centred),
        number(at.stated), covered(s.covered), str(wrong) if s.covered.of else "–",
        below(s.below), str(s.warned), f"{s.seconds:.2g}",
        beside(others.get((s.problem, s.divergence, s.estimator, s.n))),
    )  # fmt: skip
