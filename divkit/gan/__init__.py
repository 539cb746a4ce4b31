"""Generators, their trainers, and the systems that the game is set against."""
