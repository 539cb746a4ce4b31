"""Laws on the line in ball arithmetic: places, points, tails, shares, affinities."""
