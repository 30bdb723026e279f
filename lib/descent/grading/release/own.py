"""Each student's own notebook, where marks count: made from the one that all would get, it states the student's variants."""

import copy
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import nbformat
from nbformat.v4 import new_markdown_cell

from descent.checks.catalogue import EXERCISES
from descent.grading import intake
from descent.grading.course import Course, CourseError, possible
from descent.grading.files import put
from descent.grading.release.making import release
from descent.grading.variants import graded
from descent.grading.variants.naming import name_variant

_OWN = """\
**This notebook is yours alone**: it was made for {student}. Where a statement is followed by “What your
notebook asks for”, that is what your answer is marked by, whatever becomes of this file. It holds for that one
exercise: where another speaks of its function, it means the book's, which is not the one that you write here."""
_INSTEAD = """\
#### What your notebook asks for

In `{name}` this holds wherever it differs from what is said above, in formulas as in numbers; all else is as said
there. The functions of other exercises are the book's there, not the ones that you write. Lines of code that are given
you may change.

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
        if not possible(student) or "/" in student or "\\" in student or student in ("", ".", ".."):
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
            own = EXERCISES[name].varied(variants[name])
            text = _INSTEAD.format(name=name, variant=own.variant, statement=own.statement)
            cells.append(_markdown(name, text))
            cell.source = own.given or cell.source
        cells.append(name_variant(cell, variants))
    cells.insert(1, _markdown("own", _OWN.format(student=f"`{student}`")))
    notebook.cells = cells
    return notebook


def _markdown(name: str, text: str) -> Any:
    cell = new_markdown_cell(text)
    digest = hashlib.sha256(f"own|{name}".encode()).hexdigest()
    cell.id = digest[:12]  # the same whenever it is made
    return cell
