"""Whatever comes over the wire for an answer: no exercise's checker stops, and none pays."""

import numpy as np
import pytest

from descent.checks import EXERCISES
from descent.checks.calling import Outcome
from descent.checks.examination import Examination
from descent.checks.networks import Network

VALUES = [
    None, ..., True, -1, 10**18, float("nan"), float("inf"), -0.0, 1j, "", "nan", "x" * 9_999, [], (),
    ["x"], [[1], [2, 3]], (1.0, "x"), ("x", "y", "z"), [1.0] * 50, [[[[1.0]]]], [np.zeros(2), np.zeros(3)],
    (np.zeros(2), None), (np.zeros(2),) * 3, [np.array([0.5])], [np.arange(3)] * 2, np.zeros(0),
    np.zeros((0, 3)), np.zeros((2, 2)), np.zeros(3), np.array(2.0), np.full(4, np.nan), np.zeros(3, bool),
    np.array([1 + 1j]), np.zeros((2, 3, 4, 5)), np.zeros(1_000), np.full((3, 3), 1e308),
]  # fmt: skip


def forged(part):
    """An argument that comes back as something else; a network keeps its kind."""
    if isinstance(part, Network):
        return Network((np.zeros(1), "x"), (), (None, 3), "x")
    return np.zeros(7)


LEFT = {
    "as they were": lambda part: part,
    "nothing": lambda part: None,
    "texts": lambda part: "x",
    "others": forged,
}


class Odd:
    """A candidate that gives the same odd value for every call, and sends odd arguments back."""

    def __init__(self, value, left):
        self.value, self.left = value, left

    def calls(self, questions, *, writable):
        for question in questions:
            left = tuple(map(self.left, question.arguments))
            yield Outcome(value=self.value, arguments=left)


@pytest.mark.parametrize("name", EXERCISES)
def test_no_odd_answer_stops_the_checker_or_is_paid(name):
    examination = Examination(EXERCISES[name], "public", "odd")
    for left in LEFT.values():
        for value in VALUES if left is LEFT["as they were"] else VALUES[::5]:
            result = examination.mark(Odd(value, left))
            if not name.startswith("predicted_"):  # a prediction counts whatever it says
                assert result.score < result.points, value
