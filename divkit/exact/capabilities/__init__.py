"""The capabilities of each law in exact calculation, one file a group of kin, open to others.

`declare` puts a type of laws on the table, with as much as is known of it; `capabilities` says
what a law has. The methods of `divkit.exact` ask here.
"""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
