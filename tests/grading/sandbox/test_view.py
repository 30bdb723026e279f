"""What is in view of a process in namespaces of its own: run in processes, since it cannot be undone."""

import subprocess
import sys

import pytest

from descent.grading.sandbox import doctor

CODE = """
import os, sys
from pathlib import Path
from descent.grading.sandbox import ladder, view
top = Path(sys.argv[1])
if not ladder._enter_namespaces(): sys.exit(77)
{first}
shown = [top / name for name in {shown!r}]
print(view.narrow(shown, [top / "libs" / "hidden", top / "others"], top / "root"))
for path in sorted({{*sys.argv[2:]}}):
    print(path, (top / path).exists())
"""


@pytest.fixture
def tree(tmp_path):
    """Folders, a link to a folder, a link in the way to another, and what nobody is to see."""
    for name in ("libs/hidden", "libs/own", "far/more", "root", "others"):
        (tmp_path / name).mkdir(parents=True)
    for name in (
        "libs/own/a.py",
        "libs/hidden/b.py",
        "far/more/c.py",
        "far/d.py",
        "others/e.py",
        "one",
    ):
        (tmp_path / name).write_text("x")
    (tmp_path / "by_link").symlink_to("far")
    (tmp_path / "chain").symlink_to(tmp_path / "by_link")
    return tmp_path


def seen(tree, shown, *paths, first=""):
    command = [sys.executable, "-c", CODE.format(shown=shown, first=first), str(tree), *paths]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env={"OPENBLAS_NUM_THREADS": "1"})  # fmt: skip
    if ran.returncode == 77:
        pytest.skip(f"no namespaces here: {doctor._namespaces().found}")
    assert ran.returncode == 0, ran.stderr
    done, *lines = ran.stdout.splitlines()
    return done == "True", dict(line.split() for line in lines)


def test_only_what_is_shown_is_in_view_under_each_of_its_names(tree):
    shown = ["libs", "libs/own", "chain/more", "one", "absent"]
    there = [
        "libs/own/a.py",
        "chain/more/c.py",
        "by_link/more/c.py",
        "far/more/c.py",
        "one",
        "root",
    ]
    gone = ["libs/hidden/b.py", "others", "others/e.py", "far/d.py", "absent"]
    done, found = seen(tree, shown, *there, *gone)
    assert done
    assert found == dict.fromkeys(there, "True") | dict.fromkeys(gone, "False")
    # nothing of it is left outside, and nothing was made in what was shown
    assert sorted(p.name for p in (tree / "root").iterdir()) == []
    assert sorted(p.name for p in tree.rglob("*.py")) == ["a.py", "b.py", "c.py", "d.py", "e.py"]


@pytest.mark.parametrize(
    "first",
    [
        "(top / 'root').rmdir()",
        "view._PIVOT_ROOT = dict.fromkeys(view._PIVOT_ROOT, 9_999)  # no such call",
        "view._BIND = 2**11  # no such flag",
    ],
)
def test_where_it_cannot_be_done_all_is_as_before(tree, first):
    there = ["libs/hidden/b.py", "others/e.py", "far/d.py"]
    done, found = seen(tree, ["libs", "chain"], *there, first=first)
    assert not done
    assert found == dict.fromkeys(there, "True")
    assert sorted(p.name for p in tree.rglob("*.py")) == ["a.py", "b.py", "c.py", "d.py", "e.py"]
    assert not any((tree / "root").glob("*"))
