"""Divergences of laws on the line by adaptive Gauss–Kronrod quadrature."""
