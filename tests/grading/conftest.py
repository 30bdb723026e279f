"""A real Postgres server for as long as a test session runs: in a folder of its own, on a unix socket, without root."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def commands() -> Path:
    """The folder of Postgres's commands; Debian keeps them off the PATH."""
    on_path = shutil.which("pg_ctl")
    found = [Path(on_path)] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        pytest.skip("Postgres is not installed (apt-get install postgresql): not tested with it")
    return found[-1].parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a running server, with `%s` where the name of a database goes."""
    bin_folder, folder = commands(), Path(tempfile.mkdtemp(prefix="pg-"))
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    if user:
        shutil.chown(folder, user)

    def run(*words: object) -> None:
        done = subprocess.run(
            [str(word) for word in words],
            user=user,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    data = folder / "data"
    try:
        run(
            bin_folder / "initdb",
            "-D",
            data,
            "-U",
            "course",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
        )
        quiet = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run(bin_folder / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", quiet, "start")
        yield f"postgresql+psycopg://course@/%s?host={folder}"
    finally:
        if (data / "postmaster.pid").exists():
            run(bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
