"""Statements of group C: finite samples."""

from divkit.theory.samples import efficiency, efficiency_kl, finite, held_out, null

__all__ = ["efficiency", "efficiency_kl", "finite", "held_out", "null"]
