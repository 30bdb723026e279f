"""Which tests are slow: `make quick` leaves them out, `make test` runs them all."""

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
