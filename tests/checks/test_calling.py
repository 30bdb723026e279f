import warnings
from collections import namedtuple
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from descent.checks.calling import (
    LARGEST,
    Failure,
    LocalCandidate,
    NotDataError,
    Outcome,
    Question,
    Seeded,
    attempts,
    plain,
    prepared,
    unchanged,
)
from descent.checks.functions import QUESTIONS, Formula, Recorder
from descent.derivatives import numerical_gradient


def attempt(candidate, arguments):
    (outcome,) = attempts(candidate, [Question(arguments)])
    return outcome


def call(program, *arguments):
    return LocalCandidate(program).call(arguments)


def raiser(error):
    def program(x):
        raise error

    return program


class Odd:
    """An object whose every method fails."""

    def __array__(self, *args, **kwargs):
        raise ZeroDivisionError("no array")

    def __eq__(self, other):
        raise ZeroDivisionError("not comparable")

    def __repr__(self):
        raise ZeroDivisionError("no text")

    __hash__ = None


class Exiting:
    def __array__(self, *args, **kwargs):
        raise SystemExit(3)


class Elusive:
    def __getattr__(self, name):
        raise ZeroDivisionError(name)


# plain data


@pytest.mark.parametrize("value", [None, ..., True, 3, 2.5, 1 + 2j, "text"])
def test_scalars_stand_for_themselves(value):
    assert plain(value) is value


@pytest.mark.parametrize(
    "value", [Fraction(1, 4), Decimal("0.25"), np.array(0.25), np.float32(0.25)]
)
def test_whatever_is_a_number_becomes_one(value):
    assert plain(value) == 0.25
    assert np.ndim(plain(value)) == 0


def test_lists_and_tuples_stay_what_they_are():
    Point = namedtuple("Point", "x y")
    value = plain([Point(1, np.array([2.0])), (3,)])
    assert value == [(1, np.array([2.0])), (3,)]
    assert type(value) is list
    assert type(value[0]) is tuple


def test_whatever_is_like_an_array_becomes_one():
    torch = pytest.importorskip("torch")
    for like in (
        torch.tensor([1.0, 2.0], requires_grad=True),
        np.ma.masked_array([1.0, 2.0], mask=[False, True]),
        range(1, 3),
        np.array([1, 2], dtype=object),
    ):
        value = np.asarray(plain(like))
        assert type(plain(like)) in (np.ndarray, list)
        np.testing.assert_array_equal(value, [1, 2])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ((x for x in [1]), "got a generator: collect what it gives in a list"),
        (map(abs, [1]), "got a map"),
        ({"a": 1}, "got a dict"),
        ({1, 2}, "got a set"),
        (object(), "got an object"),
        (len, "got a builtin_function_or_method"),
        (np.array(["a"]), "array of <U1"),
        (np.datetime64("2026-01-01"), "array of datetime64"),
        (np.array([None, object()]), "got an object"),
        (b"raw", "got a bytes"),
        ("x" * 10**6, "a text of 1000000 characters"),
        (np.broadcast_to(0.0, (LARGEST, 1000)), "Expected fewer numbers"),
        (np.zeros((LARGEST + 1, 0)), "Expected fewer numbers"),  # but many rows without any
    ],
)
def test_what_is_no_data_is_refused(value, said):
    with pytest.raises(NotDataError, match=said):
        plain(value)


def test_endless_nesting_is_refused():
    endless = []
    endless.append(endless)
    within_itself = np.empty(1, dtype=object)
    within_itself[0] = within_itself
    for value in (endless, within_itself):
        with pytest.raises(NotDataError, match="lists in lists"):
            plain(value)


def test_results_do_not_share_memory_with_a_buffer():
    buffer = np.zeros(2)

    def reused(x):
        buffer[:] = x
        return buffer

    first, second = call(reused, 1.0), call(reused, 2.0)
    np.testing.assert_array_equal(first.value, [1, 1])
    np.testing.assert_array_equal(second.value, [2, 2])


# calls never raise


@pytest.mark.parametrize(
    "error",
    [ValueError("bad"), SystemExit(1), GeneratorExit(), RecursionError("deep"), MemoryError()],
)
def test_exceptions_come_back_as_failures(error):
    failure = call(raiser(error), 1).failure
    assert failure.kind == "exception"
    assert failure.error == type(error).__name__
    assert failure.message == str(error)
    assert failure.line == "raise error"


def test_keyboard_interrupt_is_an_interruption():
    assert call(raiser(KeyboardInterrupt()), 1).failure == Failure("interrupted")


