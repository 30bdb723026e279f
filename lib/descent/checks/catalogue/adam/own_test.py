"""`test_adam_step`: the student's own test, tried on right Adams and on wrong ones."""

import math
from functools import cache

import numpy as np

from descent.checks.catalogue.adam import mistakes, right
from descent.checks.catalogue.own_tests import accepts, rejects
from descent.checks.exercise import Exercise, Wrong

ODD = (0.05, 0.6, 0.8, 1e-2)  # lr, beta1, beta2, eps: none of them a default
DEFAULT = (1e-3, 0.9, 0.999, 1e-8)
RIGHT_ONES = (right.folded, right.pulled, right.hypotenuse)
_THETA = np.array([1.0, -2.0, 0.5])
_ZEROS = np.zeros(3)


def _gradients(steps):
    return np.random.default_rng(0).normal(size=(steps, 3))


def _close(a, b):
    return bool(np.allclose(a, b, rtol=1e-7, atol=1e-12))


def _run(adam_step, gradients, settings, time=lambda t: t):
    """All (theta, m, v) of a run from rest."""
    state, states = (_THETA, _ZEROS, _ZEROS), []
    for t, grad in enumerate(gradients, start=1):
        theta, m, v = state
        state = adam_step(theta, grad, m, v, time(t), *settings)
        states.append(np.stack(state))
    return np.stack(states)


def _compares_runs(settings=ODD, steps=5, of=lambda states: states, same=_close, **run):
    """A test that compares `of` the states of a run with the right ones, by `same`."""

    gradients = _gradients(steps)

    @cache
    def right_ones():
        return of(_run(right.reference, gradients, settings, **run))

    def test(adam_step):
        return same(of(_run(adam_step, gradients, settings, **run)), right_ones())

    return test


def _compares_states(adam_step):
    """Single steps from states of every kind."""
    rng = np.random.default_rng(1)
    for t in (1, 2, 7):
        theta, grad, m = rng.normal(size=(3, 4))
        case = (theta, grad, m, rng.uniform(0, 2, size=4), t, *ODD)
        if not all(map(_close, adam_step(*case), right.weighted(*case))):
            return False
    return True


def _known_answers(adam_step):
    """Under a constant gradient m_hat is g and v_hat is g squared, so every step is the same."""
    lr, beta1, beta2, eps = ODD
    theta, m, v = _THETA, _ZEROS, _ZEROS
    g = np.array([0.01, -1.0, 3.0])
    for t in range(1, 4):
        theta, m, v = adam_step(theta, g, m, v, t, lr, beta1, beta2, eps)
        if not _close(theta, _THETA - t * lr * g / (np.abs(g) + eps)):
            return False
        if not _close(m, (1 - beta1**t) * g) or not _close(v, (1 - beta2**t) * g**2):
            return False
    return True


def _by_hand(adam_step):
    """One coordinate, with pencil-and-paper arithmetic."""
    lr, beta1, beta2, eps = ODD
    x = first = second = 0.0
    theta = m = v = np.zeros(1)
    for t, g in enumerate((0.3, -0.1, 0.02, 0.0, 1.5), start=1):
        theta, m, v = adam_step(theta, np.array([g]), m, v, t, *ODD)
        first += (1 - beta1) * (g - first)
        second += (1 - beta2) * (g * g - second)
        x -= lr * first / (1 - beta1**t) / (math.sqrt(second / (1 - beta2**t)) + eps)
        if abs(theta[0] - x) > 1e-9:
            return False
    return True


def _converges(adam_step):
    """theta squared goes down."""
    theta = np.ones(1)
    m = v = np.zeros(1)
    for t in range(1, 31):
        theta, m, v = adam_step(theta, 2 * theta, m, v, t, 0.05, *DEFAULT[1:])
    return bool(np.abs(theta).max() < 0.5)


def _changes(adam_step):
    theta, _, _ = adam_step(_THETA, np.ones(3), _ZEROS, _ZEROS, 1, *DEFAULT)
    return not np.array_equal(theta, _THETA)


def _fresh_starts(adam_step):
    """theta after a step from rest, at several t."""
    return all(
        _close(adam_step(*case)[0], right.reference(*case)[0])
        for t, grad in enumerate(_gradients(4), start=1)
        for case in [(_THETA, grad, _ZEROS, _ZEROS, t, *ODD)]
    )


def _step_lengths(states):
    thetas = np.vstack([_THETA[None], states[:, 0]])
    return np.abs(np.diff(thetas, axis=0))


def _theta_only(states):
    return states[:, 0]


def _states_and_late_thetas(states):
    """The moments from the start, but theta's steps only once bias correction has faded."""
    late = np.diff(states[:, 0], axis=0)[-3:]
    return np.concatenate([states[:, 1], states[:, 2], late])


