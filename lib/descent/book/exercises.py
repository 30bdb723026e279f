"""Exercise pages and students' notebooks, made from the instructor's notebooks in solutions/.

Both come from the released notebook, in which no solution and no hidden test is left. The page shows its
cells without running them, and under each check what the catalogue knows: points, minutes, hints.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from descent.checks import EXERCISES, Exercise
from descent.grading.release.notebooks import release_notebook

CHECK = re.compile(r"check\(\s*[\"'](\w+)[\"']")
DIFFICULTY = {1: "easy", 2: "medium", 3: "hard"}


def write_all(solutions: Path, pages: Path) -> list[Path]:
    """Writes a page and a student's notebook for every instructor's notebook; returns the pages.

    solutions/NN_name/NN_name.py becomes pages/NN_name.md and pages/notebooks/NN_name.ipynb. Files whose
    content is the same are left alone, so that Sphinx does not read them again.
    """
    written = []
    for source in sorted(solutions.glob("*/*.py")):
        if source.stem != source.parent.name:
            continue
        notebook = release_notebook(source)
        write(pages / "notebooks" / f"{source.stem}.ipynb", nbformat.writes(notebook) + "\n")
        written.append(write(pages / f"{source.stem}.md", page(source.stem, notebook, EXERCISES)))
    return written


def write(path: Path, text: str) -> Path:
    """Writes `text` unless the file has it already."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path


def page(name: str, notebook: NotebookNode, exercises: Mapping[str, Exercise]) -> str:
    """The released notebook `name` as a MyST page that is not executed."""
    first, *cells = notebook.cells
    return "\n\n".join([first.source, _door(name), *(_cell(cell, exercises) for cell in cells), ""])


def _door(name: str) -> str:
    return (
        ":::{div} exercise-door\n"
        f"{{download}}`Download the notebook <notebooks/{name}.ipynb>` and open it in Jupyter: the checks run "
        "there. This page is for reading.\n"
        ":::"
    )


def _cell(cell: NotebookNode, exercises: Mapping[str, Exercise]) -> str:
    if cell.cell_type != "code":
        return cell.source
    role = cell.metadata.get("nbgrader", {})
    code = f"```python\n{cell.source.strip()}\n```"
    if role.get("solution"):
        return f"::::{{div}} exercise-answer\n{code}\n::::"
    checked = CHECK.search(cell.source) if role.get("grade") else None
    if checked is None:
        return code
    facts = _facts(exercises[checked.group(1)], role["points"])
    return f"::::{{div}} exercise-check\n{code}\n\n{facts}\n::::"


def _facts(exercise: Exercise, points: float) -> str:
    worth = f"{points:g} point{'' if points == 1 else 's'}"
    effort = f"{DIFFICULTY[exercise.difficulty]} · about {exercise.minutes} minutes"
    hints = [
        f":::{{dropdown}} Hint {number}\n{text}\n:::"
        for number, text in enumerate(exercise.hints, start=1)
    ]
    section = f"read {{ref}}`{exercise.section}`"
    return "\n\n".join([f"{worth} · {effort} · {section}", *hints])
