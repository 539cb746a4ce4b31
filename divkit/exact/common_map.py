"""A divergence does not change under an invertible map of both laws: take a common one off."""

from __future__ import annotations

from divkit.distributions.base import Law


def peel(p: Law, q: Law) -> tuple[Law, Law]:
    """Return the pair with every map that both laws end with taken off."""
    while p.is_image and q.is_image:
        from divkit.exact.last_map import without  # which brings the maps along

        shorter = without(p, q)
        if shorter is None:
            break
        p, q = shorter
    return p, q
