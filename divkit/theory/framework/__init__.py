"""What checks are made of: numbers with errors, comparisons, the registry, the runner."""
