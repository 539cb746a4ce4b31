"""Systems that the game is set against: no critic, the same generators."""
