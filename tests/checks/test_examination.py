import inspect
import warnings
from dataclasses import replace

import numpy as np
import pytest

from descent.checks.calling import Failure, LocalCandidate, Outcome, Seeded
from descent.checks.catalogue import EXERCISES
from descent.checks.examination import LONGEST, UNTOUCHED, BrokenExerciseError, Examination
from descent.checks.exercise import Exercise, Probe, UnreadableError, Wrong

# a small exercise: `scaled(x, factor)` is factor * x


def scaled(x, factor):
    return factor * x


def _vectors(rng):
    return rng.normal(size=3), rng.uniform(2, 3)


def _whole(rng):
    return rng.integers(1, 9, size=3), rng.uniform(2, 3)


def _truncated(x, factor):
    return (factor * x).astype(x.dtype)


def _in_place(x, factor):
    y = factor * x
    x[...] = 0
    return y


def wrong(name, program, twins=()):
    return Wrong(name, program, f"This is {name}.", "Because.", "sec-toy", twins=twins)


SCALED = Exercise(
    name="scaled",
    title="A toy",
    section="sec-toy",
    difficulty=1,
    minutes=1,
    signature="scaled(x, factor) -> like x",
    reference=scaled,
    probes=(Probe("vectors", 2.0, _vectors), Probe("whole numbers", 1.0, _whole)),
    untouched=0.5,
    hints=("Multiply.",),
    right=(
        scaled,
        lambda x, factor: x * factor,
        np.multiply,
        lambda x, factor: [factor * element for element in x],
        lambda x, factor: x / (1 / factor),
    ),
    wrong=(
        wrong("truncated", _truncated),
        wrong("doubled", lambda x, factor: 2 * x if x.dtype == float else factor * x),
        wrong("in place", _in_place),
    ),
)


def mark(program, exercise=SCALED, level="public", seed=""):
    return Examination(exercise, level, seed).mark(LocalCandidate(program))


def earned(result):
    return [test.earned for test in result.tests]


# marks


def test_a_right_answer_earns_everything():
    result = mark(scaled)
    assert (result.state, result.score, result.message) == ("passed", 3.5, "Everything is right.")
    assert [test.name for test in result.tests] == ["vectors", "whole numbers", UNTOUCHED]
    assert type(result.score) is float


def test_a_partly_right_answer_earns_part():
    result = mark(lambda x, factor: (factor * x).astype(x.dtype))
    assert (result.state, result.score) == ("failed", 2.5)
    assert earned(result) == [2, 0, 0.5]


def test_without_the_first_test_nothing_is_earned():
    result = mark(lambda x, factor: 2 * x if x.dtype == float else factor * x)
    assert [test.passed for test in result.tests] == [False, True, True]
    assert result.score == 0


def test_writing_into_arguments_costs_its_own_points():
    def program(x, factor):
        x *= 1
        return factor * x

    result = mark(program, replace(SCALED, wrong=()))
    assert earned(result) == [2, 1, 0]
    assert "writes into its arguments" in result.message


def test_an_exception_in_one_kind_of_case_costs_that_kind():
    def program(x, factor):
        if x.dtype != float:
            raise ValueError("whole numbers are not my thing")
        return factor * x

    result = mark(program)
    assert earned(result) == [2, 0, 0.5]
    assert "It raised ValueError (whole numbers are not my thing) in line" in result.message
    assert '`raise ValueError("whole numbers are not my thing")`' in result.message


# answers that are none


def unwritten(x, factor):
    raise NotImplementedError


@pytest.mark.parametrize("program", [unwritten, ..., lambda x, factor: ...])
def test_an_answer_not_yet_written(program):
    result = mark(program)
    assert (result.state, result.score, result.tests) == ("not attempted", 0.0, ())


def test_an_unwritten_branch_leaves_the_rest_its_marks():
    def program(x, factor):
        if x.dtype != float:
            raise NotImplementedError
        return factor * x

    result = mark(program)
    assert (result.state, result.score) == ("failed", 2.5)


@pytest.mark.parametrize("value", [None, ...])
def test_a_value_not_yet_set(value):
    assert mark(value, EXERCISES["hand_step"]).state == "not attempted"


def test_a_missing_return_is_named():
    def program(x, factor):
        factor * x

    assert "returned None" in mark(program).message


def test_a_value_in_place_of_a_function():
    assert mark(3.0).message == "It is no function, but a float."


def test_an_interruption_ends_the_run():
    calls = []

    def program(x, factor):
        calls.append(x)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return factor * x

    result = mark(program)
    assert len(calls) == 3
    assert earned(result) == [0, 0, 0]
    assert result.message.startswith("The check was interrupted")


def test_what_ended_the_run_is_said_of_the_tests_that_it_cost():
    class Remote:
        def __init__(self):
            self.called = 0

        def calls(self, questions, *, writable):
            for question in questions:
                self.called += 1
                late = Outcome(failure=Failure("timeout", message="It took too long."))
                yield late if self.called > 4 else LocalCandidate(scaled).call(question.arguments)

    remote = Remote()
    result = Examination(SCALED).mark(remote)
    assert remote.called == 5
    assert earned(result) == [2, 0, 0.5]
    assert result.tests[1].message == "It took too long."


