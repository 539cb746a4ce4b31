"""Statements of group A: likelihood and pushforward."""

from divkit.theory.likelihood import nearest, pushforward

__all__ = ["nearest", "pushforward"]
