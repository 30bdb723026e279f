"""The equations of the chapters and the lines of the library carry the same labels."""

import re
from pathlib import Path

import pytest

import descent
from descent.book.rule import labels
from descent.methods import RULES

CHAPTERS = sorted(Path(__file__).parents[2].glob("chapters/[0-9]*.md"))
DISPLAYED = re.compile(r"^\$\$\n((?:(?!\$\$).*\n)+)\$\$ \((eq-[\w-]+)\)$", re.M)
UPDATE = re.compile(
    r"\\leftarrow|\\theta_(\{[kt]\+1\}|t) *&?="
)  # of a method's state or parameters


def _in_the_library() -> set[str]:
    package = Path(descent.__file__).parent
    sources = (file.read_text(encoding="utf-8") for file in package.rglob("*.py"))
    return {label for text in sources for label in re.findall(r"# (eq-[\w-]+)$", text, re.M)}


def _equations(chapter: Path) -> dict[str, str]:
    return {label: tex for tex, label in DISPLAYED.findall(chapter.read_text(encoding="utf-8"))}


def test_labels_are_unique():
    found = [label for chapter in CHAPTERS for label in _equations(chapter)]
    assert found
    assert len(found) == len(set(found))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_line_of_a_shown_rule_has_its_equation(chapter):
    known = {label for each in CHAPTERS for label in _equations(each)}
    shown = re.findall(r"^```\{rule\} (\w+)", chapter.read_text(encoding="utf-8"), re.M)
    missing = {label for name in shown for label in labels(RULES[name])} - known
    assert not missing


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_update_equation_has_its_line(chapter):
    updates = {label for label, tex in _equations(chapter).items() if UPDATE.search(tex)}
    assert not updates - _in_the_library()


@pytest.mark.parametrize("name", RULES)
def test_every_line_of_every_rule_has_its_equation(name):
    known = {label for chapter in CHAPTERS for label in _equations(chapter)}
    assert labels(RULES[name])
    assert set(labels(RULES[name])) <= known
