"""Suites of the benchmark: which divergences of which problems, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from divkit.problems.pairs_of_laws import PROBLEMS, Regime
from divkit.problems.truths import record_of
from divkit.registry import Registry, UnknownNameError

Asked = tuple[tuple[str, str], ...]
"""Pairs of a problem's name and a divergence's."""

Suites = Callable[[], Asked]
SUITES: Registry[Suites] = Registry("suite of problems")
"""Suites by name, each made when it is asked for."""


def problems_of(asked: str | Sequence[tuple[str, str]]) -> Asked:
    """Return pairs (problem, divergence).

    Parameters
    ----------
    asked : the name of a suite, a text "shift1:js,shift1:kl", or the pairs themselves.

    Raises
    ------
    ValueError
        If a text is neither, or a part of it is not a problem, a colon and a divergence.

    Examples
    --------
    >>> len(problems_of("quick")) > 0
    True
    """
    if not isinstance(asked, str):
        return tuple((problem, divergence) for problem, divergence in asked)
    if ":" not in asked:
        return _suite(asked)()
    pairs = [tuple(part.strip().split(":")) for part in asked.split(",") if part.strip()]
    wrong = [":".join(pair) for pair in pairs if len(pair) != 2]
    if wrong or not pairs:
        raise ValueError(f"problems are problem:divergence pairs or a suite; got {asked!r}.")
    return tuple((problem, divergence) for problem, divergence in pairs)


def _suite(name: str) -> Suites:
    try:
        return SUITES[name]
    except UnknownNameError as error:
        raise UnknownNameError(f"{error} Or write problem:divergence pairs: shift1:js.") from None


def quick() -> Asked:
    """Return eight tasks, of the line, the plane and up to ten columns."""
    return (
        ("shift1", "js"),
        ("shift1", "kl"),
        ("bimodal_vs_laplace", "kl"),
        ("student3_vs_cauchy", "kl"),
        ("ring8_vs_matched_normal", "js"),
        ("ar5_vs_equicorrelated", "kl"),
        ("banana3_vs_normal", "js"),
        ("ar10", "js"),
    )


def standard() -> Asked:
    """Return some tasks of every regime."""
    return (*quick(), *((name, "js") for name in _STANDARD_JS), *((n, "kl") for n in _STANDARD_KL))


_STANDARD_JS = (
    "claw", "two_modes_vs_one", "gammas", "exponentials", "spike_in_slab", "cauchys", "paretos",
    "ring12_vs_ring8", "checkerboard_vs_uniform", "spiral_vs_matched_normal", "bent_normals",
    "ridges", "unlike_10", "skewed_20", "gaussian_ar_30", "gaussian_shift_100", "poissons",
    "zipfs", "count_and_number", "category_and_numbers", "near_shift", "near_bump", "equal_1",
    "equal_5", "few_against_many", "contaminated_0.01", "student5_shift",
)  # fmt: skip
_STANDARD_KL = (
    "normals", "lognormals", "laplaces", "exp_of_normals", "information_2x2", "information_5x5",
    "gaussian_ar_10", "gaussian_dense_3", "unlike_5", "students_shift", "bernoullis", "kl10_10",
    "kl30", "shift20", "rows_twice", "exp_of_normals_5",
)  # fmt: skip
_HARD = frozenset({Regime.HEAVY, Regime.MANY, Regime.LARGE, Regime.ROWS})


def hard() -> Asked:
    """Return heavy tails, many columns, large divergences and odd samples, JSD and KL."""
    return tuple((name, kind) for name, kind in full() if PROBLEMS[name].regime in _HARD)


def full() -> Asked:
    """Return the JSD of every problem, and KL of those where it is known and finite."""
    return tuple((name, kind) for name in PROBLEMS for kind in ("js", "kl") if _known(name, kind))


def tasks() -> list[str]:
    """Return every task of `full` as it is written.

    >>> "shift1:js" in tasks()
    True
    """
    return [f"{name}:{kind}" for name, kind in full()]


def _known(name: str, kind: str) -> bool:
    record = record_of(PROBLEMS[name])
    pair = None if record is None else record["values"].get(kind)
    return pair is not None and pair[0] is not None


for _make in (quick, standard, hard, full):
    SUITES.register(_make.__name__, _make)
