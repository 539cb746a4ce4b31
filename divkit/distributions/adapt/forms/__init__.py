"""Log densities of other libraries' families, each on its own axis."""
