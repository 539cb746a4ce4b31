"""The leaderboard as Markdown: a summary, a score table against others, and every standing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from divkit.bench.board import Standing
from divkit.bench.methods import is_ours
from divkit.bench.pairing import BEST, Key, PairedRatio
from divkit.bench.scores import Score, scores, together
from divkit.bench.wording import below, beside, covered, fixed, markdown, number, ratio, said

_SUMMARY = (
    "divergence", "n", "estimator", "tasks", "refused", "RMSE/bound, geometric mean ± s.e.",
    "worst", "coverage", "lower bounds", "RMSE against `auto`",
)  # fmt: skip
_SCORES = ("divergence", "problem", "n", "seeds", "RMSE/bound ± s.e.", "RMSE/truth", "coverage",
           "lower bounds")  # fmt: skip
_STANDINGS = (
    "estimator", "n", "seeds", "RMSE", "median error", "bias", "RMSE/bound ± s.e.", "plain",
    "centred", "stated/bound", "coverage", "wrong", "lower bounds", "warned", "CPU s", "RMSE/auto",
)  # fmt: skip
_WORDS = """\
- **RMSE, median error, bias**: root mean square error, median distance from the truth (one estimate far off does not move it), mean error.
- **RMSE/bound**: RMSE over the efficiency bound, the least standard deviation that a regular estimator can have from so many rows, with the luck of
  the draw taken out by an oracle on the same rows. With many rows the best estimators reach 1. A ratio below 1 is chance, or a bias that helps at this
  n; "too few draws" stands where its error is as large as the ratio, and a dash where the bound is above the truth, infinite or not known.
- **plain, centred**: the same ratio with that luck left in, and with what is left of it under a bias taken out too. Far apart, they say that draws are few.
- **stated/bound**: mean of the standard errors that the estimates state, over the bound.
- **coverage, wrong**: share of the two-sided 95 % intervals that hold the truth, with Clopper and Pearson's interval, and the number of those that do not;
  "none" where no interval is stated.
- **lower bounds**: estimates that only claim to lie below the truth, and how many of these claims hold. They are no part of the coverage.
- **warned**: estimates that came with a warning. **refused**: draws without an estimate.
- **RMSE/auto**, and the columns of names: RMSE over that of `auto` on the draws that both have, with a paired bootstrap's 95 % interval; below 1 the other is
  better, "beyond chance" where the whole interval does. Under ten draws these intervals are too narrow.