OWN_TEST = Exercise(
    name="test_adam_step",
    title="Write the test that fails",
    section="sec-adam-testing",
    difficulty=3,
    minutes=15,
    signature="test_adam_step(adam_step) -> bool",
    reference=_compares_runs(),
    probes=(
        accepts("accepts right Adams", RIGHT_ONES, "Adam"),
        rejects("an Adam that goes uphill", mistakes.ascent, RIGHT_ONES),
        rejects("an Adam without bias correction", mistakes.no_bias_correction, RIGHT_ONES),
        rejects("an Adam that ignores t", mistakes.ignores_t, RIGHT_ONES),
        rejects(
            "an Adam that stores the corrected moments",
            mistakes.corrected_moments_stored,
            RIGHT_ONES,
        ),
        rejects("an Adam with epsilon inside the root", mistakes.epsilon_inside, RIGHT_ONES),
        rejects("an Adam that ignores its betas", mistakes.defaults_hard_coded, RIGHT_ONES),
    ),
    hints=(
        "One step from rest at the default settings shows little. How would each of the mistakes show?",
        "Take several steps, feed back what comes out, choose odd betas and an eps of 1e-2, "
        "and compare theta, m and v with numbers that you trust.",
        "Run adam_step and your own loop side by side for five steps with lr 0.05, betas 0.6 and 0.8, eps 1e-2; "
        "return whether np.allclose holds for theta, m and v after each.",
    ),
    right=(_compares_runs(), _compares_states, _known_answers, _by_hand, _compares_runs(steps=2)),
    wrong=(
        Wrong(
            "accepts everything",
            lambda adam_step: True,
            "Your test accepts every Adam, right or wrong.",
            "A test that cannot fail says nothing: compare with numbers that you trust.",
            "sec-adam-testing",
            twins=("only sees that theta changes",),
        ),
        Wrong(
            "only sees that theta changes",
            _changes,
            "Your test accepts every Adam that moves at all.",
            "Wrong Adams move too: compare with numbers that you trust.",
            "sec-adam-testing",
            twins=("accepts everything",),
        ),
        Wrong(
            "rejects everything",
            lambda adam_step: False,
            "Your test rejects Adams that are right.",
            "Try it on your own adam_step first, and compare with np.allclose: right programs round differently.",
            "sec-adam-testing",
            twins=("equality to the last bit",),
        ),
        Wrong(
            "returns nothing",
            lambda adam_step: None,
            "Your test returns None.",
            "End it with return True or return False.",
            "sec-adam-testing",
        ),
        Wrong(
            "only sees that it converges",
            _converges,
            "Your test accepts every Adam that gets near a minimum.",
            "Most wrong Adams converge as well, only not as they should: compare step by step.",
            "sec-adam-testing",
        ),
        Wrong(
            "one step at the defaults",
            _compares_runs(DEFAULT, steps=1, of=_theta_only),
            "Your test accepts what looks right after one step from rest with the usual settings.",
            "There m_hat is g whatever beta is, eps is too small to see, and nothing is fed back.",
            "sec-adam-testing",
        ),
        Wrong(
            "equality to the last bit",
            _compares_runs(same=np.array_equal),
            "Your test rejects right Adams that round differently.",
            "Numbers from another order of operations differ in the last bits: use np.allclose.",
            "sec-adam-testing",
            twins=("rejects everything",),
        ),
        Wrong(
            "compares lengths",
            _compares_runs(of=_step_lengths),
            "Your test sees how long the steps are, but not where they lead.",
            "Compare theta itself, or the steps with their signs.",
            "sec-adam-testing",
        ),
        Wrong(
            "looks too late",
            _compares_runs((0.05, 0.3, 0.5, 1e-2), steps=30, of=_states_and_late_thetas),
            "Your test does not see a missing bias correction: it looks at theta when the bias has faded.",
            "1 - beta**t is close to 1 after many steps; compare theta after the first ones too.",
            "sec-adam-testing",
        ),
        Wrong(
            "always the first step",
            _compares_runs(of=_theta_only, time=lambda t: 1),
            "Your test does not see an Adam that ignores t.",
            "Is t always 1 in your test? It must count the steps.",
            "sec-adam-testing",
        ),
        Wrong(
            "nothing fed back",
            _fresh_starts,
            "Your test does not see that the moments which come out are wrong.",
            "Compare m and v as well, or feed them back into the next step.",
            "sec-adam-testing",
        ),
        Wrong(
            "epsilon too small to see",
            _compares_runs((*ODD[:3], 1e-8)),
            "Your test does not see where epsilon stands.",
            "With eps = 1e-8 and gradients near 1 its place changes the ninth digit: try eps = 1e-2.",
            "sec-adam-testing",
        ),
        Wrong(
            "default betas",
            _compares_runs((0.05, 0.9, 0.999, 1e-2)),
            "Your test does not see an Adam that ignores its betas.",
            "With 0.9 and 0.999 it looks right: choose other values.",
            "sec-adam-testing",
        ),
    ),
)
