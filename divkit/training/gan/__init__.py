"""Games in training: critics, penalties, draws, and one step for every game."""
