"""What laws on the line are made of in ball arithmetic: places, points, tails, shares."""
