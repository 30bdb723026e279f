"""Each student's own notebook, where marks count: made from the one that all would get, it states the student's variants."""

import copy
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum
from traitlets import Unicode

from descent.checks.catalogue import EXERCISES
from descent.grading import graded, intake
from descent.grading.course import Course, CourseError, release
from descent.grading.files import put

_OWN = """\
**This notebook is yours alone**: it was made for {student}. Where a statement is followed by “What your
notebook asks for”, that is what your answer is marked by, whatever becomes of this file. It holds for that one
exercise: all the others are as in the book, and where they speak of its functions, they mean the book's."""
_INSTEAD = """\
#### What your notebook asks for

In `{name}` this takes the place of the formulas and numbers above; all else that is said there holds. Lines of
code that are given you may change.

{statement}

Hints: `hint("{name}", 1, variant="{variant}")`, and so on."""


def release_own(
    course: Course, assignment: str, students: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Writes the notebook of each student into release_graded/; returns their variants, by student.

    The assignment itself goes into the gradebook, and its plain notebook into release/, which is not to be
    handed out. Raises CourseError where none of its exercises has a variant, for a name that can be no
    folder's, and as `graded.note` and `release` do.
    """
    students = list(dict.fromkeys(students))
    for student in students:
        if (
            not student.isprintable()
            or "/" in student
            or "\\" in student
            or student in ("", ".", "..")
        ):
            raise CourseError(f"no student can be called {student!a}: it is a folder's name")
    names = list(intake.test_cells(intake.read(course.source(assignment))).values())
    own = graded.note(course, assignment, names)
    released: Any = nbformat.read(release(course, assignment), as_version=4)
    chosen = {}
    for student in students:
        chosen[student] = own.of(student)
        content = nbformat.writes(own_notebook(released, student, chosen[student]))
        put(graded.notebook_of(course, student, assignment), content.encode() + b"\n")
    return chosen


def own_notebook(released: Any, student: str, variants: Mapping[str, str]) -> Any:
    """One student's notebook, an nbformat node. variants: by exercise."""
    notebook, cells = copy.deepcopy(released), []
    for cell in notebook.cells:
        name = intake.cell_name(cell)
        if name in variants:
            statement = EXERCISES[name].varied(variants[name]).statement
            text = _INSTEAD.format(name=name, variant=variants[name], statement=statement)
            cells.append(_markdown(name, text))
        cells.append(name_variant(cell, variants))
    cells.insert(1, _markdown("own", _OWN.format(student=f"`{student}`")))
    notebook.cells = cells
    return notebook


def name_variant(cell: Any, variants: Mapping[str, str]) -> Any:
    """The cell; if it is a test cell of an exercise that has a variant, its calls of `check` name it."""
    exercise = intake.cell_name(cell).removesuffix("_check")
    if exercise in variants and intake.cell_name(cell) != exercise:
        call = rf"""check\((["']){exercise}\1"""
        cell.source = re.sub(call, rf'\g<0>, variant="{variants[exercise]}"', cell.source)
        cell.metadata.nbgrader.checksum = compute_checksum(cell)
    return cell


def _markdown(name: str, text: str) -> Any:
    cell = new_markdown_cell(text)
    cell.id = hashlib.sha256(f"own|{name}".encode()).hexdigest()[
        :12
    ]  # the same whenever it is made
    return cell


class NameVariants(NbGraderPreprocessor):
    """For stock nbgrader, which puts the instructor's test cells back: they name the student's variants again."""

    course = Unicode(help="The course folder.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Names the variants of the student whose notebook it is, if the assignment has any."""
        said = resources["nbgrader"]
        own = graded.find(Course(Path(self.course)), said["assignment"]) if self.course else None
        if own:
            variants = own.of(said["student"])
            nb.cells = [name_variant(cell, variants) for cell in nb.cells]
        return nb, resources
