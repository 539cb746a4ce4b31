"""Sphinx builds the pages without a network, and the pages need none to be read."""

from __future__ import annotations

import os
import sys
from functools import partialmethod
from pathlib import Path

from nbclient import NotebookClient

import divkit

HERE = Path(__file__).parent
# A busy machine starts a kernel slowly; neither MyST-NB nor its cache has a setting for it.
NotebookClient.__init__ = partialmethod(NotebookClient.__init__, startup_timeout=600)
sys.path.insert(0, str(HERE / "_ext"))
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # for the notebooks
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

profile = HERE / "_build" / "ipython" / "profile_default"  # quiet kernels, no history at home
profile.mkdir(parents=True, exist_ok=True)
profile.joinpath("ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 40\n")
os.environ["IPYTHONDIR"] = str(profile.parent)

project = "divkit"
author = "The divkit developers"
copyright = "The divkit developers, Apache-2.0"
release = version = divkit.__version__

extensions = [
    "mathml",
    "house_docstrings",
    "pictures",
    "lab_preview",
    "languages",
    "source_links",
    "shared_cells",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "myst_nb",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
html_math_renderer = "mathml"
exclude_patterns = [
    "_templates",
    "_build",
    "_ext",
    "_pictures",
    "examples/README.rst",
    "auto_gallery/*.ipynb",
    "auto_gallery/*.py",
]
default_role = "code"
nitpicky = False

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": False}
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_attr_annotations = False
napoleon_custom_sections = [("Fields", "params_style")]
napoleon_use_rtype = False

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
# Pages in two languages have the same cells, which run once: the cache lives for one build, and
# `shared_cells` makes it.
nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build" / ".cells")
nb_execution_timeout = 900
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_render_markdown_format = "myst"

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_gallery",
    "filename_pattern": r"/plot_",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "remove_config_comments": True,
    "min_reported_time": 3600,
    "within_subsection_order": "FileNameSortKey",
    "nested_sections": False,
    "parallel": True,  # as many processes as `sphinx-build -j` says
}

html_theme = "pydata_sphinx_theme"
html_title = "divkit"
html_static_path = ["_static"]
html_css_files = ["divkit.css"]
html_show_sourcelink = False
html_copy_source = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "divkit"},
    "collapse_navigation": True,  # else each of 700 pages renders the whole tree
    "navbar_align": "left",
    "navbar_end": ["language-switch", "theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "navigation_with_keys": False,
}
_WIDE = ("index", "tutorials/*", "architecture", "changes", "reference/generated/*")
html_sidebars = {page: [] for page in _WIDE}
