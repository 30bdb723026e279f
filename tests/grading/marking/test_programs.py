import pytest

from descent.checks import EXERCISES
from descent.checks.calling import LocalCandidate
from descent.checks.examination import Examination
from descent.grading.marking.programs import programs


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_a_version_in_source_is_the_version_and_needs_nothing_of_the_library(exercise):
    examination, versions = Examination(exercise, "public", "s"), programs(exercise)

    def marked(cell):
        assert "import descent" not in cell
        assert "from descent" not in cell
        namespace = {}
        exec(cell, namespace)
        assert not {"check", "hint"} & namespace.keys()  # they are the notebook's own
        return examination.mark(LocalCandidate(namespace[exercise.name]))

    assert all(marked(cell).state == "passed" for cell in versions.right)
    for wrong, cell in zip(exercise.wrong, versions.wrong, strict=True):
        assert marked(cell).diagnosis in (wrong.name, *wrong.twins)
