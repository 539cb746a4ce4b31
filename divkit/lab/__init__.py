"""The lab: the derivation of the game in a browser, every number with its error."""
