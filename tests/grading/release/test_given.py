"""Given programs: what an answer cell with one becomes at release, in both ways to release."""

import pytest
from traitlets.config import Config

from descent.grading.release.given import ClearSolutionsKeepGiven, with_given
from descent.grading.release.notebooks import STEPS
from descent.grading.release.stock import configure

CELL = """\
before = 1
### BEGIN GIVEN
# def f(x):
#     # a remark
#
#     return -x
### END GIVEN
### BEGIN SOLUTION
def f(x):
    return x
### END SOLUTION
after = 2"""


def test_given_program_takes_the_solutions_place():
    assert with_given(CELL) == ("before = 1\ndef f(x):\n    # a remark\n\n    return -x\nafter = 2")


@pytest.mark.parametrize(
    "broken",
    [
        CELL.replace("### END GIVEN\n", ""),
        CELL.replace("### END SOLUTION\n", ""),
        CELL + "\n" + CELL,
        "### BEGIN GIVEN\n# x = 1\n### END GIVEN\n",
    ],
)
def test_broken_marks_are_refused(broken):
    with pytest.raises(ValueError, match="one given program and one solution"):
        with_given(broken)


def test_both_ways_to_release_keep_given_programs():
    assert ClearSolutionsKeepGiven in STEPS
    steps = configure(Config()).GenerateAssignment.preprocessors
    names = [step.__name__ for step in steps]
    assert names.count("ClearSolutionsKeepGiven") == 1
    assert "ClearSolutions" not in names
