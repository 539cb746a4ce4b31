"""Pair copulas on normal scores, and the vines that they make."""
