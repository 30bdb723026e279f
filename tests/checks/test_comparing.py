from dataclasses import replace

import numpy as np
import pytest

from descent.checks import comparing
from descent.checks.calling import Failure, Outcome
from descent.checks.comparing import EXACT, Yardstick, as_arrays, fingerprint, same, step_scale
from descent.checks.exercise import Exercise, Probe

EXERCISE = Exercise(
    name="any",
    title="Any",
    section="sec-any",
    difficulty=1,
    minutes=1,
    signature="any() -> any",
    reference=lambda: None,
    probes=(Probe("any", 1.0, lambda rng: ()),),
    hints=(),
    right=(),
    wrong=(),
)


def said(expected, value):
    return Yardstick(EXERCISE, (), expected).difference(value)


@pytest.mark.parametrize("value", [np.array([1.0, 2.0]), [1, 2], (1.0, np.float64(2)), [[1], [2]]])
def test_lists_tuples_and_arrays_serve_for_an_array(value):
    assert said(np.reshape([1.0, 2.0], np.shape(value)), value) is None


@pytest.mark.parametrize("value", [2, 2.0, np.float64(2), np.array(2), np.float32(2), True + 1])
def test_scalars_of_all_kinds_serve_for_a_float(value):
    assert said(2.0, value) is None


@pytest.mark.parametrize(
    "value",
    [([1, 2], [3, 4]), [[1, 2], [3, 4]], np.array([[1.0, 2], [3, 4]]), [np.array([1, 2]), (3, 4)]],
)
def test_tuple_list_and_stacked_array_serve_for_two_results(value):
    assert said((np.array([1.0, 2]), np.array([3.0, 4])), value) is None


@pytest.mark.parametrize(
    ("expected", "value", "sentence"),
    [
        (1.0, None, "Your function returned None: is there a `return` at its end?"),
        (1.0, "1.0", "Expected real numbers, got a str."),
        (1.0, 1j, "Expected real numbers, got a complex."),
        (np.ones(2), np.array([1, 1j]), "Expected real numbers, got an array of complex128."),
        (np.ones(2), [1, [2, 3]], "Expected real numbers, got a list."),
        (np.ones(2), [None, ...], "Expected real numbers, got a list."),
        (1.0, 10**400, "Expected real numbers, got an int."),
        ((1.0, 2.0), 1.0, "Expected 2 results, got one number."),
        ((1.0, 2.0), "done", "Expected 2 results, got a str."),
        ((1.0, 2.0), np.ones(7), "Expected 2 results, got one array of shape (7,)."),
        ((1.0, 2.0), (1.0, 2.0, 3.0), "Expected 2 results, got 3."),
        ((1.0, 2.0), np.array(1.0), "Expected 2 results, got one number."),
        (np.ones(2), np.ones((2, 1)), "Expected shape (2,), got (2, 1)."),
        (
            (1.0, np.ones(2)),
            (1.0, 3.0),
            "Result 2: expected an array of shape (2,), got a single number.",
        ),
        (1.0, np.ones(2), "Expected a single number, got an array of shape (2,)."),
        (np.ones(2), [1, np.nan], "Expected finite numbers, got NaN."),
        (np.array([1.0, 2]), [1, 3], "Expected 2 at [1], got 3."),
        (np.array([1.0, 0]), [1, 1e-3], "Expected 0 at [1], got 0.001."),
        (np.array([1.0, 0]), [2, 1e-3], "Expected 1 at [0], got 2."),
        (
            np.array([1.0, 2]),
            [2, 4],
            "Expected 1 at [0], got 2: every number is 2 times the right one.",
        ),
        (3.0, 1.5, "Expected 3, got 1.5: it is 0.5 times the right one."),
        (1.0, np.inf, "Expected 1, got inf."),
        (np.inf, 0.0, "Expected inf, got 0."),
        (
            1 / 3,
            float(np.float32(1 / 3)),
            "The numbers agree only to 1e-6: is something cast to float32 on the way?",
        ),
    ],
)
def test_differences_in_words(expected, value, sentence):
    assert said(expected, value) == sentence


def test_numbers_that_differ_are_shown_with_the_digits_in_which_they_do():
    stepping = replace(EXERCISE, scale=step_scale(0))
    right = Yardstick(stepping, (np.array([5.0]),), np.array([5.0 + 1e-8]))
    got = right.difference(np.array([5.0 + 2e-8]))
    assert got == "Expected 5.00000001 at [0], got 5.00000002."


