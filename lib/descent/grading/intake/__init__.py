"""Reads what students hand in, whatever state it is in: finds the file, reads the notebook, takes out the cells.

Each step says what it put right in a remark, and raises UnreadableError where nothing can be put right;
both are sentences for the student. Nothing of a submission is opened but ordinary files of its own folder,
and nothing is written. NumPy and nbformat are not needed here.
"""

from descent.grading.intake.cells import (
    Cell,
    Submission,
    cell_name,
    cell_text,
    submission,
    test_cells,
    version,
)
from descent.grading.intake.errors import UnreadableError
from descent.grading.intake.finding import Found, contents, find
from descent.grading.intake.reading import parse, read
from descent.grading.intake.zips import SIZE_LIMIT


def take_in(found: Found, tests: dict[str, str], current: str = "") -> Submission:
    """The submission in a file that was found: `parse` and `submission` in one, with all remarks.

    Raises UnreadableError.
    """
    try:
        notebook, remarks = parse(found.content)
    except UnreadableError as error:
        raise UnreadableError(" ".join([str(error), *found.remarks])) from None
    return submission(notebook, tests, found.remarks + remarks, current)


__all__ = [
    "SIZE_LIMIT",
    "Cell",
    "Found",
    "Submission",
    "UnreadableError",
    "cell_name",
    "cell_text",
    "contents",
    "find",
    "parse",
    "read",
    "submission",
    "take_in",
    "test_cells",
    "version",
]
