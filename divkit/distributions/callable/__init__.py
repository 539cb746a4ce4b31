"""Laws given by a callable density: continued where it fails, summed where it has no CDF."""