def test_missing_results_are_called_by_their_names():
    step = replace(EXERCISE, signature="step(theta) -> (theta, velocity)")
    pair = (np.ones(2), np.ones(2))
    assert (
        Yardstick(step, (), pair).difference(np.ones(7))
        == "Expected 2 results, (theta, velocity), got one array of shape (7,)."
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_equal_infinities_and_nans_are_equal(value):
    assert said(np.array([1.0, value]), [1.0, value]) is None


def test_right_means_to_a_relative_1e9_of_the_row():
    expected = np.array([[1e-12, 1.0], [1e6, 1.0]])
    assert said(expected, expected + np.diag([0.9, 0.9e6]) * EXACT) is None
    assert said(expected, expected + np.diag([1.1, 0]) * EXACT) is not None


def test_facts_are_called_by_their_names():
    expected = {"sizes": np.array([2, 2, 1]), "it is full": True, "rate": 0.5}
    assert said(expected, dict(expected)) is None
    for change, sentence in (
        ({"sizes": np.array([2, 2])}, "Sizes: expected [2, 2, 1], got [2, 2]."),
        (
            {"sizes": np.arange(30)},
            "Sizes: expected [2, 2, 1], got [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …].",
        ),
        ({"sizes": np.array([2, 1, 2])}, "Sizes: expected 2 at [1], got 1."),
        ({"it is full": False}, "It is full: expected yes, got no."),
        ({"rate": 0.25}, "Rate: expected 0.5, got 0.25: it is 0.5 times the right one."),
    ):
        assert said(expected, expected | change) == sentence


def outcome(value=None, **failure):
    return Outcome(value, Failure(**failure) if failure else None)


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (outcome(np.ones(2)), outcome([1.0, 1 + 1e-8]), True),
        (outcome(np.ones(2)), outcome([1.0, 1 + 1e-4]), False),
        (outcome(np.ones(2)), outcome(np.ones((1, 2))), False),
        (outcome(None), outcome(None), True),
        (outcome("a"), outcome("b"), True),
        (outcome(1.0), outcome("b"), False),
        (outcome(1.0), outcome(kind="exception", error="ValueError"), False),
        (
            outcome(kind="exception", error="ValueError", message="a"),
            outcome(kind="exception", error="ValueError", message="b"),
            True,
        ),
        (
            outcome(kind="exception", error="ValueError"),
            outcome(kind="exception", error="TypeError"),
            False,
        ),
        (outcome(kind="refused", message="a"), outcome(kind="refused", message="b"), False),
        (outcome(kind="refused", message="a"), outcome(kind="refused", message="a"), True),
    ],
)
def test_same_outcomes(a, b, equal):
    assert same(EXERCISE, (), a, b, 1e-6) is equal


def test_steps_are_compared_relative_to_the_step():
    exercise = replace(EXERCISE, scale=step_scale(0))
    theta = np.array([1.0, 1.0])
    expected = (theta - 1e-4, np.array([1.0, 1.0]))
    off = expected[0] + [1e-12, 0]  # right to 1e-12 of theta, but only to 1e-8 of the step
    assert Yardstick(exercise, (theta,), expected).difference(expected) is None
    assert Yardstick(exercise, (theta,), expected).difference((off, expected[1])) is not None
    assert Yardstick(EXERCISE, (theta,), expected).difference((off, expected[1])) is None


def test_tiny_steps_may_round_differently():
    exercise = replace(EXERCISE, scale=step_scale(0))
    theta = np.array([1.0, 1.0])
    expected = theta - 1e-10
    rounded = np.nextafter(expected, 2)
    assert Yardstick(exercise, (theta,), expected).difference(rounded) is None
    assert Yardstick(exercise, (theta,), expected).difference(theta - 1.001e-10) is not None


def test_a_wrong_version_of_another_shape_is_compared_all_the_same():
    exercise = replace(EXERCISE, scale=step_scale(0))
    a = outcome(np.ones((2, 3)))
    assert same(exercise, (np.ones(2),), a, a, 1e-6)


def test_as_arrays_gives_one_array_for_each_result():
    first, second = as_arrays([np.ones(2), 3], (np.ones(2), 1.0))
    assert first.shape == (2,)
    assert second == 3


def test_rows_without_numbers_are_not_gone_through():
    rows = np.zeros((2**40, 0))
    assert (
        as_arrays(rows, (1.0, 2.0)) == f"Expected 2 results, got one array of shape {rows.shape}."
    )


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (np.array([1.0, 1e-17]), np.array([1.0 + 1e-9, -3e-17]), True),
        ([1.0, 2.0], np.array([1.0, 2.0]), True),
        ((1.0, np.ones(2)), (1.0, np.ones(2) * 1.01), False),
        (np.ones(2), np.ones((1, 2)), False),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        ("text", "other text", True),
        ({"a": 1.0}, {"a": -1.0}, False),
    ],
)
def test_answers_with_the_same_numbers_have_one_fingerprint(one, other, alike):
    first, second = (fingerprint([Outcome(value)]) for value in (one, other))
    assert (first == second) is alike


def test_failures_are_told_apart_by_what_they_say_not_where_they_lie():
    def failed(said):
        return fingerprint([Outcome(failure=Failure("exception", "TypeError", said))])

    assert failed("<f at 0x7f01>") == failed("<f at 0x8f02>")
    assert failed("no") != failed("yes")


def test_of_very_many_parts_a_fingerprint_looks_at_some(monkeypatch):
    monkeypatch.setattr(comparing, "LOOKED_AT", 10)
    many, more = (fingerprint([Outcome((True,) * n)]) for n in (10**3, 10**5))
    assert many == more != fingerprint([Outcome((True,) * 3)])