def test_endless_recursion_is_an_exception():
    def down(x):
        return down(x)

    failure = call(down, 1).failure
    assert (failure.error, failure.line) == ("RecursionError", "return down(x)")


@pytest.mark.parametrize("odd", [Odd, Exiting, Elusive])
def test_values_whose_methods_raise_are_failures(odd):
    assert call(lambda x: odd(), 1).failure.kind == "exception"
    assert call(lambda x: [odd(), 1], 1).failure.kind == "exception"


def test_exceptions_without_a_readable_message():
    class MuteError(Exception):
        def __str__(self):
            raise ZeroDivisionError

    failure = call(raiser(MuteError()), 1).failure
    assert (failure.error, failure.message) == ("MuteError", "its own message cannot be read")


def test_long_messages_are_cut():
    assert len(call(raiser(ValueError("x" * 10**6)), 1).failure.message) == 500


@pytest.mark.parametrize("program", [lambda: 1, lambda x, y: 1, pow, Odd])
def test_wrong_number_of_arguments_is_a_matter_of_the_signature(program):
    assert call(program, 1).failure.kind == "signature"


def test_type_error_within_the_program_is_an_exception():
    assert call(lambda x: x + "1", 1).failure.kind == "exception"
    assert call(lambda f: f(1, 2), Recorder(lambda x: x)).failure.kind == "exception"


def test_type_error_within_library_code_is_an_exception_too():
    # The catalogue's own versions lie within the library: their frames are hidden, not their kind.
    failure = call(numerical_gradient, abs, ["a"], 0.1).failure
    assert (failure.kind, failure.error, failure.line) == ("exception", "TypeError", "")


def test_line_and_number_are_the_candidates_own_last():
    def program(f):
        y = f(1)
        return y

    def given(x):
        raise ValueError("from the function argument")

    failure = attempt(LocalCandidate(program), (given,)).failure
    assert failure.line == 'raise ValueError("from the function argument")'
    failure = call(program, None).failure
    assert failure.line == "y = f(1)"
    assert failure.line_number == program.__code__.co_firstlineno + 1


def test_what_is_no_function_says_so():
    failure = call(3.0, 1).failure
    assert (failure.kind, failure.message) == ("refused", "It is no function, but a float.")
    assert call(3.0) == Outcome(value=3.0)


def test_warnings_stay_unseen_and_raise_nothing():
    def noisy(x):
        warnings.warn("look", stacklevel=1)
        return np.float64(1) / x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="raise"):
            assert call(noisy, 0.0).value == np.inf


# Generators


def test_seeded_arguments_become_fresh_generators():
    def draw(n, rng):
        assert isinstance(rng, np.random.Generator)
        return rng.normal(size=n)

    first, again, other = (call(draw, 3, Seeded(seed)).value for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, np.random.default_rng(1).normal(size=3))
    assert not np.array_equal(first, other)


def test_seeded_travels_as_it_is():
    assert prepared((Seeded(1),), writable=False) == (Seeded(1),)


# arguments


def test_arguments_are_copies_and_read_only():
    original = np.ones(2)
    (array, (inner,)) = prepared((original, [original]), writable=False)
    for copy in (array, inner):
        assert not np.shares_memory(copy, original)
        assert not copy.flags.writeable
    (array,) = prepared((original,), writable=True)
    assert array.flags.writeable


def writes(x):
    x += 1
    return x


def test_writing_is_noted_and_the_call_made_again():
    original = np.zeros(2)
    outcome = attempt(LocalCandidate(writes), (original,))
    assert outcome.wrote
    assert outcome.failure is None
    np.testing.assert_array_equal(outcome.value, [1, 1])
    np.testing.assert_array_equal(original, [0, 0])


def restores(x):
    x += 1
    x -= 1


def shrinks(x):
    x.pop()


def turns(x):
    x.reverse()


def swaps(x):
    x[0] = Odd()


def reshapes(x):
    x.shape = (2, 1)


@pytest.mark.parametrize(
    ("program", "argument"),
    [
        (restores, np.zeros(2)),
        (shrinks, [np.zeros(2)]),
        (turns, [1, 2]),
        (turns, [np.zeros(2), np.ones(2)]),
        (swaps, [np.zeros(2)]),
        (reshapes, np.zeros(2)),
    ],
)
def test_changes_of_every_kind_are_noted(program, argument):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert attempt(LocalCandidate(program), (argument,)).wrote


