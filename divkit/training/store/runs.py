"""A run's folder: a safe name, one process at a time, records as lines of JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from divkit.storage import HeldError, append, locked
from divkit.training.store.checkpoints import Checkpoints, unwritten, write_atomically
from divkit.training.store.lines import read_lines, to_lines

_LONGEST = 60
_SAFE = re.compile(r"[^A-Za-z0-9_-]+")


class BusyError(ValueError):
    """Another process works in this folder."""


def folder_name(name: str) -> str:
    """A folder name that stays inside the folder it is joined to, one for each run name.

    Names of up to 60 letters, digits, - and _ are kept. Of any other the safe part is kept, with
    the start of a digest that keeps different names apart.

    Raises
    ------
    ValueError
        If the name is empty.

    Examples
    --------
    >>> folder_name("ring8-gan"), folder_name("../../etc")
    ('ring8-gan', 'etc-74ccf3c5b4')
    """
    if not name:
        raise ValueError("a run needs a name; pass --name ring8-gan.")
    safe = _SAFE.sub("-", name).strip("-")[:_LONGEST]
    if safe == name:
        return name
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{safe}-{mark}" if safe else mark


@dataclass(frozen=True)
class Run:
    """A run in `root`, under a folder name made of its own name."""

    root: Path
    name: str

    @property
    def folder(self) -> Path:
        """Where everything of it lies."""
        return self.root / folder_name(self.name)

    @property
    def records(self) -> Path:
        """Its records, one a line."""
        return self.folder / "records.jsonl"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder, so that the same run started twice does not write twice.

        Raises
        ------
        BusyError
            If another process holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self.folder / ".lock"))
            except HeldError:
                raise BusyError(
                    f"{self.folder} is in use by another process. Wait for it, stop it, or give "
                    "this run another --name."
                ) from None
            yield

    @contextmanager
    def kept_if_begun(self) -> Iterator[None]:
        """Leave no new folder behind where the work fails before anything of it was saved."""
        fresh = [each for each in (self.folder, self.root) if not each.exists()]
        try:
            yield
        except BaseException:
            if self.folder in fresh and not self._holds_work():
                for name in (".lock", "run.json"):
                    (self.folder / name).unlink(missing_ok=True)
                for each in fresh:
                    with suppress(OSError):  # something else lies there
                        each.rmdir()
            raise

    def _holds_work(self) -> bool:
        return self.records.exists() or bool(Checkpoints(self.folder, {}).files())

    def begin(self, description: Mapping[str, Any]) -> None:
        """Write down what the run is, its name as it was given."""
        text = json.dumps({"name": self.name, "config": description}, indent=1)
        write_atomically(self.folder / "run.json", text.encode())

    def append(self, rows: list[dict[str, Any]]) -> None:
        """Add records.

        Raises
        ------
        CheckpointError
            If the disk is full or cannot be written.
        """
        try:
            append(self.records, to_lines(rows))
        except OSError as fault:
            raise unwritten(self.records, fault) from fault

    def rows(self) -> list[dict[str, Any]]:
        """The records; a last line that a kill cut short is left out.

        Raises
        ------
        ValueError
            If the file is damaged; the message has the line.
        """
        if not self.records.exists():
            return []
        return read_lines(self.records)

    def rewind(self, step: int) -> None:
        """Keep the records before this step only: those from it on are made anew."""
        kept = [row for row in self.rows() if row["step"] < step]
        write_atomically(self.records, to_lines(kept).encode())
