"""The search for dead links in a built documentation finds them, and no others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "docs" / "check_links.py"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_dead_links_pictures_and_anchors_are_found_and_live_ones_are_not(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.html").write_text("<h1 id='top'></h1><a href='../a.html#here'>x</a>")
    alive = "<p id='here'></p><a href='deep/b.html#top'></a><a href='https://example.org/no'></a>"
    (tmp_path / "a.html").write_text(alive)
    assert check(tmp_path).returncode == 0
    dead = "<a href='gone.html'></a><img src='gone.png'><a href='deep/b.html#gone'></a>"
    (tmp_path / "a.html").write_text(alive + dead)
    done = check(tmp_path)
    assert done.returncode == 1
    assert [line.split(": ")[1] for line in done.stdout.splitlines()[:-1]] == [
        "gone.html", "gone.png", "deep/b.html#gone",
    ]  # fmt: skip
