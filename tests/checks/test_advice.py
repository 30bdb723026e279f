import sys

import numpy as np
import pytest

from descent.checks.advice import raised
from descent.checks.calling import Failure, failure_of

ARRAY = np.ones(3)


def test_a_long_text_is_not_searched_to_its_end():
    said = [raised(Failure("exception", "E", "x" * n + " for ^")) for n in (100, 1_000)]
    assert ["write `**`" in text for text in said] == [True, False]


def _own_call():
    return _own_call()


@pytest.mark.parametrize(
    ("mistake", "advice"),
    [
        (lambda: ARRAY ^ 2, "write `**`"),
        (lambda: 0.5 ^ 2, "write `**`"),
        (lambda: 1 if ARRAY > 0 else 0, "np.where"),
        (lambda: np.ones((3, 2)) - np.ones(3), "keepdims"),
        (lambda: np.ones((3, 2)) @ np.ones((3, 2)), "transpose"),
        (lambda: [1.0] - [2.0], "np.array"),
        (lambda: 0.1 * [1.0], "np.array"),
        (lambda: ARRAY(1.0), "no function"),
        (lambda: ARRAY[0](1.0), "missing before a bracket"),
        (lambda: numpy.zeros(3), "called np"),  # noqa: F821
        (sys.exit, "`return`"),
        (_own_call, "without end"),
        (lambda: exec("def f():\n    total += 1\nf()"), "used before"),
    ],
)
def test_what_beginners_meet_is_explained(mistake, advice):
    with pytest.raises((Exception, SystemExit)) as error:
        mistake()
    assert advice in raised(failure_of(error.value))


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure("exception", "KeyError", "'a'", "d['a']", 3), "KeyError ('a') in line 3: `d['a']`."),
        (Failure("exception", "ValueError", "", "raise ValueError", 2), "ValueError in line 2: `raise ValueError`."),
        (Failure("exception", "ZeroDivisionError", "division by zero"), "ZeroDivisionError (division by zero)."),
    ],
)  # fmt: skip
def test_everything_else_is_said_as_it_was_raised(failure, said):
    assert raised(failure) == said
