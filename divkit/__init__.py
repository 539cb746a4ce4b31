"""divkit: divergences between probability laws, exact, certified and trained."""
