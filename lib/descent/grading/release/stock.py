"""Settings under which stock nbgrader releases and autogrades our assignments, its worst faults cured.

`nbgrader_config.py` of a course folder is two lines that call `configure`.
"""

import os
import sysconfig
from html import escape
from pathlib import Path
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    ClearSolutions,
    DeduplicateIds,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from descent.checks.notebook import SEED_VARIABLE
from descent.grading.course import SEED_FILE
from descent.grading.release.collect import MODULES, CollectFiles
from descent.grading.release.given import ClearSolutionsKeepGiven
from descent.grading.release.outputs import HideTests, ShortenOutputs
from descent.grading.release.stamp import StampVersion
from descent.grading.variants.naming import NameVariants

STUB = "# Write your answer here.\nraise NotImplementedError"


class ForgetDuplicates(DeduplicateIds):
    """Makes a copied cell an ordinary one; stock nbgrader leaves metadata behind that stop the whole batch."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Removes the empty metadata that the stock preprocessor leaves."""
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.metadata.get("nbgrader") == {}:
            del cell.metadata["nbgrader"]
        return cell, resources


def find_commands() -> None:
    """Puts this environment's commands on the PATH: nbgrader calls `alembic` by name, kernels `python`."""
    scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", "")
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, path])


def harmless_markdown(source: str) -> str:
    """A text cell as HTML: tags in it are shown and not obeyed, and its links lead to pages and nowhere else.

    Students' texts stand in formgrader beside their marks, under the instructor's rights.
    """
    renderer = IPythonRenderer(escape=True, allow_harmful_protocols=False)
    try:
        return MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # an attachment that is not there, or whatever a text may do to its reader
        return f"<pre>{escape(source)}</pre>"


def configure(config: Any, root: Path | None = None) -> Any:
    """Writes our settings into a traitlets config, and returns it.

    root: the course folder, whose secret seeds the hidden tests through the environment.
    """
    config.ClearSolutions.code_stub = {"python": STUB}
    config.GenerateAssignment.preprocessors = [
        ClearSolutionsKeepGiven if step is ClearSolutions else step
        for step in (*GenerateAssignment().preprocessors, StampVersion)
    ]
    # No module of a student's may stand before the library of its name.
    config.CourseDirectory.ignore = [*CourseDirectory().ignore, *(f"*{end}" for end in MODULES)]
    config.Autograde.sanitize_preprocessors = [
        ClearOutput,
        ForgetDuplicates,
        OverwriteKernelspec,
        OverwriteCells,
        NameVariants,
        CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        step
        for own in Autograde().autograde_preprocessors
        for step in ((ShortenOutputs, own) if own is SaveAutoGrades else (own,))
    ]
    config.GenerateFeedback.preprocessors = [HideTests, *GenerateFeedback().preprocessors]
    config.OverwriteCells.add_missing_cells = True
    config.ExchangeFactory.collect = CollectFiles
    config.HTMLExporter.filters = {"markdown2html": harmless_markdown}
    config.HTMLExporter.sanitize_html = True
    config.LimitOutput.max_lines = 200
    config.LimitOutput.max_traceback = 50
    config.Execute.timeout = 60
    config.Execute.error_on_timeout = {
        "ename": "TimeoutError",
        "evalue": "the cell took too long",
        "traceback": ["the cell took too long"],
    }
    if root is not None:
        config.CourseDirectory.root = config.NameVariants.course = str(root)
        find_commands()
        if (root / SEED_FILE).exists():  # a clone of the book has none
            os.environ[SEED_VARIABLE] = (root / SEED_FILE).read_text().strip()
    return config
