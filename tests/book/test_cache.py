import pytest

from descent.book import cache


@pytest.fixture
def library(tmp_path):
    """A package of three rooms and its pins: (package, constraints)."""
    for name in ("methods.py", "data/table.npz", "book/theme.py", "notes.txt"):
        file = tmp_path / "package" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("before")
    (tmp_path / "constraints.txt").write_text("numpy==2.4.0")
    return tmp_path / "package", tmp_path / "constraints.txt"


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ("package/methods.py", True),
        ("package/data/table.npz", True),
        ("package/book/theme.py", False),
        ("package/notes.txt", False),
        ("constraints.txt", True),
    ],
)
def test_key_changes_with_what_pages_can_call(library, changed, counts):
    package, constraints = library
    before = cache.key(constraints, {"book"}, package)
    assert cache.key(constraints, {"book"}, package) == before
    (constraints.parent / changed).write_text("after")
    assert (cache.key(constraints, {"book"}, package) != before) is counts


def test_key_changes_when_a_module_is_renamed(library):
    package, constraints = library
    before = cache.key(constraints, {"book"}, package)
    (package / "methods.py").rename(package / "rules.py")
    assert cache.key(constraints, {"book"}, package) != before


def test_key_changes_with_the_results_that_pages_show(library, tmp_path):
    package, constraints = library
    shown = tmp_path / "comparison.json"
    shown.write_text("1")
    before = cache.key(constraints, {"book"}, package, also=[shown])
    assert before != cache.key(constraints, {"book"}, package)
    shown.write_text("2")
    assert cache.key(constraints, {"book"}, package, also=[shown]) != before
