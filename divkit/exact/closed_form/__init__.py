"""Divergences by formula."""
