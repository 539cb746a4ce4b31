"""What is taken along: a sheet that stands alone and looks as on the page, in any state of it."""

import re
from xml.etree import ElementTree

import pytest
from lab_needs import in_browser, lab, quick

from divkit.lab.screens.names import SCREENS

pytestmark = in_browser
SVG = "{http://www.w3.org/2000/svg}"


def taken(page, kind):
    page.click(".menu summary")
    with page.expect_download() as download:
        page.click(f".menu button:text('{kind}')")
    page.keyboard.press("Escape")
    return download.value.path().read_bytes()


PAINTED = """(styled) => {
  const shapes = [...document.querySelectorAll('svg.chart')]
    .filter((each) => each.checkVisibility())
    .flatMap((each) => [...each.querySelectorAll('path, circle, rect, text')])
    .filter((each) => !each.closest('[tabindex], [hidden], defs') && each.checkVisibility());
  return shapes.map((each) => [each.tagName, each.getAttribute('d') ?? each.textContent,
    ...styled.map((name) => getComputedStyle(each).getPropertyValue(name))].join('|'));
}"""
LOOKS = [
    "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray",
    "stroke-linecap", "stroke-linejoin", "opacity", "font-size", "text-anchor",
    "dominant-baseline", "visibility", "paint-order",
]  # fmt: skip


@pytest.mark.parametrize("screen", SCREENS)
def test_an_exported_picture_stands_alone_and_looks_as_on_the_page(page, served, screen):
    quick(page, screen)
    on_page = page.evaluate(PAINTED, LOOKS)
    text = taken(page, "SVG").decode()
    root = ElementTree.fromstring(text)
    words = ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]
    assert words[0] == page.inner_text("h1")
    for place in (".plot .title", ".legend .key", ".figures tr .symbol"):
        for each in page.locator(place).all():
            if each.is_visible():
                assert each.inner_text() in words, place
    assert any("±" in each for each in words)
    said = re.sub(r"\s", "", "".join(words))
    for each in page.locator(".summary").all():
        assert re.sub(r"\s", "", each.inner_text()) in said
    assert not set("⁻⁰¹⁴⁵⁶⁷⁸⁹") & set(said)
    other = served[2].new_context(viewport={"width": 1440, "height": 900}).new_page()
    other.set_content(f"<body>{text}</body>")
    alone = PAINTED.replace("'svg.chart'", "'svg svg'")
    exported = set(other.evaluate(alone, LOOKS))
    assert [each for each in on_page if each not in exported] == []
    other.context.close()
    assert taken(page, "PNG").startswith(b"\x89PNG")


def test_a_refused_state_is_exported_as_refused_and_a_stale_one_as_stale(page, served):
    quick(page, "line")
    page.fill("#field-p", "nrmal(0, 1)")
    page.press("#field-p", "Enter")
    page.wait_for_selector(".notice.refused:visible")
    lab.settle(page)
    text = taken(page, "SVG").decode()
    assert "unknown law 'nrmal'" in text
    assert "this state was refused" in text
    page.fill("#field-p", "normal(0, 1)")
    page.press("#field-p", "Enter")
    page.wait_for_selector(".notice.refused", state="hidden")
    lab.settle(page)
    assert "Grey:" not in taken(page, "SVG").decode()
    with lab.stopped(served[1]):
        page.fill("#field-p", "normal(1, 1)")
        page.press("#field-p", "Enter")
        page.wait_for_selector(".screen.old")
        assert "Grey:" in taken(page, "SVG").decode()
    lab.settle(page)
