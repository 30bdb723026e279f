"""What holds for every chapter: its numbers are computed, its sections answer the exercises."""

import ast
import re
from pathlib import Path

import pytest

from descent.checks import EXERCISES
from descent.checks.sections import page

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("[0-9]*.md"))
CELL = re.compile(r"^```\{code-cell\}.*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = re.compile(r"\A(---\n(?:.*\n)*?---\n|(?::.*\n)+)")
every = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)


def noted(text: str) -> set[str]:
    """The names under which the cells of a page hand values to its text."""
    cells = (ast.parse(OPTIONS.sub("", cell)) for cell in CELL.findall(text))
    calls = (node for cell in cells for node in ast.walk(cell) if isinstance(node, ast.Call))
    return {
        word.arg
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "note"
        for word in call.keywords
    }


@every
def test_every_number_in_the_text_is_computed_and_every_note_is_used(chapter):
    text = chapter.read_text(encoding="utf-8")
    used = set(re.findall(r"\{glue:text\}`(\w+)", text))
    named = noted(text)
    # note(**table) hands over names that only the run knows: then all that is used cannot be listed.
    assert used
    assert named - {None} <= used
    assert used <= named or None in named


@every
def test_every_section_that_an_exercise_names_is_there(chapter):
    sections = {
        section
        for exercise in EXERCISES.values()
        for section in (exercise.section, *(wrong.section for wrong in exercise.wrong))
        if page(section).startswith(f"{chapter.stem}.html")
    }
    text = chapter.read_text(encoding="utf-8")
    assert sections <= set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))
    assert sections or not any(exercise.chapter == chapter.stem for exercise in EXERCISES.values())
