"""Kernel logistic regression read twice: what `auto` takes, and its signs of doubt."""