def test_looking_is_not_writing():
    arguments = (np.array([np.nan, 1]), [np.ones(1), 2, float("nan")], abs, Seeded(1), "text", None)
    assert not attempt(LocalCandidate(lambda *given: 1), arguments).wrote


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (np.zeros(2), np.zeros(3)),
        (np.zeros(2), np.zeros(2, dtype=np.float32)),
        (np.zeros(1), np.array([-0.0])),
        (np.zeros(2), [0.0, 0.0]),
        ([1], (1,)),
        (1, 1.0),
    ],
)
def test_unchanged_means_to_the_bit(before, after):
    assert not unchanged(before, after)


def test_questions_are_recorded_as_copies():
    def asks(f):
        x = np.zeros(1)
        for _ in range(3):
            x += 1
            f(x)
        return x

    (asked,) = attempt(LocalCandidate(asks), (lambda x: x,)).asked
    assert [float(x[0]) for (x,) in asked] == [1, 2, 3]


def test_endless_questions_end():
    asked = []

    def endless(f):
        while True:
            f(1.0)

    outcome = attempt(LocalCandidate(endless), (asked.append,))
    assert f"asked {QUESTIONS} times" in outcome.failure.message
    assert len(asked) == QUESTIONS


def test_endless_questions_to_a_formula_end():
    def endless(f):
        while True:
            f(1.0)

    bowl = Formula("squares", (np.ones(1), np.ones(1)))
    for _ in range(2):  # each call has its own count
        failure = attempt(LocalCandidate(endless), (bowl,)).failure
        assert f"asked {QUESTIONS} times" in failure.message
    assert bowl.asked == 0


def test_a_program_that_writes_is_called_again_and_the_others_are_not():
    def writes_where_it_is_long(x):
        if len(x) > 1:
            x[0] = 7
        return len(x)

    calls = [(np.zeros(n),) for n in (1, 2, 1)]
    found = attempts(LocalCandidate(writes_where_it_is_long), list(map(Question, calls)))
    assert [(outcome.value, outcome.wrote) for outcome in found] == [
        (1, False),
        (2, True),
        (1, False),
    ]


def test_the_line_of_a_failure_is_the_candidates_own(tmp_path):
    """Not one of NumPy's or Python's, however deep in them the exception was raised."""
    path = tmp_path / "answer.py"
    path.write_text("import json\nimport numpy as np\ndef f(x):\n    return np.linalg.inv(x)\n")
    namespace = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    failure = LocalCandidate(namespace["f"]).call((np.zeros((2, 2)),)).failure
    assert failure.error == "LinAlgError"
    assert (failure.line, failure.line_number) == ("return np.linalg.inv(x)", 4)


def test_of_very_many_questions_the_first_are_noted():
    one, many = Recorder(lambda *_: 1.0), Recorder(lambda *_: 1.0)
    for _ in range(QUESTIONS):
        one(1.0)
        many(*range(16))
    assert len(one.calls) == QUESTIONS
    assert len(many.calls) == 735
    for asked in (one, many):
        with pytest.raises(RuntimeError, match=f"asked {QUESTIONS} times"):
            asked(1.0)


@pytest.mark.parametrize("function", [Recorder(abs), Formula("waves", (np.ones(1),) * 3)])
def test_a_function_argument_says_that_it_takes_no_names(function):
    with pytest.raises(TypeError, match="in their order, without names such as x="):
        function(x=1.0)


@pytest.mark.parametrize(
    "arguments",
    [
        (np.zeros((1, 40_000)), np.zeros((40_000, 1))),
        tuple(np.zeros([40 if i == j else 1 for j in range(9)]) for i in range(9)),
        (["x" * 9_999, *["a"] * 20_000],),
        ("0.5x",),
        ([[1.0], [1.0, 2.0]],),
        (None,),
        (10**400,),
        tuple(range(1_000)),
    ],
)
def test_a_function_argument_is_not_asked_for_more_than_it_can_reckon_with(arguments):
    asked = Recorder(lambda *_: pytest.fail("it was asked"))
    with pytest.raises((TypeError, ValueError, OverflowError)):
        asked(*arguments)
    assert asked.calls == []


def test_no_power_and_no_multiple_takes_a_function_argument_for_ever():
    power = Recorder(lambda base, exponent: base**exponent)
    assert power(3, 4) == 81
    with pytest.raises(OverflowError):
        power(3, 10**9)
    times = Recorder(lambda x, n: x * n)
    assert times([1.0, 2.0], 10**9).tolist() == [1e9, 2e9]


def test_texts_among_very_many_numbers_are_refused_before_an_array_is_made_of_them():
    assert call(lambda: ["A", "B"]).value == ["A", "B"]
    failure = call(lambda: [["x" * 9_999], *[0.0] * 9_999]).failure
    assert failure.kind == "refused"
    assert "long texts" in failure.message
