"""Divergences in two and three dimensions by adaptive tensor quadrature."""
