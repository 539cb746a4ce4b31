"""All of scipy.stats' catalogue of laws of numbers, against independent truth.

Every entry of SciPy's own lists of standard shapes (continuous and of counts), in pairs: with
itself moved and stretched (counts: moved by one), with other shapes (counts), and with another law
of the same moments; JS, KL both ways, total variation and squared Hellinger. A call is

    right      the truth lies within the stated error (an infinity: with its reason);
    flagged    one-sided, or of infinite error, and the truth is where it says;
    refused    an error says what to do;
    slow       it takes more than 10 CPU seconds;
    unsettled  the truth's own quadrature does not settle: to be looked at;
    silent     none of these. There may be none.

    python benchmarks/scipy_catalogue.py --workers 2 --json out/catalogue.json
    python benchmarks/scipy_catalogue.py --family weibull_min --family zipf
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import multiprocessing
import os
import re
import signal
import time
import warnings
from functools import cache
from pathlib import Path

import catalogue_counts
import catalogue_truths
import scipy.stats as ss
import torch_truth
import wrapped_truth
from scipy.stats._distr_params import distcont

INTEGRATED = {"levy_stable": 1e-7, "studentized_range": 1e-7}
"""Families whose density SciPy integrates itself, to about these digits; a truth has no more."""
CIRCULAR = {"vonmises": (1.0,)}
"""Laws of angles, and shapes of another one of the family: a normal law lies elsewhere."""
VERDICTS = ("right", "flagged", "refused", "slow", "unsettled", "silent")
KINDS = ("js", "kl", "rkl", "tv", "hellinger2")
SLOW = 10.0
STOP = 60.0  # CPU seconds after which a call is stopped


class StoppedError(RuntimeError):
    """A call that took too long."""


def continuous(names):
    """(group, name of the pair, specification of p, of q)."""
    for name, shapes in distcont:
        if names and name not in names:
            continue
        spec = (name, tuple(float(s) for s in shapes), 0.0, 1.0)
        scale = 1.0 if name in CIRCULAR else 1.2  # an angle has no scale
        yield "continuous", "moved", spec, (*spec[:2], 0.3, scale)
        yield "continuous", "moments", spec, None


def counts(names):
    """As `continuous`, of laws of whole numbers."""
    for name, shapes in catalogue_counts.ENTRIES:
        if names and name not in names:
            continue
        for pair, other in catalogue_counts.partners(name, shapes):
            yield "counts", pair, (name, shapes, 0), other


def normal_of_equal_moments(spec):
    """Or of equal quartiles, where there are no moments; another angle for an angle."""
    name, shapes, loc, scale = spec
    if name in CIRCULAR:
        return name, CIRCULAR[name], loc, scale
    law = getattr(ss, name)(*shapes, loc=loc, scale=scale)
    mean, sd = float(law.mean()), float(law.std())
    if name == "norm":
        return "logistic", (), mean, sd * math.sqrt(3) / math.pi
    if not (math.isfinite(mean) and math.isfinite(sd) and sd > 0):
        low, mean, high = (float(x) for x in law.ppf([0.25, 0.5, 0.75]))
        sd = (high - low) / 1.349
    return "norm", (), mean, sd


def law_of(group, spec):
    """SciPy's frozen distribution."""
    name, shapes, *place = spec
    if group == "counts":
        return getattr(ss, name)(*shapes, loc=place[0])
    return getattr(ss, name)(*shapes, loc=place[0], scale=place[1])


@cache
def truths():
    """What was calculated before; in a `--fresh` run nothing."""
    return {} if os.environ.get("CATALOGUE_FRESH") else catalogue_truths.read()


def truth_of(group, kind, p, q):
    """The divergence and a bound of the truth's own error, looked up or calculated."""
    name = catalogue_truths.key(group, kind, p, q)
    if name not in truths():
        truths()[name] = _calculated(group, kind, p, q)
    return truths()[name]


def _calculated(group, kind, p, q):
    if group == "counts":
        return catalogue_counts.divergence(kind, p, q)
    if _endless(kind, p, q):
        return math.inf, 0.0
    if p[0] in CIRCULAR:
        laws = (torch_truth.von_mises(loc, *shapes).law for _, shapes, loc, _ in (p, q))
    else:
        laws = (wrapped_truth.law(*spec) for spec in (p, q))
    value, error = wrapped_truth.divergence(kind, *laws)
    return value, error + INTEGRATED.get(p[0], 0.0)


def _endless(kind, p, q):
    """Whether KL is infinite, as of a law of infinite variance from a normal law."""
    return kind == "kl" and q[0] == "norm" and p[0] not in CIRCULAR and _variance(p) == math.inf