"""  # noqa: E501


def leaderboard(standings: Sequence[Standing], others: Mapping[Key, PairedRatio]) -> str:
    """Everything in one page; `others` holds the errors of others over those of `auto`."""
    names = tuple(dict.fromkeys(s.estimator for s in standings if s.estimator != BEST))
    peers = [name for name in names if not is_ours(name)]
    own = [name for name in names if is_ours(name)]
    return "\n".join(
        [
            "# Estimators of divergences from samples\n",
            "## In short\n",
            markdown(_SUMMARY, _summary(standings, others)),
            "\n## What the columns mean\n",
            _WORDS.rstrip(),
            *_score_table(
                "others that are not divkit's: their RMSE over its own", standings, others, peers
            ),
            *_score_table("divkit's other estimators", standings, others, own),
            *_all_standings(standings, others),
            "\n## Versions\n",
            *_versions(standings),
            "",
        ]
    )


def _versions(standings: Sequence[Standing]) -> list[str]:
    """Lines that say which code made the rows."""
    versions = sorted({(s.estimator, code or "not known") for s in standings for code in s.codes})
    lines = []
    for code, members in groupby(sorted(versions, key=lambda m: m[1]), key=lambda m: m[1]):
        lines.append(f"- code {code}: " + "; ".join(name for name, _ in members))
    return lines


def _summary(
    standings: Sequence[Standing], others: Mapping[Key, PairedRatio]
) -> Iterator[tuple[str, ...]]:
    """Every estimator over the problems of a divergence, at each n and at all."""
    names = list(dict.fromkeys([BEST, *(s.estimator for s in standings)]))
    for divergence in sorted({s.divergence for s in standings}):
        sizes = sorted({s.n for s in standings if s.divergence == divergence})
        for chosen in [[n] for n in sizes] + [sizes] * (len(sizes) > 1):
            about = [s for s in standings if s.divergence == divergence and s.n in chosen]
            head = divergence, f"{chosen[0]:,}" if len(chosen) == 1 else "all"
            for name in names:
                beside = names if name == BEST else ()
                if judged := scores(about, others, beside, name):
                    yield (*head, name, *_short(judged, _against(name, judged, others)))


def _short(judged: Sequence[Score], against: str) -> tuple[str, ...]:
    of, members = together(judged), [score.standing for score in judged]
    failures = sum(s.failures for s in members)
    return (
        str(of.problems), f"{failures} of {failures + sum(s.seeds for s in members)}",
        ratio(of.mean, of.mean * of.log_error), f"{number(of.worst)} {of.where}".strip(),
        covered(of.covered), below(of.below), against,
    )  # fmt: skip


def _against(name: str, judged: Sequence[Score], others: Mapping[Key, PairedRatio]) -> str:
    """On how many problems `auto` is beaten, or an estimator is lower or higher than it."""
    if name == BEST:
        of = together(judged)
        lower, surely = of.compared - of.lowest, of.compared - of.tied
        words = f"another is lower on {lower} of {of.compared}, beyond chance on {surely}"
        return words if of.compared else "–"
    keys = ((s.problem, s.divergence, name, s.n) for s in (score.standing for score in judged))
    pairs = [others[key] for key in keys if key in others]
    if not pairs:
        return "–"
    lower, surely, above = (
        sum(is_so)
        for is_so in zip(*((p.ratio < 1, p.high < 1, p.low > 1) for p in pairs), strict=True)
    )
    return f"lower on {lower} of {len(pairs)}, beyond chance on {surely}; above it on {above}"


def _score_table(
    of: str, standings: Sequence[Standing], others: Mapping[Key, PairedRatio], names: Sequence[str]
) -> Iterator[str]:
    """Lines of a section; none where neither `auto` nor any of the names was run."""
    if names and (members := scores(standings, others, names)):
        yield f"\n## `auto` against {of}\n"
        header = (*_SCORES, *names, "auto lowest?")
        yield markdown(header, (_scored(score, names) for score in members))


def _scored(score: Score, names: Sequence[str]) -> tuple[str, ...]:
    s = score.standing
    relative = number(s.rmse / s.truth) if s.truth else "–"
    others = (beside(score.others.get(name)) for name in names)
    head = s.divergence, s.problem, f"{s.n:,}", str(s.seeds), _ratio(s), relative
    return *head, covered(s.covered), below(s.below), *others, _verdict(score)


def _ratio(s: Standing) -> str:
    return ratio(s.ratio, s.limit.common_error)


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
        parts += [f"\n{s.estimator} refused: {said(s.failure)}" for s in order if s.failures]
    return parts


def _standing(s: Standing, others: Mapping[Key, PairedRatio]) -> tuple[str, ...]:
    at, wrong = s.limit, s.covered.of - s.covered.hits
    seeds = f"{s.seeds}" if not s.failures else f"{s.seeds} (+{s.failures} refused)"
    rmse = fixed(s.rmse, ".4f") if s.seeds else "refused"
    return (
        s.estimator, f"{s.n:,}", seeds, rmse, fixed(s.typical, ".4f"), fixed(s.bias, "+.4f"),
        _ratio(s), number(at.plain), number(at.centred),
        number(at.stated), covered(s.covered), str(wrong) if s.covered.of else "–",
        below(s.below), str(s.warned), fixed(s.seconds, ".2g"),
        beside(others.get((s.problem, s.divergence, s.estimator, s.n))),
    )  # fmt: skip
