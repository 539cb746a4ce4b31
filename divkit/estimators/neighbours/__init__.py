"""Divergences from distances to nearest neighbours."""
