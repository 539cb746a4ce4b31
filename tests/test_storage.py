"""Files are whole or as they were, links are not followed, locks hold and cut nothing."""

import errno
import os
import resource
import stat

import pytest

from divkit import storage
from divkit.bench.ledger import held
from divkit.cli.files.source import opened
from divkit.report.frame import store
from divkit.storage import HeldError, append, locked, write_whole
from divkit.training.store.checkpoints import CheckpointError
from divkit.training.store.runs import Run


def test_a_file_is_replaced_whole_and_nothing_is_left(tmp_path):
    path = tmp_path / "a.txt"
    write_whole(path, "one")
    write_whole(path, b"two")
    assert path.read_text() == "two" and list(tmp_path.iterdir()) == [path]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_a_planted_link_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    folder = tmp_path / "page"
    folder.mkdir()
    for name in ("index.html.partial", ".index.html.partial", "index.html"):
        (folder / name).symlink_to(precious)
    assert store("page", folder).read_text() == "page"
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").symlink_to(precious)
    with pytest.raises(OSError, match="link"), Run(tmp_path, "run").alone():
        pass
    (tmp_path / "rows.sqlite.lock").symlink_to(precious)
    with pytest.raises(OSError, match="link"), held(tmp_path / "rows.sqlite"):
        pass
    (tmp_path / "run" / "records.jsonl").symlink_to(precious)
    with pytest.raises(CheckpointError, match="could not be written"):
        Run(tmp_path, "run").append([{}])
    assert precious.read_text() == "mine"


def test_a_lock_file_keeps_what_is_in_it_and_holds_one(tmp_path):
    path = tmp_path / "lock"
    path.write_text("someone's")
    with locked(path), pytest.raises(HeldError), locked(path):
        pass
    with locked(path):
        pass
    assert path.read_text() == "someone's"
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"), locked(tmp_path / "pipe"):
        pass


def test_a_full_disk_leaves_the_older_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_whole(path, "older")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with monkeypatch.context() as patch:
        patch.setattr(storage.os, "fsync", _full)
        with pytest.raises(OSError) as fault:
            write_whole(path, "newer")
        assert storage.reason(fault.value) == "the disk is full"
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
        with pytest.raises(OSError) as fault:
            write_whole(path, bytes(20_000))
        assert fault.value.errno == errno.EFBIG
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_text() == "older" and list(tmp_path.iterdir()) == [path]


def _full(handle):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_devices_are_written_to_and_never_replaced(tmp_path):
    write_whole(tmp_path / "a", "x")
    null = type(tmp_path)("/dev/null")
    write_whole(null, "x")
    assert stat.S_ISCHR(null.stat().st_mode)
    with pytest.raises(OSError, match="No space"):
        write_whole(type(tmp_path)("/dev/full"), "x")


def test_append_adds_and_a_regular_file_opens(tmp_path):
    path = tmp_path / "a.jsonl"
    append(path, "1\n")
    append(path, "2\n")
    assert path.read_text() == "1\n2\n"
    with opened(path) as stream:
        assert stream.read() == b"1\n2\n"


@pytest.mark.parametrize("folder", [".", "/", ""])
def test_a_folder_is_no_file(folder, tmp_path):
    with pytest.raises(IsADirectoryError):
        write_whole(type(tmp_path)(folder), "rows")