def _variance(spec):
    name, shapes, loc, scale = spec
    return float(getattr(ss, name)(*shapes, loc=loc, scale=scale).var())


def _stop(*_):
    raise StoppedError(f"stopped after {STOP:g} CPU seconds")


def call(group, kind, p, q):
    """The answer of divkit: (result or None, words, CPU seconds)."""
    import divkit

    start = time.process_time()
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, STOP)
    found, words = None, ""
    try:
        a, b = law_of(group, p), law_of(group, q)
        a, b = (b, a) if kind == "rkl" else (a, b)
        found = divkit.divergence(a, b, "kl" if kind == "rkl" else kind)
    except (ValueError, TypeError, StoppedError) as error:
        words = " ".join(str(error).split())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return found, words, time.process_time() - start


def judge(group, kind, p, q):
    """The verdict on one call, with the reason where it is not right."""
    found, words, seconds = call(group, kind, p, q)
    if seconds > SLOW:
        return "slow", words or "no more", seconds
    if found is None:
        return "refused", words, seconds
    truth, slack = truth_of(group, kind, p, q)
    told = f"{found!r}; truth {truth:.12g} ± {slack:.1e}"
    if math.isinf(found.value) and not math.isinf(found.error):
        known = math.isinf(truth) or not slack < 1e-3 * abs(truth)
        return ("right" if known and found.reason else "silent"), told, seconds
    if found.one_sided or math.isinf(found.error):
        low, high = found.interval
        held = math.isinf(slack) or (low <= truth + slack and truth - slack <= high)
        return ("flagged" if held else "silent"), told, seconds
    if not slack < 1e-4 * (1e-3 + abs(truth)):
        return "unsettled", told, seconds
    right = abs(found.value - truth) <= found.error + slack
    return ("right" if right else "silent"), told, seconds


def pair(case):
    """Rows of one pair, a kind each."""
    group, name, p, q = case
    warnings.simplefilter("ignore")
    q = normal_of_equal_moments(p) if q is None else q
    known, rows = set(truths()), []
    for kind in KINDS:
        verdict, words, seconds = judge(group, kind, p, q)
        rows.append(
            {
                "group": group,
                "family": p[0],
                "shapes": p[1],
                "pair": name,
                "other": list(q),
                "kind": kind,
                "verdict": verdict,
                "words": words,
                "seconds": round(seconds, 3),
            }
        )
    return rows, {name: pair for name, pair in truths().items() if name not in known}


def complaints(rows):
    """A line for every word on calls of one pair that are not right."""
    grouped = collections.defaultdict(list)
    for row in rows:
        if row["verdict"] != "right":
            words = re.sub(r"<(\S+) object at \S+>", r"\1", row["words"])
            which = f"{row['family']}{tuple(row['shapes'])} {row['pair']}"
            grouped[row["verdict"], which, words].append(row["kind"])
    for (verdict, which, words), kinds in grouped.items():
        yield f"{verdict}: {which}, {' '.join(kinds)}: {words}"[:400]


def told(rows):
    """The table of counts, a line a group: of calls, and of entries by their worst call."""
    for group in ("continuous", "counts"):
        mine = [row for row in rows if row["group"] == group]
        entries = {}
        for row in mine:
            key = row["family"], str(row["shapes"])
            worst = max(entries.get(key, 0), VERDICTS.index(row["verdict"]))
            entries[key] = worst
        of_calls = collections.Counter(row["verdict"] for row in mine)
        of_entries = collections.Counter(VERDICTS[worst] for worst in entries.values())
        for what, counted in (("calls", of_calls), ("entries", of_entries)):
            words = "  ".join(f"{verdict} {counted[verdict]}" for verdict in VERDICTS)
            yield f"{group:10} {what:8} {sum(counted.values()):5}:  {words}"
    if rows:
        worst = max(rows, key=lambda row: row["seconds"])
        yield f"dearest {worst['seconds']} CPU s: {worst['kind']} of {worst['family']}"


def main():
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument(
        "--family", action="append", default=[], help="only these; may be repeated"
    )
    parser.add_argument("--group", choices=("continuous", "counts"), help="only this half")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", help="a file for all rows")
    parser.add_argument(
        "--fresh", action="store_true", help="calculate truths anew, and keep none"
    )
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if options.fresh:
        os.environ["CATALOGUE_FRESH"] = "1"
    cases = [*continuous(options.family), *counts(options.family)]
    cases = [case for case in cases if options.group in (None, case[0])]
    rows = []
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for found, fresh in pool.imap(pair, cases, chunksize=1):
            rows += found
            if not options.fresh:
                catalogue_truths.add(fresh)
            for line in complaints(found):
                print(line, flush=True)
    print("\n".join(told(rows)))
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
