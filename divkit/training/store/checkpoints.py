r"""Checkpoints: safetensors with a digest, written so that a kill at any moment loses nothing.

A file is written under another name, flushed to the disk, and renamed, which is atomic; the folder
is flushed too. The last two are kept. The digest (SHA-256) covers the metadata and every tensor's
name, type, shape and bytes: a flipped bit or a cut file is found, and the checkpoint before it is
used. No pickle is read or written.

The metadata name the version of the format; a file of another one is refused by its number. Files
without one are of version 1, whose members drew their random numbers together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from divkit.storage import reason, write_whole
from divkit.training.state import State, from_tensors
from divkit.training.store.described import told
from divkit.types import Tensor

KEPT = 2
VERSION = 2
"""Of the format: the metadata's keys, the names of the tensors, the digest, the random numbers."""
_SUFFIX = ".safetensors"
_META, _DIGEST = "divkit", "sha256"


class CheckpointError(ValueError):
    """No checkpoint can be used; the message says what is wrong with each.

    >>> import tempfile
    >>> try:
    ...     with tempfile.TemporaryDirectory() as folder:
    ...         load_newest(Path(folder))
    ... except CheckpointError as fault:
    ...     print("no checkpoint" in str(fault))
    True
    """


@dataclass(frozen=True)
class Loaded:
    """A checkpoint that was read: the state, its run, and why newer ones were passed over.

    `training` is what is trained, as `described` says it; None where a run's description is all.
    """

    state: State
    description: Mapping[str, Any]
    passed_over: tuple[str, ...] = ()
    training: Any = None

    def on(self, device: str | torch.device) -> Loaded:
        """The same, its state on a device."""
        return replace(self, state=self.state.to(device))


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one run, in a folder of their own.

    Parameters
    ----------
    folder : made when the first is saved.
    description : what the run is, as JSON holds it; a checkpoint of another run is refused.
    every : steps between two that are saved.
    training : every choice that is trained with, as `divkit.training.store.described` says it; a
        checkpoint of another training is refused. `train_gan` fills it in; None asks nothing.
    unsaid : what a description means that lacks a choice, as one from before the choice does.

    Raises
    ------
    ValueError
        If `every` is not positive.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from divkit import Normal, train_gan
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = Checkpoints(Path(folder), {"target": "normal"})
    ...     steps = [*train_gan(Normal(1, 1), steps=4, batch=8, every=2, checkpoints=kept)]
    ...     kept.load().state.step
    4
    """

    folder: Path
    description: Mapping[str, Any]
    every: int = 1000
    training: Any = None
    unsaid: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every must be at least 1; got {self.every!r}.")

    def due(self, step: int) -> bool:
        """Whether the state of this step is saved."""
        return step % self.every == 0

    def save(self, state: State) -> Path:
        """Write a state; the older files stay until it is whole on the disk.

        Raises
        ------
        CheckpointError
            If the disk is full or cannot be written; the older files are intact.
        """
        path = self.folder / f"step-{state.step:012d}{_SUFFIX}"
        write_atomically(path, encode(state, self.description, self.training))
        for old in self.files()[:-KEPT]:
            old.unlink(missing_ok=True)
        return path

    def files(self) -> list[Path]:
        """The checkpoint files, oldest first."""
        return sorted(self.folder.glob(f"step-*{_SUFFIX}"))

    def load(self) -> Loaded:
        """Read the newest checkpoint that is whole and of this run.

        Raises
        ------
        CheckpointError
            If there is none; the message says what is wrong with each, or names the choices that
            differ.
        """
        found = load_newest(self.folder)
        run, training, unsaid = json.loads(
            json.dumps([self.description, self.training, self.unsaid])
        )
        words = told({**unsaid, **found.description}, {**unsaid, **run})
        if not words and training is not None:
            words = told(found.training, training)
        if words:
            raise CheckpointError(
                f"{self.folder} holds a checkpoint of another training: {words}. Give this run "
                "another name, or resume with the options it was started with. "
                "divkit.gan.run(training, start=state) goes on from any state."
            )
        return found


def load_newest(folder: Path) -> Loaded:
    """Read the newest checkpoint in a folder that is whole, whatever run it is of.

    Raises
    ------
    CheckpointError
        If there is none; the message says what is wrong with each.
    """
    faults: list[str] = []
    for path in sorted(folder.glob(f"step-*{_SUFFIX}"), reverse=True):
        try:
            found = decode(path)
        except CheckpointError as fault:
            faults.append(str(fault))
            continue
        return replace(found, passed_over=tuple(faults))
    reasons = " ".join(faults) or "It holds no checkpoint."
    raise CheckpointError(f"nothing to resume from in {folder}. {reasons}")


def encode(state: State, description: Mapping[str, Any], training: Any = None) -> bytes:
    """A checkpoint file's bytes."""
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in state.tensors().items()}
    described = {"format": VERSION, "step": state.step, "run": description, "training": training}
    meta = json.dumps(described, sort_keys=True, allow_nan=False)
    return save(tensors, {_META: meta, _DIGEST: digest(meta, tensors)})


