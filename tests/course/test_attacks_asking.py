"""Attacks on the functions that a question hands out, and that the checker itself computes when they are asked."""

import json
import resource
import textwrap

import attacks
import pytest

from descent.checks import EXERCISES
from descent.grading import intake
from descent.grading.marking.engine import Engine
from descent.grading.sandbox import doctor, ladder
from descent.grading.sandbox.limits import Limits

OWN_TESTS = ("test_adam_step", "test_paired_difference")
ASKED = ("test_adam_step", "scheduled_repaired", "nesterov_lookahead")
FIRST = """
import numpy as np
z = np.zeros(3)
"""
# Each is the body of `asks(f)`, where f is Adam's step: a function of nine arguments, most of which are set against each.
ASKS = {
    "a power of whole numbers": "f(z, z, z, z, 10**9, 0.1, 3, 3, 1e-8)",
    "a power of long whole numbers": "f(z, z, z, z, 2**62, 0.1, 2**62, 2**62, 1e-8)",
    "a list many times over": "f([0.0] * 3_000, z, [0.0] * 3_000, z, 1, 0.1, 10**9, 3, 1e-8)",
    "rows against columns": "f(z, np.zeros((1, 40_000)), np.zeros((40_000, 1)), z, 1, 0.1, 0.9, 0.9, 1e-8)",
    "one axis for each": "f(*(np.zeros([40 if i == j else 1 for j in range(9)]) for i in range(9)))",
    "no numbers in many rows": "f(*(np.zeros((0, 290_000)) for _ in range(9)))",
    "long texts among many": "f(['x' * 9_999] + ['a'] * 9_000, z, z, z, 1, 0.1, 0.9, 0.9, 1e-8)",
    "a text": "f('x' * 9_999, 'y', z, z, 1, 0.1, 'z', 0.9, 1e-8)",
    "with very many arguments": "f(*range(5_000))",
    "nothing": "f()",
    "not a number": "f(*(float('nan'),) * 9)",
    "nobody": "f(*(None,) * 9)",
    "complex numbers": "f(*(1j,) * 9)",
    "lists of different lengths": "f(*([[1.0], [1.0, 2.0]],) * 9)",
    "a function for a number": "f(*(f,) * 9)",
    "by names": "f(theta=z)",
    "from a thread, when it is over": "import threading, time; threading.Thread(target=lambda: [time.sleep(0.001) or f(*(z,) * 9) for _ in range(500)], daemon=True).start()",
    "when it dies": "class Odd:\n    __del__ = lambda self: [f(*(z,) * 9) for _ in range(50)]\nodd = Odd()\nodd.odd = odd",
    "at the end": "import atexit; atexit.register(lambda: [f(*(z,) * 9) for _ in range(50)])",
    "and goes on in an answer": "class Odd(np.ndarray):\n    __array_finalize__ = lambda self, other: f(*(z,) * 9)\nreturn z.view(Odd)",
    "by its number": "f._number = 10**9; f(z)",
    "with another's reader": "f._reader = open('/dev/zero', 'rb'); f(z)",
}  # fmt: skip


@pytest.fixture(scope="module", params=[3, 0], ids=lambda level: f"level_{level}")
def engine(request):
    if "yes" not in doctor._filter().found:
        pytest.skip("without a filter of system calls some attacks would do harm here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ladder.MOST_VARIABLE, str(request.param))
        limits = Limits(call=1.0, submission=15.0, memory=2**30)
        with Engine(
            [*ASKED, OWN_TESTS[1], attacks.SPIED], level="hidden", seed="s", limits=limits
        ) as engine:
            if engine.sandbox_level() < request.param:
                pytest.skip(f"this machine's sandbox does not reach level {request.param}")
            yield engine


def _largest() -> int:
    """Bytes that this process has taken at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("name", ASKS)
def test_no_question_earns_or_costs_the_checker_anything(engine, name):
    asks = f"def asks(f):\n{textwrap.indent(ASKS[name], '    ')}\n"
    kept = (
        f"{FIRST}{asks}def tried(f):\n    try: return asks(f)\n    except Exception: return None\n"
    )
    answers = {
        ASKED[0]: "def test_adam_step(step):\n    tried(step)\n    return 1.0\n",
        ASKED[
            1
        ]: "def scheduled_repaired(grad, theta0, schedule, n, k):\n    tried(schedule); tried(grad)\n    return theta0\n",
        ASKED[
            2
        ]: "def nesterov_lookahead(grad_fn, theta, velocity, lr, beta):\n    tried(grad_fn)\n    return theta, velocity\n",
        attacks.SPIED: attacks.RIGHT[attacks.SPIED],
    }
    notebook = attacks.notebook(*answers.items(), before=kept)
    parsed = intake.parse(json.dumps(notebook).encode())[0]
    before = _largest()
    results = engine.mark(intake.submission(parsed, intake.test_cells(parsed), []))
    assert {r.exercise: r.score for r in results} == {
        **dict.fromkeys((*ASKED, OWN_TESTS[1]), 0.0),
        attacks.SPIED: EXERCISES[attacks.SPIED].points,
    }
    assert _largest() - before < 200 * 2**20


@pytest.mark.parametrize("name", OWN_TESTS)
def test_a_test_that_counts_its_calls_earns_nothing(engine, name):
    """It knows how many right functions come first; the book says so to everybody."""
    cases = engine.examinations[name].cases
    right = sum(len(case.questions) for case in cases if case.probe is cases[0].probe)
    counts = f"calls = 0\ndef {name}(f):\n    global calls\n    calls += 1\n    return calls <= {right}\n"
    parsed = intake.parse(json.dumps(attacks.notebook((name, counts))).encode())[0]
    results = engine.mark(intake.submission(parsed, intake.test_cells(parsed), []))
    (result,) = (r for r in results if r.exercise == name)
    assert result.score == 0
    assert "remember calls" in result.message


def test_numbers_in_lists_do_not_fill_the_checkers_memory(engine):
    """Said over and over from within a call, which costs it next to nothing."""
    answer = f"""
{attacks._LINE}
header = b'["Returned",[{{"list":[' + b"0.5," * 500_000 + b'0.5]}},null],[]]'
message = struct.pack(">III", len(header), 0, 0) + header
def nesterov_lookahead(*arguments):
    say(message)
    return 0.0
"""
    parsed = intake.parse(json.dumps(attacks.notebook((ASKED[2], answer))).encode())[0]
    before = _largest()
    results = engine.mark(intake.submission(parsed, intake.test_cells(parsed), []))
    (result,) = (r for r in results if r.exercise == ASKED[2])
    assert result.score == 0
    assert "Expected" in result.message
    assert _largest() - before < 350 * 2**20
