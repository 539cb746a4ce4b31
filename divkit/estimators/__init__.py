"""Two samples -> a Result: estimates of divergences, with intervals that cover."""
