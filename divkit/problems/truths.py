"""Truths of the problems, committed with the package: divergences with their errors, and facts.

The exact engine makes them (`benchmarks/problem_truths.py`, which finds each again by a second
road that has nothing of divkit's). They are read from `truths.json`; what is not there, or is of
laws that have changed since, is computed when it is asked for.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from divkit.divergences import named
from divkit.exact.api import divergence as exact
from divkit.problems.pairs_of_laws import Problem
from divkit.results import Result

KINDS = ("kl", "reverse_kl", "js", "hellinger2", "tv", "chi2")
LINE = "w1"
"""A metric that is asked for on the line alone."""
TRUTHS = Path(__file__).with_name("truths.json")
_LETTERS = 12
_NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]?\d+)?|-?\d+e[-+]?\d+")
_ZERO = 1e-12


@dataclass(frozen=True)
class KnownValue:
    """A divergence and its error; both inf where it is proved infinite."""

    value: float
    error: float


@dataclass(frozen=True)
class Facts:
    """Facts that make a problem hard.

    Attributes
    ----------
    bound : least standard deviation of an estimate of the JSD from n rows of each, times √n.
    bound_of_kl : the same of KL; inf where it is.
    overlap : 1 − TV, the share of mass that the laws have in common; NaN where it is not known.
    chi2 : χ²(p‖q), by which KL's bound grows; NaN where it is not known.
    dim : columns.
    intrinsic : directions along which the laws differ, as a Gaussian approximation shows them;
        columns where it shows none.

    Examples
    --------
    >>> from divkit.problems import PROBLEMS
    >>> from divkit.problems.truths import facts_of
    >>> facts_of(PROBLEMS["gaussian_shift_3"]).intrinsic
    1
    """

    bound: float
    bound_of_kl: float
    dim: int
    intrinsic: int
    overlap: float = math.nan
    chi2: float = math.nan


def version_of(problem: Problem) -> str:
    """Return the digest of a problem's laws, as twelve hexadecimal digits.

    Numbers count to ten digits, and those below 1e-12 as zero: powers and cosines differ in their
    last bits from one processor to another.
    """
    text = _NUMBER.sub(_rounded, f"{problem.p!r}\0{problem.q!r}")
    return hashlib.sha256(text.encode()).hexdigest()[:_LETTERS]


def _rounded(number: re.Match[str]) -> str:
    value = float(number[0])
    return f"{value:.10g}" if abs(value) >= _ZERO else "0"


def truth_of(problem: Problem, divergence: str) -> KnownValue:
    """Return a divergence of a problem, from the file or by the exact engine.

    Raises
    ------
    ValueError
        If no exact method applies.

    Examples
    --------
    >>> from divkit.problems import PROBLEMS
    >>> round(truth_of(PROBLEMS["gaussian_shift_3"], "js").value, 6)
    0.111421
    """
    stored = _values(problem).get(named(divergence).name)
    if stored is not None:
        return KnownValue(*map(_number, stored))
    found: Result = exact(problem.p, problem.q, divergence)
    return KnownValue(found.value, found.error)


def variances_of(problem: Problem, divergence: str) -> tuple[float, float] | None:
    """Return the variances of the payoffs of one row of each sample: inf, or NaN if not known.

    None where the file has none; `divkit.bench.truth` computes them.
    """
    record = record_of(problem)
    pair = None if record is None else record.get("variances", {}).get(divergence)
    return None if pair is None else (_number(pair[0]), _number(pair[1]))


def facts_of(problem: Problem) -> Facts | None:
    """Return the facts of a problem; None where the file has none.

    >>> from divkit.problems import PROBLEMS
    >>> facts_of(PROBLEMS["gaussian_shift_3"]).dim
    3
    """
    record = record_of(problem)
    if record is None:
        return None
    given: dict[str, Any] = {
        key: math.inf if word is None else word for key, word in record["facts"].items()
    }
    return Facts(**given)


def record_of(problem: Problem) -> Mapping[str, Any] | None:
    """Return what the file holds of a problem with these laws; None where it holds nothing."""
    record: Mapping[str, Any] | None = _file().get(problem.name)
    return None if record is None or record["laws"] != version_of(problem) else record


def _number(stored: float | str | None) -> float:
    """A number of the file, which writes infinity as null, and "nan" for what nobody knows."""
    return math.inf if stored is None else float(stored)


def _values(problem: Problem) -> Mapping[str, Any]:
    record = record_of(problem)
    return {} if record is None else record["values"]


@cache
def _file() -> Mapping[str, Any]:
    if not TRUTHS.exists():
        return {}
    read: Mapping[str, Any] = json.loads(TRUTHS.read_text(encoding="utf-8"))["problems"]
    return read
