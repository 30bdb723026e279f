"""Makes the students' notebook from the instructor's: solutions and hidden tests leave, through nbgrader's own steps."""

import hashlib
from pathlib import Path
from typing import Any

import jupytext
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

from descent.grading.release.given import ClearSolutionsKeepGiven
from descent.grading.release.stamp import StampVersion
from descent.grading.release.stock import configure

STEPS = (
    LockCells,
    ClearSolutionsKeepGiven,
    ClearOutput,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
    StampVersion,
)
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def source_notebook(path: Path) -> Any:
    """The instructor's notebook, an nbformat node, from a py:percent, MyST or ipynb file.

    The same file gives the same notebook to the byte: a cell's id is a digest of its place and name.
    """
    notebook = jupytext.read(path)
    notebook.metadata = type(notebook.metadata)(kernelspec=KERNEL)
    for index, cell in enumerate(notebook.cells):
        cell.metadata.pop("lines_to_next_cell", None)
        name = cell.metadata.get("nbgrader", {}).get("grade_id", cell.cell_type)
        cell.id = hashlib.sha256(f"{index}|{name}".encode()).hexdigest()[:12]
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def release_notebook(path: Path) -> Any:
    """The students' notebook, an nbformat node, from the instructor's file.

    Raises FileNotFoundError if there is no such file, and what nbgrader raises for metadata that it refuses.
    """
    notebook = source_notebook(Path(path))
    config = configure(Config())
    for step in STEPS:
        notebook, _ = step(config=config).preprocess(notebook, ResourcesDict())
    return notebook
