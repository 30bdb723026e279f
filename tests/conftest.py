"""Which tests are slow: `make quick` leaves them out, `make test` runs them all. And the browser of all that need one."""

import shutil
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
