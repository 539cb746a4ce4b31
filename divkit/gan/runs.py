"""A run's folder: a safe name, one process at a time, records as lines of JSON."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from divkit.gan.checkpoints import write_atomically

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
        with (self.folder / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError(
                    f"{self.folder} is in use by another process. Wait for it, stop it, or give "
                    "this run another --name."
                ) from None
            yield

    def begin(self, description: Mapping[str, Any]) -> None:
        """Write down what the run is, its name as it was given."""
        text = json.dumps({"name": self.name, "config": description}, indent=1)
        write_atomically(self.folder / "run.json", text.encode())

    def append(self, rows: list[dict[str, Any]]) -> None:
        """Add records."""
        with self.records.open("a", encoding="utf-8") as stream:
            stream.writelines(json.dumps(row, allow_nan=False) + "\n" for row in rows)

    def rows(self) -> list[dict[str, Any]]:
        """The records; a line that a kill cut short is left out."""
        if not self.records.exists():
            return []
        found = []
        for line in self.records.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                found.append(json.loads(line))
        return found

    def rewind(self, step: int) -> None:
        """Keep the records before this step only: those from it on are made anew."""
        kept = [
            json.dumps(row, allow_nan=False) + "\n" for row in self.rows() if row["step"] < step
        ]
        write_atomically(self.records, "".join(kept).encode())
