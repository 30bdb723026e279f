"""Reads what students hand in, whatever state it is in: finds the file, reads the notebook, takes out the cells.

Each step says what it put right in a remark, and raises UnreadableError where nothing can be put right;
both are sentences for the student. Nothing of a submission is opened but ordinary files of its own folder,
and nothing is written. NumPy and nbformat are not needed here.
"""

from descent.grading.intake.cells import Cell, Submission, submission, test_cells, version
from descent.grading.intake.errors import UnreadableError
from descent.grading.intake.finding import Found, contents, find
from descent.grading.intake.reading import parse, read
from descent.grading.intake.zips import SIZE_LIMIT

__all__ = [
    "SIZE_LIMIT",
    "Cell",
    "Found",
    "Submission",
    "UnreadableError",
    "contents",
    "find",
    "parse",
    "read",
    "submission",
    "test_cells",
    "version",
]
