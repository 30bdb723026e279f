import re
from pathlib import Path

import nbformat
import pytest

from descent.book.exercises import page, write, write_all
from descent.checks import EXERCISES
from descent.grading.release.notebooks import release_notebook

SOLUTIONS = Path(__file__).parents[2] / "solutions"
SOURCES = sorted(SOLUTIONS.glob("*/*.py"))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exercises")
    return folder, write_all(SOLUTIONS, folder)


def test_a_page_and_a_notebook_for_every_assignment(written):
    folder, pages = written
    names = [source.stem for source in SOURCES]
    assert names
    assert [page.stem for page in pages] == names
    for name in names:
        notebook = nbformat.read(folder / "notebooks" / f"{name}.ipynb", as_version=4)
        nbformat.validate(notebook)
        assert notebook == release_notebook(SOLUTIONS / name / f"{name}.py")


def test_nothing_between_the_marks_is_left(written):
    folder, _ = written
    files = [file for file in folder.rglob("*") if file.is_file()]
    for file in files:
        assert not re.search("(BEGIN|END) (SOLUTION|HIDDEN)", file.read_text(encoding="utf-8"))
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        answers = re.findall(r"### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", text, re.S)
        shown = (folder / f"{source.stem}.md").read_text(encoding="utf-8")
        assert answers
        assert not [answer for answer in answers if answer in shown]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_check_stands_with_points_and_hints(source):
    text = page(source.stem, release_notebook(source), EXERCISES)
    checked = set(re.findall(r"^check\(\"(\w+)\"", text, re.M))
    assert checked == {name for name, one in EXERCISES.items() if one.chapter == source.stem}
    for name in checked:
        for hint in EXERCISES[name].hints:
            assert hint in text
    assert text.count("{dropdown} Hint") == sum(len(EXERCISES[name].hints) for name in checked)
    assert f"<notebooks/{source.stem}.ipynb>" in text


def test_unchanged_text_leaves_the_file_alone(tmp_path):
    file = write(tmp_path / "a" / "b.md", "text")
    before = file.stat().st_mtime_ns
    write(file, "text")
    assert file.stat().st_mtime_ns == before
    write(file, "other")
    assert file.read_text() == "other"
