"""Estimators on problems, over sizes and seeds: a ledger of rows, and their leaderboard."""
