import pytest

from descent.checks import EXERCISES
from descent.checks.calling import LocalCandidate
from descent.checks.examination import Examination
from descent.grading.marking.programs import programs

CHAPTER_2 = {e.name: e for e in EXERCISES.values() if e.chapter == "02_gradient_descent"}


@pytest.mark.parametrize("exercise", CHAPTER_2.values(), ids=CHAPTER_2)
def test_a_version_in_source_is_the_version(exercise):
    examination, versions = Examination(exercise, "public", "s"), programs(exercise)

    def marked(cell):
        namespace = {}
        exec(cell, namespace)
        return examination.mark(LocalCandidate(namespace[exercise.name]))

    assert all(marked(cell).state == "passed" for cell in versions.right())
    for wrong, cell in zip(exercise.wrong, versions.wrong(), strict=True):
        assert marked(cell).diagnosis == examination.mark(LocalCandidate(wrong.program)).diagnosis
