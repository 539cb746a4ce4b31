"""Families of laws by formula, one file a group of kin."""
