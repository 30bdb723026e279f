"""Chapter 9: the notebook says what is true."""

import numpy as np
import pytest

from descent.checks import EXERCISES


def test_the_notebook_shows_the_bug_and_runs_its_prediction(solved, given):
    notebook = solved("09_batch_size")
    X, y = np.array([[0.0, 1], [1, 1], [2, 1], [3, 1]]), np.array([1.0, 0, 2, 7])
    right, wrong = notebook.names["accumulation_repaired"], given("accumulation_repaired")
    for piece in (2, 3, 4):
        same = np.allclose(wrong(X, y, np.zeros(2), piece), right(X, y, np.zeros(2), piece))
        assert same == (piece != 3)
    assert 40 < notebook.names["fit"].critical_batch_size < 400
    assert "critical batch size: " in notebook.printed.getvalue()


def test_worked_numbers_of_the_statements():
    def answer(name, *arguments):
        return EXERCISES[name].reference(*arguments)

    pair = [np.array([1.0, 2.0]), np.array([5.0, 6.0])]
    np.testing.assert_allclose(answer("accumulate", pair, [3, 1]), [2, 3])
    assert answer("scale_lr", 0.1, 256, 64, "momentum") == pytest.approx(0.4)
    assert answer("scale_lr", 0.1, 256, 64, "adam") == pytest.approx(0.2)
    small, big = np.array([5.0, 7.0]), np.array([2.0, 4.0])
    assert answer("gradient_noise_scale", small, big, 1, 4) == pytest.approx(2)


def test_guards_are_asked_for_on_both_sides(mark):
    def clipped(small, big, b, B):
        variance = (small.mean() - big.mean()) / (1 / b - 1 / B)
        return max(variance, 0.0) / ((B * big.mean() - b * small.mean()) / (B - b))

    result = mark("gradient_noise_scale", clipped)
    assert [test.passed for test in result.tests] == [True, False, True]
    assert mark("predicted_critical_batch", 2.5).score == 0
    assert mark("predicted_critical_batch", 64).score == 1
