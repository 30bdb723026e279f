"""Which tests are slow: `make quick` leaves them out, `make test` runs them all. And what many need: a browser, Postgres."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SLOW = (
    *("book/test_site.py", "checks/test_prove.py", "course/", "experiments/", "pytorch/"),
    *("explorers/test_browser.py", "grading/test_killed.py", "grading/test_pages_browser.py"),
    *("test_methods_arrays.py", "test_cli.py"),
)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.relative_to(TESTS).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def chromium():
    """A browser without a window, which asks nothing of the network on its own account."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("CHROMIUM IS MISSING: what needs a browser is not tested")
    from playwright.sync_api import sync_playwright

    flags = [
        *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


def commands() -> Path:
    """The folder of Postgres's commands; Debian keeps them off the PATH."""
    on_path = shutil.which("pg_ctl")
    found = [Path(on_path)] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        pytest.skip("Postgres is not installed (apt-get install postgresql): not tested with it")
    return found[-1].parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a running server, with `%s` where the name of a database goes.

    It lives as long as the session: in a folder of its own, on a unix socket, without root.
    """
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
