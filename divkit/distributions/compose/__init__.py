"""Laws made of laws: mixtures, products, images under maps."""
