"""Files written whole or not at all, and locks, where others may write into the same folder.

A file is made under a random name that did not exist (`O_EXCL`), flushed to the disk, and renamed,
which is atomic; the folder is flushed too. A link that someone planted under the name of a
temporary or lock file is not followed (`O_NOFOLLOW`), and a lock file is never truncated.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SAFE = os.O_CLOEXEC | os.O_NOFOLLOW
_STREAMS = ("/dev/", "/proc/")
_MODE = 0o666  # less the umask


class HeldError(ValueError):
    """Another process holds the lock."""


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file that is whole or as it was; text as UTF-8.

    A name of a device or pipe is written to as it is; a link is replaced, not followed.

    Raises
    ------
    OSError
        If the disk is full, the folder cannot be written, or the path is a folder; what stood
        there is intact, and nothing is left behind.
    """
    made = content.encode() if isinstance(content, str) else content
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if _is_stream(path):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CLOEXEC), "wb") as stream:
            stream.write(made)
        return
    partial = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.partial")
    with _told_of(path):
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE, _MODE)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(made)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        except BaseException:
            with suppress(OSError):
                partial.unlink()
            raise
    _flush_folder(path.parent)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Name the file that was asked for in what the system says, and not the partial one."""
    try:
        yield
    except OSError as fault:
        if fault.errno is None:
            raise
        raise OSError(fault.errno, os.strerror(fault.errno), str(path)) from fault


def obstacle(path: Path) -> str | None:
    """Say in words why `write_whole` could not write a file now; None where it could.

    Examples
    --------
    >>> obstacle(Path("no such folder") / "figure.png")
    'the folder no such folder does not exist'
    """
    if not path.name:
        return "it is a folder"
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        kind = 0
    except OSError as fault:
        return f"{os.strerror(fault.errno or 0)}"
    if stat.S_ISDIR(kind):
        return "it is a folder"
    if _is_stream(path):
        return None if os.access(path, os.W_OK) else "it cannot be written"
    if not path.absolute().parent.is_dir():
        return f"the folder {path.parent} does not exist"
    return None if _open_to_us(path.absolute().parent) else _closed(path.parent)


def folder_obstacle(path: Path) -> str | None:
    """Say in words why files could not be written into a folder, made if need be; None if so.

    Examples
    --------
    >>> folder_obstacle(Path("pages") / "of today") is None
    True
    """
    try:
        above = next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
    except OSError as fault:
        return f"{os.strerror(fault.errno or 0)}"
    if not above.is_dir():
        return f"{above} is no folder"
    return None if _open_to_us(above) else _closed(above)


def _open_to_us(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _closed(folder: Path) -> str:
    return f"the folder {folder} cannot be written into"


def append(path: Path, text: str) -> None:
    """Add text to a file, which is made if need be; a link is not followed.

    Raises
    ------
    OSError
        If it is a link, or cannot be written.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _SAFE, _MODE)
    with os.fdopen(handle, "wb") as stream:
        stream.write(text.encode())


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock at `path`, a file of its own that is made if need be and never truncated.

    Raises
    ------
    HeldError
        If another process holds it.
    OSError
        If it is a link or no regular file, or cannot be made.
    """
    with os.fdopen(_lock_file(path), "rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HeldError(f"{path} is held by another process.") from None
        yield


def reason(fault: OSError) -> str:
    """Say in words why a file could not be written."""
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    if fault.errno == errno.EFBIG:
        return "the file would be larger than this process may write"
    return str(fault)


def _lock_file(path: Path) -> int:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NONBLOCK | _SAFE, _MODE)
    except OSError as fault:
        if fault.errno != errno.ELOOP:
            raise
        raise OSError(
            fault.errno, "the lock is a link, which is not followed", str(path)
        ) from None
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "the lock is no regular file", str(path))


def _is_stream(path: Path) -> bool:
    """Say whether a name is that of a device or pipe, which cannot be replaced."""
    if str(path.absolute()).startswith(_STREAMS):
        return True
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode))


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