def decode(path: Path) -> Loaded:
    """Read and check a file.

    Raises
    ------
    CheckpointError
        If it is cut, foreign, or its digest is wrong.
    """
    if not path.is_file():
        raise CheckpointError(f"{path.name} is no regular file.")
    try:
        with safe_open(path, framework="pt") as file:
            meta = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as fault:
        raise CheckpointError(f"{path.name} is cut or no checkpoint ({fault}).") from None
    if _META not in meta or _DIGEST not in meta:
        raise CheckpointError(f"{path.name} is not a checkpoint of divkit.")
    if any(t.dtype not in (torch.float32, torch.float64) for t in tensors.values()):
        raise CheckpointError(f"{path.name} is not a checkpoint of divkit: not all are floats.")
    if digest(meta[_META], tensors) != meta[_DIGEST]:
        raise CheckpointError(f"{path.name} is damaged: its digest is not that of its content.")
    return _loaded(path, meta[_META], tensors)


def _loaded(path: Path, meta: str, tensors: Mapping[str, Tensor]) -> Loaded:
    """Contents of a whole file."""
    try:
        described = json.loads(meta)
        require_version(described, VERSION)
        step, run = int(described["step"]), dict(described["run"])
        return Loaded(from_tensors(step, tensors), run, training=described.get("training"))
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise CheckpointError(f"{path.name} does not describe a state: {fault}.") from None


class VersionError(ValueError):
    """A file in a format of another version."""


def require_version(described: Mapping[str, Any], known: int, unwritten: int = 1) -> None:
    """Check the version of a format; `unwritten` is that of a file that does not say it.

    Raises
    ------
    VersionError
        If it is another one; the message names both.
    """
    found = described.get("format", unwritten)
    if found != known:
        raise VersionError(f"its format is of version {found!r}, and this divkit reads {known}")


def digest(meta: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of the metadata and of every tensor with its name, type and shape."""
    made = hashlib.sha256(meta.encode())
    for name in sorted(tensors):
        t = tensors[name]
        made.update(f"\0{name}\0{t.dtype}\0{tuple(t.shape)}\0".encode())
        made.update(t.contiguous().numpy().tobytes())
    return made.hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is whole or absent: another name, flush, rename, flush the folder.

    Raises
    ------
    CheckpointError
        If the disk is full or cannot be written; what stood under this name is intact.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as fault:
        raise unwritten(path, fault) from fault


def unwritten(path: Path, fault: OSError) -> CheckpointError:
    """Return the error of a file of a run that could not be written."""
    return CheckpointError(
        f"{path} could not be written: {reason(fault)}. Older files are intact; free space or "
        "choose another folder, and resume."
    )
