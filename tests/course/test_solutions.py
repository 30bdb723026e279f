"""Every solution notebook earns full marks across the process border; the students' copy earns nothing unanswered."""

from pathlib import Path

import nbformat
import pytest

from descent.grading import intake
from descent.grading.marking.engine import Engine
from descent.grading.release.notebooks import release_notebook, source_notebook

FILES = sorted((Path(__file__).parents[2] / "solutions").glob("*/*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_solution_earns_full_marks_and_the_blank_none(file):
    content, blank = (
        intake.parse(nbformat.writes(make(file)).encode())[0]
        for make in (source_notebook, release_notebook)
    )
    tests = intake.test_cells(content)
    assert intake.test_cells(blank) == tests
    with Engine(list(tests.values()), level="hidden", seed="solutions") as engine:
        for result in engine.mark(intake.submission(content, tests, [])):
            assert result.state == "passed", result
        for result in engine.mark(intake.submission(blank, tests, [])):
            assert result.score < result.points, result
