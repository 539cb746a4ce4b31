"""Sums over lattices of atoms: grids that adapt, remainders that are bounded."""
