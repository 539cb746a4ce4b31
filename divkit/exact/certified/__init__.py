"""Divergences as proved enclosures, to any number of digits, by ball arithmetic."""
