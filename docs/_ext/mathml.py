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
_NAMED = re.compile(
    r"(<m[io]>(?:log|exp|cosh|tanh|sinh|sin|cos|det|sech)</m[io]>)(?!<mo stretchy)"
)
_LIMITS = {"max", "min", "sup", "inf", "argmax", "argmin", "lim"}
_SPACE = "http://www.w3.org/1998/Math/MathML"
ElementTree.register_namespace("", _SPACE)


def mathml(tex: str, *, block: bool) -> str:
    """TeX to MathML, with the thin space that TeX sets after log and limits under max."""
    aligned = _ENVIRONMENT.sub(r"\\\1{align*}", tex)
    if block and "\\\\" in aligned and "\\begin" not in aligned:
        aligned = rf"\begin{{align*}}{aligned}\end{{align*}}"
    root = ElementTree.fromstring(convert(aligned, display="block" if block else "inline"))
    for element in root.iter(f"{{{_SPACE}}}msub") if block else ():
        if element[0].text in _LIMITS:
            element.tag = f"{{{_SPACE}}}munder"
    return _NAMED.sub(r'\1<mspace width="0.167em" />', ElementTree.tostring(root, "unicode"))


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
