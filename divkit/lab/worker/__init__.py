"""A visitor's own process: it holds one screen, draws its pictures and calculates its numbers."""
