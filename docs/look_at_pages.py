"""Take pictures of pages of a built documentation, and say what a browser complains of.

    python docs/look_at_pages.py docs/_build/html FOLDER [page …]

Each page is opened at the width of a phone (390 px) and of a screen (1440 px). Exit status 1 if a
page logs an error, asks for anything that is not in the folder, or is wider than the window.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

WIDTHS = (390, 1440)
PAGES = ("index", "theory/game", "theory/statements", "auto_gallery/index", "zh/identity")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def look(browser: Browser, path: Path, width: int, picture: Path) -> list[str]:
    """Return what is wrong with a page at a width, and keep its picture."""
    found: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("console", lambda m: found.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfailed", lambda request: found.append(f"not there: {request.url}"))
    page.goto(path.resolve().as_uri())
    page.wait_for_load_state("load")
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"{wide} px wide")
    page.screenshot(path=picture, full_page=True)
    page.close()
    return found


def main() -> None:
    built, folder = map(Path, sys.argv[1:3])
    folder.mkdir(parents=True, exist_ok=True)
    bad = 0
    with sync_playwright() as driver:
        program = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in sys.argv[3:] or PAGES:
            for width in WIDTHS:
                picture = folder / f"{name.replace('/', '-')}-{width}.png"
                found = look(browser, built / f"{name}.html", width, picture)
                bad += len(found)
                print(picture.name, *(found or ["nothing to complain of"]), sep="\n  ")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
