"""Mutants of every kind of file are refused with advice or read; what has a digest never lies."""

import importlib.util
import os
import threading
from pathlib import Path

import pytest

from divkit.cli.files import read

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fuzz_files.py"


@pytest.mark.slow
def test_no_mutant_of_a_file_crashes_or_changes_what_a_digest_covers():
    spec = importlib.util.spec_from_file_location("fuzz_files", SCRIPT)
    fuzz_files = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz_files)
    for kind, found in fuzz_files.fuzz(60, seed=5).items():
        assert found.keys() <= {"as before", "refused", "changed"}, (kind, found)
        assert found["refused"] > 20, (kind, found)


@pytest.mark.parametrize("name", ["a.csv", "a.npy", "a.parquet"])
def test_pipes_and_devices_are_refused_at_once(tmp_path, name):
    os.mkfifo(tmp_path / name)
    (tmp_path / f"zero-{name}").symlink_to("/dev/zero")
    for path in (tmp_path / name, tmp_path / f"zero-{name}"):
        failures = []

        def work(path=path, failures=failures):
            with pytest.raises(ValueError, match="regular file"):
                read(path)
            failures.append(None)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(20)
        assert failures == [None]
    with pytest.raises(ValueError, match="folder"):
        (tmp_path / f"d-{name}").mkdir()
        read(tmp_path / f"d-{name}")
