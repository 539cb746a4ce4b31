"""Modules of the page, run by node, and its words."""

import json
import shutil
import subprocess

import pytest

from divkit.lab.screens.names import LANGUAGES
from divkit.lab.server.app import STATIC

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no node on this machine")
WORDS = {name: json.loads((STATIC / f"lang/{name}.json").read_text("utf-8")) for name in LANGUAGES}


def ran(code):
    """What a module prints as JSON, with the page's own modules to import."""
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", code], capture_output=True, text=True, cwd=STATIC
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
