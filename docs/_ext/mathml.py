"""Render formulas as MathML when pages are built: reading them needs no script and no network."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

_ENVIRONMENT = re.compile(r"\\(begin|end)\{(aligned|split|align|gather|gathered)\}")
_TAG = re.compile(r"\\tag\{([^}]*)\}")
_FUNCTIONS = {"log", "exp", "cosh", "tanh", "sinh", "sin", "cos", "det", "sech"}
_LIMITS = {"max", "min", "sup", "inf", "argmax", "argmin", "lim"}
_SPACE = "http://www.w3.org/1998/Math/MathML"
ElementTree.register_namespace("", _SPACE)


def mathml(tex: str, *, block: bool) -> str:
    """TeX to MathML, with the thin spaces that TeX sets around log and limits under max."""
    aligned = _ENVIRONMENT.sub(r"\\\1{align*}", tex)
    if block and "\\\\" in aligned and "\\begin" not in aligned:
        aligned = rf"\begin{{align*}}{aligned}\end{{align*}}"
    root = ElementTree.fromstring(convert(aligned, display="block" if block else "inline"))
    for element in list(root.iter()):
        if block and element.tag == _tag("msub") and element[0].text in _LIMITS:
            element.tag = _tag("munder")
        if element.tag == _tag("msup"):
            _lower_marks(element)
        _space_functions(element)
    return ElementTree.tostring(root, "unicode")


def _tag(name: str) -> str:
    return f"{{{_SPACE}}}{name}"


def _lower_marks(element: ElementTree.Element) -> None:
    """Primes and stars are raised by the font already: a prime stays in line, a star is ∗."""
    mark = element[1]
    if mark.text == "′":
        element.tag, mark.tag = _tag("mrow"), _tag("mo")
        mark.attrib.update(lspace="0", rspace="0")
    elif mark.text == "*":
        mark.text = "∗"


def _space_functions(parent: ElementTree.Element) -> None:
    """A thin space before log, after a letter or a bracket, and after it, before no bracket."""
    children = list(parent)
    for before, here, after in zip(
        [None, *children], children, [*children[1:], None], strict=False
    ):
        if here.text not in _FUNCTIONS or parent.tag not in (_tag("mrow"), _tag("mtd")):
            continue
        if after is not None and after.text not in ("(", "["):
            parent.insert(list(parent).index(here) + 1, _thin_space())
        if before is not None and (before.tag != _tag("mo") or before.text in (")", "]")):
            parent.insert(list(parent).index(here), _thin_space())


def _thin_space() -> ElementTree.Element:
    return ElementTree.Element(_tag("mspace"), {"width": "0.167em"})


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Inline math."""
    self.body.append(f'<span class="math">{mathml(node.astext(), block=False)}</span>')
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    r"""Displayed math, with the number that \tag{…} gives it at the right."""
    tex, tag = _TAG.sub("", node.astext()), _TAG.search(node.astext())
    number = f'<span class="tag">({tag[1]})</span>' if tag else ""
    ids = f' id="equation-{tag[1]}"' if tag else ""
    self.body.append(f'<div class="math displayed"{ids}>{mathml(tex, block=True)}{number}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer under the name "mathml"."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
