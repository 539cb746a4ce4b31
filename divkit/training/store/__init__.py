"""Files that a run leaves on the disk: checkpoints, and records as lines."""
