"""Every pair of torch's KL registry, and every class of torch.distributions, against truth.

Each pair is set up with ordinary parameters, in float32 and in float64, one pair at a time
("scalar") and as a batch; JS, KL, total variation and squared Hellinger distance of each are
compared with `torch_truth`, and KL of float64 with torch's own formula too, which is thereby
checked. A case is

    right     the truth lies within the stated error (an infinity: with its reason);
    flagged   one-sided, or an infinite error, and no claim is wrong;
    refused   an error says what to do;
    too slow  more than ten seconds of processor time;
    unsettled the truth's own quadrature does not settle: to be looked at;
    silent    none of these. There may be none.

    python benchmarks/torch_catalogue.py --output benchmarks/results/torch_catalogue.json
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import time
import warnings
from functools import cache
from pathlib import Path

import torch
import torch_cases
import torch_truth

import divkit

VERDICTS = ("right", "flagged", "refused", "too slow", "unsettled", "silent")
KINDS = ("kl", "js", "tv", "hellinger2")
TYPES = {"float32": torch.float32, "float64": torch.float64}
LIMIT = 10.0


def frozen(value):
    return tuple(map(frozen, value)) if isinstance(value, list) else value


@cache
def truth(label, kind, makers, rows):
    """The divergence of one row of p and of q, whose numbers are `rows`."""
    p, q = (maker(*row) for maker, row in zip(makers, rows, strict=True))
    return torch_truth.divergence(kind, p, q)


def judge(found, value, slack):
    """The verdict on one Result."""
    if found.one_sided or math.isinf(found.error):
        low, high = found.interval
        held = low - slack <= value and (found.one_sided == "lower" or value <= high + slack)
        return "flagged" if held else "silent"
    if math.isinf(found.value) or math.isinf(value):
        return "right" if found.value == value and found.reason else "silent"
    if not slack < 1e-3 * (1e-3 + abs(value)):
        return "unsettled"
    return "right" if abs(found.value - value) <= found.error + slack else "silent"


def measured(kind, p, q, size):
    """Results of one call, one a row, or the words of its refusal; CPU seconds."""
    start = time.process_time()
    try:
        found = divkit.divergence(p, q, kind)
    except (ValueError, TypeError) as error:
        return str(error), time.process_time() - start
    seconds = time.process_time() - start
    one = isinstance(found, divkit.Result)
    return [found] if one else [found.reshape(-1)[i] for i in range(size)], seconds


def run(label, p, q, dtype, form, kind):
    """(verdict, words, seconds) of each call: scalar ones row by row, a batch at once."""
    members = torch_cases.members(p, q)
    groups = [members] if form == "batched" else [[member] for member in members]
    for group in groups:
        laws = [
            side.make(
                *(c if form == "batched" else c[0] for c in torch_cases.columns(rows, dtype))
            )
            for side, rows in zip((p, q), zip(*group, strict=True), strict=True)
        ]
        found, seconds = measured(kind, *laws, len(group))
        if isinstance(found, str):
            yield "refused", found, seconds
            continue
        verdicts = []
        for result, pair in zip(found, group, strict=True):
            rows = tuple(frozen(torch_cases.rounded(row, dtype)) for row in pair)
            value, slack = truth(label, kind, (p.truth, q.truth), rows)
            verdicts.append(
                (judge(result, value, slack), f"{result!r} truth {value!r} ± {slack:.1e} {rows}")
            )
        worst = max(verdicts, key=lambda each: VERDICTS.index(each[0]))
        yield (
            ("too slow" if seconds > LIMIT and worst[0] == "right" else worst[0]),
            worst[1],
            seconds,
        )


def check_torch(p, q, label):
    """Where torch's own KL differs from the truth by more than rounding, in float64."""
    for pair in torch_cases.members(p, q):
        laws = [
            side.make(*(c[0] for c in torch_cases.columns([row], torch.float64)))
            for side, row in zip((p, q), pair, strict=True)
        ]
        own = float(torch.distributions.kl_divergence(*laws).sum())
        rows = tuple(frozen(torch_cases.rounded(row, torch.float64)) for row in pair)
        value, slack = truth(label, "kl", (p.truth, q.truth), rows)
        if not (own == value or abs(own - value) <= slack + 1e-9 * (1 + abs(value))):
            print(f"torch: {label} {rows}: {own!r}, truth {value!r} ± {slack:.1e}")


def main():
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--only", default="", help="pairs whose label holds this")
    parser.add_argument("--show", default="silent,unsettled,too slow,refused")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if lacking := torch_cases.missing():
        print(f"not in the catalogue: {', '.join(lacking)}")
    counts, refusals, slowest = collections.defaultdict(collections.Counter), {}, (0.0, "")
    for label, p, q, registered in torch_cases.pairs():
        if options.only not in label:
            continue
        if registered:
            check_torch(p, q, label)
        for (name, dtype), form, kind in (
            (t, f, k) for t in TYPES.items() for f in ("scalar", "batched") for k in KINDS
        ):
            for verdict, words, seconds in run(label, p, q, dtype, form, kind):
                counts[name, form][verdict] += 1
                slowest = max(slowest, (seconds, f"{kind} {label}"))
                if verdict == "refused":
                    refusals.setdefault((label, form), words)
                elif verdict in options.show.split(","):
                    print(
                        f"{verdict}: {kind} {label} {name} {form} {seconds:.1f} s: {words}",
                        flush=True,
                    )
    if "refused" in options.show.split(","):
        for (label, form), words in refusals.items():
            print(f"refused: {label} {form}: {' '.join(words.split())[:160]}")
    table = {" ".join(key): {v: tally[v] for v in VERDICTS} for key, tally in counts.items()}
    for key, tally in table.items():
        print(f"{key:16}", "  ".join(f"{v} {n}" for v, n in tally.items()))
    print(f"slowest {slowest[0]:.2f} CPU s: {slowest[1]}")
    if options.output:
        reasons = {f"{label} {form}": words for (label, form), words in refusals.items()}
        written = {"counts": table, "refusals": reasons, "slowest": slowest}
        options.output.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
