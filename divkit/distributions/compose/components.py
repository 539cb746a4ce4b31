"""Laws that can be mixed: of one dimension, with densities that refer to one measure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from divkit.distributions.base import Law
from divkit.distributions.given import given_laws
from divkit.distributions.null_sets import share_measure


def check_components(components: Iterable[Any]) -> tuple[Law, ...]:
    """Return the laws as a tuple; raise unless they can be mixed."""
    laws = given_laws(components, "components")
    if len({law.dim for law in laws}) > 1:
        raise ValueError(
            f"components must have one dimension; got {sorted({law.dim for law in laws})}."
        )
    if not of_one_measure(laws):
        raise ValueError(
            "laws on infinitely many atoms and laws with a density, or laws on different "
            "manifolds, cannot be mixed: their log_prob are not with respect to one measure."
        )
    return laws


def of_one_measure(laws: Sequence[Law]) -> bool:
    """Whether all log_prob refer to one measure; laws of two dimensions are refused elsewhere."""
    if len({law.dim for law in laws}) > 1:
        return True
    return all(share_measure(laws[0].support, law.support) for law in laws[1:])
