"""The table of divergences. One entry here and every calculator, loss and check has it.

Scales: `js` is the Jensen–Shannon divergence (≤ log 2), `js_fgan` is twice that, `js_distance` its
root; `hellinger2` is H² = 1 − ∫√(pq) in [0, 1], `squared_hellinger` is 2H².
"""

from __future__ import annotations

from collections.abc import Callable

from divkit.divergences.base import Divergence, FDivergence
from divkit.divergences.families import alpha, weighted_js
from divkit.divergences.parameter_free import (
    GAN,
    HELLINGER2,
    JEFFREYS,
    JS,
    JS_FGAN,
    KL,
    NEYMAN,
    PEARSON,
    REVERSE_KL,
    SQUARED_HELLINGER,
    TRIANGULAR,
    TV,
)
from divkit.divergences.transforms import (
    BHATTACHARYYA,
    ENERGY,
    HELLINGER,
    JS_DISTANCE,
    W1,
    W2,
    mmd,
    renyi,
)
from divkit.registry import Registry
from divkit.remade import remember
from divkit.signs import plain_signs

DIVERGENCES: Registry[Divergence] = Registry("divergence")

for _entry, _aliases in (
    (TV, ("total_variation",)),
    (KL, ("kullback_leibler",)),
    (REVERSE_KL, ("rkl",)),
    (PEARSON, ("pearson", "pearson_chi2")),
    (NEYMAN, ("neyman",)),
    (HELLINGER2, ()),
    (SQUARED_HELLINGER, ()),
    (JEFFREYS, ()),
    (JS, ("jsd", "jensen_shannon")),
    (JS_FGAN, ("2js",)),
    (GAN, ("gan_value",)),
    (TRIANGULAR, ("triangular_discrimination",)),
    (BHATTACHARYYA, ()),
    (JS_DISTANCE, ()),
    (HELLINGER, ()),
    (W1, ("wasserstein", "wasserstein_1", "w1_distance")),
    (W2, ("wasserstein_2", "w2_distance")),
    (ENERGY, ("energy_distance",)),
    (mmd(), ("mmd",)),
):
    DIVERGENCES.register(_entry.name, _entry, *_aliases)

FAMILIES: dict[str, Callable[[float], Divergence]] = {
    "weighted_js": weighted_js,
    "alpha": alpha,
    "renyi": renyi,
    "mmd": mmd,
    "mmd2": mmd,
}
"""Divergences with one parameter, written "renyi(0.5)" where a name is read."""


def named(divergence: str | Divergence) -> Divergence:
    """Return the divergence that a name means, "js" or "renyi(0.5)"; an object passes through.

    Raises
    ------
    UnknownNameError
        If the name is not in the table; the message offers the nearest.
    ValueError
        If a family's parameter is missing, no number, or out of its range.
    TypeError
        If `divergence` is neither a name nor a divergence.

    Examples
    --------
    >>> named("renyi(0.5)").name
    'renyi(0.5)'
    """
    if isinstance(divergence, Divergence):
        return divergence
    if not isinstance(divergence, str):
        raise TypeError(
            f"divergence must be a name, such as 'js', or a divergence object; got {divergence!r} "
            f"of type {type(divergence).__name__}."
        )
    family, bracket, rest = plain_signs(divergence).strip().lower().partition("(")
    if bracket and family in FAMILIES and rest.endswith(")"):
        return FAMILIES[family](_number(rest[:-1], divergence))
    if family in FAMILIES and family not in DIVERGENCES:
        raise ValueError(f"{divergence!r} needs its parameter, as in '{family}(0.3)'.")
    return DIVERGENCES[divergence]


for _entry in DIVERGENCES.values():
    remember(_entry, named, _entry.name, always=True)


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{whole!r}: expected one number between the brackets.") from None


def rows() -> list[FDivergence]:
    """Every f-divergence of the table, with one member of each one-parameter family.

    >>> sorted(row.name for row in rows())[:3]
    ['alpha(-0.5)', 'alpha(0.5)', 'alpha(2.5)']
    """
    plain = [entry for entry in DIVERGENCES.values() if isinstance(entry, FDivergence)]
    return [*plain, weighted_js(0.3), alpha(0.5), alpha(-0.5), alpha(2.5)]
