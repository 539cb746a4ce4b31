"""Law expressions: text to tree, tree to law, by the names in `LAWS`."""

from divkit.distributions.parse.law import LawExpression, parse_law
from divkit.distributions.parse.names import LAWS, usage
from divkit.distributions.parse.tree import LawSyntaxError

__all__ = ["LAWS", "LawExpression", "LawSyntaxError", "parse_law", "usage"]
