"""Lead each [docs] link of a page of source to the entry that documents the object.

Sphinx's viewcode keeps one package's name for a whole module, that of the page that it read first.
Objects that another package hands out are documented under its name: the link's page is right then
and its anchor is none of that page. The anchor is replaced by the page's own that ends alike.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from sphinx.application import Sphinx

_BACK = re.compile(r'(class="viewcode-back" href="(?:\.\./)*)([^"#]+)(\.html#)([^"]+)"')


def right_anchor(anchor: str, own: set[str]) -> str:
    """Return the anchor, or the page's own that has most of its last names.

    >>> right_anchor("divkit.critics.Registry.defer", {"divkit.registry.Registry.defer"})
    'divkit.registry.Registry.defer'
    """
    if anchor in own or not own:
        return anchor
    return max(sorted(own), key=lambda one: _shared(anchor.split("."), one.split(".")))


def _shared(a: list[str], b: list[str]) -> int:
    """How many names at the end two dotted names have in common."""
    pairs = zip(reversed(a), reversed(b), strict=False)
    return next((k for k, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))


def lead(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Mend the links of a page of source before it is written."""
    if not page.startswith("_modules/"):
        return
    own: dict[str, set[str]] = defaultdict(set)
    for entry in app.env.get_domain("py").objects.values():
        own[entry.docname].add(entry.node_id)
    context["body"] = _BACK.sub(
        lambda m: f'{m[1]}{m[2]}{m[3]}{right_anchor(m[4], own[m[2]])}"', context["body"]
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Run on every page, after viewcode has made those of sources."""
    app.connect("html-page-context", lead)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
