"""Pages in two languages: each in a frame of its own language, with a way to the other.

The Chinese pages lie in `zh/` and say in their first lines which page they translate. Their frame
has the theme's own Chinese words, and `WORDS` where it has none; the bar at the top leads to
Chinese pages first.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import pydata_sphinx_theme
from sphinx.application import Sphinx

FOLDER = "zh/"
_OTHER = re.compile(r"\{doc\}`English </([\w/-]+)>`")
WORDS: Mapping[str, str] = {
    "Breadcrumb": "当前位置", "Color mode": "颜色模式", "System Settings": "跟随系统",
    "Table of Contents": "目录", "previous": "上一页", "next": "下一页", "Home": "首页",
    "More": "更多", "Collapse Sidebar": "收起侧栏", "Expand Sidebar": "展开侧栏",
}  # fmt: skip
"""Words of the frame that the theme has no translation of, or a poor one."""
BODY: Mapping[str, str] = {
    "Show code cell source": "显示代码", "Hide code cell source": "隐藏代码",
    "Show code cell output": "显示输出", "Hide code cell output": "隐藏输出",
    "Show code cell content": "显示代码与输出", "Hide code cell content": "隐藏代码与输出",
    "Link to this heading": "此节的链接", "Link to this equation": "此式的链接",
    "Link to this image": "此图的链接", "Toggle hidden content": "展开或收起",
    "Permalink to this heading": "此节的链接",
}  # fmt: skip
"""Words that are written into the pages themselves."""
BAR: tuple[tuple[str, str], ...] = (
    ("zh/index", "中文文档"), ("zh/identity", "十分钟看懂恒等式"), ("zh/game", "博弈"),
    ("zh/statements", "全部命题"), ("zh/glossary", "术语表"),
    ("howto/index", "操作指南（英文）"), ("reference/index", "参考手册（英文）"),
)  # fmt: skip
"""The bar at the top of Chinese pages."""


def translations(source: Path) -> dict[str, str]:
    """Return the page that each page translates or is translated by, as the Chinese ones say."""
    pairs: dict[str, str] = {}
    for page in sorted((source / FOLDER).glob("*.md")):
        found = _OTHER.search(page.read_text(encoding="utf-8"))
        if found:
            here = FOLDER + page.stem
            pairs |= {here: found[1], found[1]: here}
    return pairs


def chinese() -> Callable[[str], str]:
    """Return the function from the theme's words to Chinese."""
    folder = Path(pydata_sphinx_theme.__file__).parent / "locale"
    theme = gettext.translation("sphinx", folder, ["zh"])
    return lambda word: WORDS.get(word) or theme.gettext(word)


def bar(page: str, link: Callable[[str], str], known: Callable[[str], bool]) -> str:
    """Return the links at the top of a Chinese page as the theme writes them."""
    items = []
    for target, words in BAR:
        if known(target):
            here = " current active" if target == page else ""
            items.append(
                f'<li class="nav-item{here}"><a class="nav-link nav-internal" '
                f'href="{escape(link(target))}">{escape(words)}</a></li>'
            )
    return "\n".join(items)


def lead(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Tell a page its language, and the way to the other."""
    own = page.startswith(FOLDER)
    context["language"] = "zh-CN" if own else "en"
    known = app.env.all_docs.__contains__
    other = translations(Path(app.srcdir)).get(page)
    if other is not None and known(other):
        context["other_language"] = {
            "href": context["pathto"](other),
            "lang": "en" if own else "zh-CN",
            "words": "English" if own else "中文",
        }


def frame(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give a Chinese page the words of its frame, and its bar."""
    if not page.startswith(FOLDER):
        return
    known = app.env.all_docs.__contains__
    say = chinese()
    context.update(_=say, gettext=say, theme_search_bar_text="搜索文档……")
    context["theme_logo"] = {**context.get("theme_logo", {}), "link": "zh/index"}
    context["generate_header_nav_html"] = lambda **_: bar(page, context["pathto"], known)
    for english, words in BODY.items():
        context["body"] = context.get("body", "").replace(english, words)


def setup(app: Sphinx) -> dict[str, Any]:
    """Lead before the theme drops what of its bar is empty; frame after it is done."""
    app.connect("html-page-context", lead, priority=100)
    app.connect("html-page-context", frame, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
