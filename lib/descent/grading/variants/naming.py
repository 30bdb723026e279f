"""Test cells that name the student's variants, in one's own notebook and where stock nbgrader restores them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum
from traitlets import Unicode

from descent.grading import intake
from descent.grading.course import Course
from descent.grading.variants import graded


def name_variant(cell: Any, variants: Mapping[str, str]) -> Any:
    """The cell; if it is a test cell of an exercise that has a variant, its calls of `check` name it."""
    exercise = intake.cell_name(cell).removesuffix("_check")
    if exercise in variants and intake.cell_name(cell) != exercise:
        call = rf"""check\((["']){exercise}\1"""
        cell.source = re.sub(call, rf'\g<0>, variant="{variants[exercise]}"', cell.source)
        cell.metadata.nbgrader.checksum = compute_checksum(cell)
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