# it never raises, whatever comes


class Odd:
    def __call__(self, *arguments):
        return self

    def __array__(self, *args, **kwargs):
        raise ZeroDivisionError

    def __eq__(self, other):
        raise ZeroDivisionError

    def __repr__(self):
        raise ZeroDivisionError

    __hash__ = None


def recursive(*arguments):
    return recursive(*arguments)


def raiser(error):
    def program(*arguments):
        raise error

    return program


def returning(value):
    return lambda *arguments: value


JUNK = {
    "odd object": Odd(),
    "class": Odd,
    "number": 3,
    "text": "text",
    "builtin": len,
    "recursive": recursive,
    "system exit": raiser(SystemExit()),
    "interrupt": raiser(KeyboardInterrupt()),
    "exit of generators": raiser(GeneratorExit()),
    "memory": raiser(MemoryError()),
    "nothing": returning(None),
    "empty list": returning([]),
    "empty tuple": returning(()),
    "ragged": returning([[1.0], [1.0, 2.0]]),
    "nested texts": returning([["a"], ("b", None)]),
    "nan": returning(np.nan),
    "nans": returning([np.full(3, np.nan)] * 2),
    "infinite": returning((np.inf, -np.inf)),
    "complex": returning(np.ones(3) * 1j),
    "huge whole number": returning(10**400),
    "huge array": returning(np.broadcast_to(1.0, (10**6, 10**6))),
    "large array": returning(np.ones((300, 300))),
    "objects": returning(np.array([object(), None])),
    "generator": lambda *arguments: (x for x in arguments),
    "its arguments": lambda *arguments: arguments,
    "its first argument": lambda *arguments: arguments[0],
    "many dimensions": returning(np.ones((1,) * 20)),
    "mapping": returning({"a": 1}),
    "long text": returning("x" * 10**6),
    "strange indices": returning([np.array([10**6, -5]), [2**70]]),
    "booleans": returning([np.array([True, False])]),
}


@pytest.mark.parametrize("name", EXERCISES)
def test_junk_is_refused_in_words(name):
    exercise = EXERCISES[name]
    examination = Examination(exercise)
    for junk, program in JUNK.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = examination.mark(LocalCandidate(program))
        if exercise.probes[0].judge is None:  # any number is a prediction
            assert result.score == 0, junk
            assert result.state in ("failed", "not attempted"), junk
            assert 0 < len(result.message) <= LONGEST, junk
        assert repr(result)
        assert result._repr_html_()


def test_long_quotations_are_cut():
    judged = replace(
        SCALED.probes[0], judge=lambda arguments, value: f"Expected a number, got {value!r}."
    )
    exercise = replace(SCALED, probes=(judged,), wrong=())
    assert len(mark(returning("x" * 5000), exercise).message) == LONGEST


def test_judges_work_in_silence():
    judged = replace(
        SCALED.probes[0], judge=lambda arguments, value: str(np.log(np.zeros(1)) + len(value))
    )
    exercise = replace(SCALED, probes=(judged,), wrong=())
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        assert mark(scaled, exercise).message == "[-inf]"


# diagnosis


@pytest.mark.parametrize("version", SCALED.wrong, ids=lambda version: version.name)
def test_a_wrong_version_is_named(version):
    result = mark(version.program)
    assert (result.diagnosis, result.message) == (version.name, version.sentence)
    assert (result.detail, result.section) == ("Because.", "sec-toy")


def test_a_mistake_of_its_own_is_not_named():
    result = mark(lambda x, factor: -factor * x)
    assert result.diagnosis == ""
    assert "every number is -1 times the right one" in result.message
    assert result.section == SCALED.section


def test_what_does_not_write_is_not_taken_for_what_does():
    def doubled(x, factor):
        return 2 * x

    def doubled_in_place(x, factor):
        x += x
        return x

    exercise = replace(SCALED, wrong=(wrong("doubled in place", doubled_in_place),))
    assert mark(doubled_in_place, exercise).diagnosis == "doubled in place"
    assert mark(doubled, exercise).diagnosis == ""


def test_a_wrong_version_that_is_right_on_all_cases_names_nothing():
    exercise = replace(SCALED, wrong=(wrong("no mistake at all", scaled),))
    assert mark(lambda x, factor: 3 * x, exercise).diagnosis == ""


# expected exceptions


def roots(x):
    if x < 0:
        raise ValueError("negative")
    return x**0.5


ROOTS = replace(
    SCALED,
    reference=roots,
    probes=(
        Probe("roots", 1.0, lambda rng: (rng.uniform(1, 2),)),
        Probe("negative", 1.0, lambda rng: (rng.uniform(-2, -1),), raises="ValueError"),
    ),
    untouched=0.0,
    wrong=(),
)


