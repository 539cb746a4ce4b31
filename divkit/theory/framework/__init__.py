"""The framework of checks: numbers with errors, comparisons, the registry, the runner."""
