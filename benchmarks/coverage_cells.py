"""One cell of the coverage page: how a divergence of a pair is got, its error, its CPU seconds.

A law is made anew for every call, so that nothing that it keeps makes the second call cheaper.
"""

from __future__ import annotations

import math
import signal
import statistics
import time
import warnings
from typing import Any

import divkit
from divkit.distributions import Law
from divkit.results import Result

KINDS = ("kl", "js", "tv", "hellinger2", "chi2", "renyi(0.5)", "renyi(2)", "w1")
LIMIT = 10.0
"""CPU seconds after which a call is stopped."""
STOPPED = f"stopped after {LIMIT:g} CPU seconds"
BLOCK, BLOCKS = 0.02, 2
"""CPU seconds that a block of calls takes at least, as clocks of processes tick in milliseconds;
blocks of which the median is taken."""
LONG = 0.2
"""CPU seconds from which a first call is not repeated."""

Cell = dict[str, Any]


class StoppedError(RuntimeError):
    """A call that took too long."""


def _stop(*_: object) -> None:
    raise StoppedError(STOPPED)


def laws_of(p: str, q: str) -> tuple[Law, Law]:
    """The pair, made anew."""
    return divkit.parse_law(p), divkit.parse_law(q)


def call(laws: tuple[Law, Law], kind: str, method: str) -> tuple[Result | None, str]:
    """The result, or None and why there is none."""
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        return divkit.divergence(*laws, kind, method=method), ""
    except (ValueError, StoppedError) as error:
        return None, " ".join(str(error).split())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def block(texts: tuple[str, str], kind: str, method: str, count: int) -> float:
    """CPU seconds of a call, of so many."""
    laws = [laws_of(*texts) for _ in range(count)]
    start = time.process_time()
    for pair in laws:
        call(pair, kind, method)
    return (time.process_time() - start) / count


def seconds_of(texts: tuple[str, str], kind: str, method: str, first: float) -> float:
    """CPU seconds of a call of which the first took `first`, which stands where it is long."""
    if first > LONG:
        return first
    if first > BLOCK:
        return block(texts, kind, method, 1)
    size = max(1, math.ceil(BLOCK / max(block(texts, kind, method, 2), BLOCK / 50)))
    return statistics.median(block(texts, kind, method, size) for _ in range(BLOCKS))


def cell(p: str, q: str, kind: str, method: str = "auto") -> Cell:
    """The cell as plain values, with the CPU milliseconds of a call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        laws = laws_of(p, q)
        start = time.process_time()
        told = answered(*laws, kind, method)
        seconds = time.process_time() - start
        if "value" in told:
            seconds = seconds_of((p, q), kind, method, seconds)
    return told | {"ms": float(f"{1000 * seconds:.2g}")}


def answered(p: Law, q: Law, kind: str, method: str) -> Cell:
    """How the divergence is got ("how" names a symbol of the page), and the numbers."""
    found, why = call((p, q), kind, method)
    if found is None:
        return {"how": "slow" if why == STOPPED else "refused", "why": why}
    told = {"how": how(found), "method": name_of(found)}
    if found.warnings or found.reason:
        told["why"] = " ".join((found.reason or "", *found.warnings)).strip()
    return told | {
        "value": _plain(found.value),
        "error": _plain(found.error),
        "interval": [_plain(end) for end in found.interval],
    }


def _plain(number: float) -> float | str:
    return number if math.isfinite(number) else str(number)


def name_of(result: Result) -> str:
    """The method that `auto` chose, or that was named: "ClosedForm"."""
    return str(result.diagnostics.get("chosen", result.method)).partition("(")[0]


WAYS = {
    "Symbolic": "closed",
    "ClosedForm": "closed",
    "Affinity": "affinity",
    "Discrete": "sum",
    "Summation": "sum",
    "Quadrature": "quadrature",
    "TensorQuadrature": "quadrature",
    "Metric": "quadrature",
    "Reduced": "quadrature",
    "Tensorised": "quadrature",
    "OwnMethod": "closed",
    "Certified": "certified",
}
"""What a method of `auto` is on the page, where the result's own kind does not say it."""

KINDS_OF_RESULTS = {"standard error": "draws", "enclosure": "certified"}


def how(result: Result) -> str:
    """The symbol's name: a proven infinity, an estimate by draws, or the method's way."""
    if math.isinf(result.value) and result.error == 0:
        return "infinite"
    if result.one_sided or math.isinf(result.error):
        return "limit"
    if result.kind == "closed form" and name_of(result) in {"Metric", "Tensorised", "Reduced"}:
        return "closed"
    return KINDS_OF_RESULTS.get(result.kind) or WAYS[name_of(result)]
