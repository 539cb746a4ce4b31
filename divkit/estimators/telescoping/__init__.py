"""Large divergences as sums of log ratios over bridges between waymarks."""
