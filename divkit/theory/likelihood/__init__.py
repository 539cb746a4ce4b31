"""Statements of group A: likelihood and pushforward."""
