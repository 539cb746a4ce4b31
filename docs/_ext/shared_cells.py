"""Cells that several pages have run once in a build, whichever of its processes reads the pages.

MyST-NB's cache is a folder with a database, and neither is made for processes that begin at once:
two that find no database both make its tables, and the second fails; two that find no outputs of
the same cells both run and file them, and the second fails there. So the database is made before
any page is read, and a page waits while another one's process runs the same cells.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from myst_nb.core.execute.cache import NotebookClientCache
from sphinx.application import Sphinx


def fresh(folder: str | Path) -> None:
    """Make an empty cache in the place of what lies there, with the tables of its database."""
    shutil.rmtree(folder, ignore_errors=True)
    get_cache(folder).db.dispose()  # no connection may be shared by processes to come


@contextmanager
def alone(folder: str | Path, notebook: Any) -> Iterator[None]:
    """Wait until no other process has the cells of this notebook, and have them."""
    key = get_cache(folder).create_hashed_notebook(notebook)[1]
    with Path(folder, f"{key}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class PatientClient(NotebookClientCache):
    """MyST-NB's client, which waits where the same cells are being run."""

    def start_client(self) -> None:
        """Take the outputs from the cache, or run the cells and file them, alone."""
        with alone(self.nb_config.execution_cache_path, self.notebook):
            super().start_client()


def _before_pages(app: Any) -> None:
    fresh(app.config.nb_execution_cache_path)


def setup(app: Sphinx) -> dict[str, Any]:
    """Empty the cache when the build begins, and run cells by the patient client."""
    import myst_nb.core.execute as execute  # where MyST-NB looks for its client

    execute.NotebookClientCache = PatientClient
    app.connect("builder-inited", _before_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
