"""A run's folder: a safe name, one process at a time, records as lines of JSON."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import category, normalize

from divkit.storage import HeldError, append, locked
from divkit.training.state import TrainingDivergedError
from divkit.training.store.checkpoints import Checkpoints, unwritten, write_atomically
from divkit.training.store.lines import read_lines, to_lines

_SAFE = re.compile(r"[\w-]")  # of every script
_LONGEST = 60
"""Characters, of four bytes each at most: file systems take 255 bytes."""


class BusyError(ValueError):
    """Another process works in this folder."""


def folder_name(name: str) -> str:
    """A folder name that stays inside the folder it is joined to, one for each run name.

    Names of up to 60 letters of any script with their marks, digits, - and _ are kept as they are,
    in the form that Unicode calls composed. Of any other that part is kept, with the start of a
    digest that keeps different names apart: of one in another form, too, which some file systems
    take for the same.

    Raises
    ------
    ValueError
        If the name is empty.

    Examples
    --------
    >>> folder_name("ring8-gan"), folder_name("实验一"), folder_name("../../etc")
    ('ring8-gan', '实验一', 'etc-74ccf3c5b4')
    """
    if not name:
        raise ValueError("a run needs a name; pass --name ring8-gan.")
    parts = "".join(each if _is_kept(each) else " " for each in normalize("NFC", name)).split()
    safe = "-".join(parts).strip("-")[:_LONGEST]
    if safe == name:
        return name
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{safe}-{mark}" if safe else mark


def _is_kept(letter: str) -> bool:
    """Whether a character is a letter, mark or digit that the file system can write, or - or _."""
    if not _SAFE.fullmatch(letter) and not category(letter).startswith("M"):
        return False
    try:
        os.fsencode(letter)
    except UnicodeError:
        return False
    return True


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
        """Leave no new folder behind where the work fails before anything of use was saved.

        The first state, from which a training diverged, is of none: it is that of every try.
        """
        fresh = [each for each in (self.folder, self.root) if not each.exists()]
        try:
            yield
        except BaseException as fault:
            first = self._of_no_use(fault)
            if self.folder in fresh and first is not None:
                for path in (*first, self.folder / ".lock", self.folder / "run.json"):
                    path.unlink(missing_ok=True)
                for each in fresh:
                    with suppress(OSError):  # something else lies there
                        each.rmdir()
            raise

    def _of_no_use(self, fault: BaseException) -> list[Path] | None:
        """Files that were saved before a fault, where none is of use; None where one is."""
        made = (self.records, *Checkpoints(self.folder, {}).files())
        saved = [each for each in made if each.exists()]
        stuck = isinstance(fault, TrainingDivergedError) and fault.last.step == 0
        return saved if stuck or not saved else None

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
