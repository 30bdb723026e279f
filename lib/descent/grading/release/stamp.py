"""Writes into a students' notebook which release of the assignment it is."""

import hashlib
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

from descent.grading.intake.cells import VERSION


class StampVersion(NbGraderPreprocessor):
    """The version is a digest of the cells: it changes when, and only when, they do."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Notes the digest in the notebook's metadata."""
        cells = repr([(cell.cell_type, cell.source) for cell in nb.cells])
        nb.metadata[VERSION] = hashlib.sha256(cells.encode()).hexdigest()[:12]
        return nb, resources