def test_an_exception_that_is_asked_for():
    assert mark(roots, ROOTS).score == 2
    result = mark(lambda x: abs(x) ** 0.5, ROOTS)
    assert earned(result) == [1, 0]
    assert result.message == "Expected ValueError (negative), got a value."


def test_another_exception_will_not_do():
    result = mark(lambda x: x**0.5 if x > 0 else x[0], ROOTS)
    assert earned(result) == [1, 0]
    assert "It raised TypeError" in result.message or "It raised IndexError" in result.message


@pytest.mark.parametrize("reference", [lambda x: x**0.5, lambda x: 1 / 0, lambda x: x])
def test_a_reference_that_fails_where_it_should_not_examines_nobody(reference):
    probes = tuple(replace(p, raises="" if p.raises else "ValueError") for p in ROOTS.probes)
    with pytest.raises(BrokenExerciseError, match="on 'roots' its reference comes to"):
        Examination(replace(ROOTS, reference=reference, probes=probes))


# several calls, and facts


def _draws(rng):
    first, second = (Seeded(int(rng.integers(2**32))) for _ in range(2))
    return [(first,), (second,), (first,)]


def _facts(calls, outcome):
    first, second, again = outcome.value
    if np.ndim(first):
        raise UnreadableError("Expected a single number.")
    return {
        "another Generator gives another number": first != second,
        "an equal Generator gives an equal number": first == again,
        "it lies between 0 and 1": 0 <= first <= 1,
    }


RANDOM = replace(
    SCALED,
    reference=lambda rng: rng.random(),
    probes=(Probe("draws", 1.0, _draws, observe=_facts),),
    untouched=0.0,
    wrong=(wrong("a seed of its own", lambda rng: np.random.default_rng(0).random()),),
)


def test_facts_do_not_depend_on_how_the_generator_was_used():
    assert mark(lambda rng: 1 - rng.uniform(), RANDOM).state == "passed"
    assert mark(lambda rng: rng.normal() ** 2 % 1, RANDOM).state == "passed"


def test_facts_name_mistakes():
    result = mark(lambda rng: np.random.default_rng(5).random(), RANDOM)
    assert result.diagnosis == "a seed of its own"
    result = mark(lambda rng: np.random.default_rng().random(), RANDOM)
    assert result.message == "An equal Generator gives an equal number: expected yes, got no."


def test_what_cannot_be_observed_is_said():
    assert mark(lambda rng: rng.random(2), RANDOM).message == "Expected a single number."
    result = mark(lambda rng: "text", RANDOM)
    assert result.message == "Expected another kind of result, got a tuple."


def test_of_several_calls_the_first_that_gives_nothing_counts():
    calls = []

    def program(rng):
        calls.append(rng)
        if len(calls) > 1:
            raise ValueError("once only")
        return rng.random()

    result = mark(program, replace(RANDOM, probes=(replace(RANDOM.probes[0], draws=1),)))
    assert "ValueError (once only)" in result.message
    assert mark(lambda rng: ..., RANDOM).state == "not attempted"
    assert "returned None" in mark(lambda rng: None, RANDOM).message


def test_several_calls_note_writing_and_questions():
    def draw(rng):
        return [(np.zeros(1), abs), (np.ones(1), abs)]

    def program(x, f):
        if x[0] == 0:  # in the first call alone
            x += 1
        return f(x[0])

    seen = []

    def observe(calls, outcome):
        seen.append((outcome.wrote, len(outcome.asked)))
        return outcome.value

    exercise = replace(
        RANDOM, reference=program, probes=(Probe("both", 1.0, draw, 1, observe=observe),), wrong=()
    )
    mark(program, exercise)
    assert set(seen) == {(True, 2)}


# cases


def test_the_same_seed_gives_the_same_cases():
    def points(level, seed):
        return [case.arguments[0].tolist() for case in Examination(SCALED, level, seed).cases]

    assert points("public", "a") == points("public", "a")
    assert points("public", "a") != points("public", "b")
    assert points("hidden", "a")[:4] != points("public", "a")[:4]
    assert len(points("hidden", "a")) == 5 * len(points("public", "a"))


def test_one_examination_serves_many_candidates():
    examination = Examination(SCALED)
    results = [examination.mark(LocalCandidate(p)) for p in (scaled, lambda x, factor: x, scaled)]
    assert [result.state for result in results] == ["passed", "failed", "passed"]


def test_a_candidate_cannot_spoil_the_cases():
    def spoils(x, factor):
        x.flags.writeable = True
        x[:] = 0
        return factor * x

    examination = Examination(SCALED)
    assert not examination.mark(LocalCandidate(spoils)).tests[-1].passed
    assert examination.mark(LocalCandidate(scaled)).state == "passed"


def test_functions_take_their_arguments_by_position():
    for exercise in EXERCISES.values():
        for version in exercise.wrong:
            parameters = inspect.signature(version.program).parameters.values()
            assert all(p.kind is not p.KEYWORD_ONLY for p in parameters)
