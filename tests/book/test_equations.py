"""The equations of the chapters and the lines of the library carry the same labels."""

import re
from pathlib import Path

import pytest

import descent
from descent.book.rule import SHOWN, labels
from descent.methods import RULES
from descent.schedules import SCHEDULES

CHAPTERS = sorted(Path(__file__).parents[2].glob("chapters/[0-9]*.md"))
LATER = {"batches": "09", "signals": "10"}  # modules whose chapter may still be to come
DISPLAYED = re.compile(r"^\$\$\n((?:(?!\$\$).*\n)+)\$\$ \((eq-[\w-]+)\)$", re.M)
UPDATE = re.compile(
    r"\\leftarrow|\\theta_(\{[kt]\+1\}|t) *&?="
)  # of a method's state or parameters


def _in_the_library(module: str = "") -> set[str]:
    """The labels beside lines of the package, or of one of its modules."""
    package = Path(descent.__file__).parent
    files = [file for file in package.rglob("*.py") if module in str(file.relative_to(package))]
    sources = (file.read_text(encoding="utf-8") for file in files)
    return {label for text in sources for label in re.findall(r"# (eq-[\w-]+)$", text, re.M)}


def _displayed() -> set[str]:
    return {label for chapter in CHAPTERS for label in _equations(chapter)}


def _equations(chapter: Path) -> dict[str, str]:
    return {label: tex for tex, label in DISPLAYED.findall(chapter.read_text(encoding="utf-8"))}


def test_labels_are_unique():
    found = [label for chapter in CHAPTERS for label in _equations(chapter)]
    assert found
    assert len(found) == len(set(found))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_line_of_a_shown_rule_has_its_equation(chapter):
    shown = re.findall(r"^```\{rule\} (\w+)", chapter.read_text(encoding="utf-8"), re.M)
    assert not {label for name in shown for label in labels(SHOWN[name])} - _displayed()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_update_equation_has_its_line(chapter):
    updates = {label for label, tex in _equations(chapter).items() if UPDATE.search(tex)}
    assert not updates - _in_the_library()


@pytest.mark.parametrize("name", RULES)
def test_every_line_of_every_rule_has_its_equation(name):
    assert labels(RULES[name])
    assert set(labels(RULES[name])) <= _displayed()


@pytest.mark.parametrize("name", sorted(SCHEDULES.keys() - {"constant"}))
def test_every_schedule_has_its_equation(name):
    assert labels(SCHEDULES[name])
    assert set(labels(SCHEDULES[name])) <= _displayed()


def test_every_line_that_names_an_equation_has_it():
    """Of chapters that are not there yet, nothing is asked."""
    to_come = [
        module
        for module, number in LATER.items()
        if not any(chapter.name.startswith(number) for chapter in CHAPTERS)
    ]
    excepted = set().union(*map(_in_the_library, to_come))
    assert not _in_the_library() - _displayed() - excepted
