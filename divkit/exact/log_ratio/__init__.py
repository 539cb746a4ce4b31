"""Total variation of products of laws with atoms, by the law of their log ratio."""
