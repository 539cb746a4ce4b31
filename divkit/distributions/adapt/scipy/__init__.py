"""SciPy's distributions as laws."""
