"""`descend_until`: a stopping rule."""

from collections.abc import Callable
from typing import Any

import numpy as np

from descent.checks.catalogue.gradient_descent.bowls import bowl
from descent.checks.catalogue.gradient_descent.trajectory import reference_descent
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.methods import gradient_descent as rule


def _reference_until(grad, theta0, lr, tolerance, max_steps):
    theta = np.array(theta0, dtype=float)
    for k in range(max_steps):
        g = grad(theta)
        if (g**2).sum() ** 0.5 <= tolerance:
            return theta, k
        theta, _ = rule(theta, g, (), k + 1, lr=lr)
    return theta, max_steps


def _run_with_norms(rng):
    """A run of 30 steps on a bowl, and the gradient norm at each of its points."""
    _, gradient, _ = bowl(rng, 3)
    theta0, lr = rng.normal(size=3) * 2, rng.uniform(0.1, 0.4)
    path = reference_descent(gradient, theta0, lr, 30)
    return gradient, theta0, lr, np.array([np.linalg.norm(gradient(theta)) for theta in path])


def _ordinary_until(rng):
    """The tolerance lies between two neighbouring norms, far from both."""
    gradient, theta0, lr, norms = _run_with_norms(rng)
    k = int(rng.integers(4, 15))
    return gradient, theta0, lr, float(np.sqrt(norms[k - 1] * norms[k])), 1000


def _out_of_steps(rng):
    gradient, theta0, lr, norms = _run_with_norms(rng)
    k = int(rng.integers(8, 15))
    return gradient, theta0, lr, float(np.sqrt(norms[k - 1] * norms[k])), int(rng.integers(2, 6))


def _good_start(rng):
    gradient, theta0, lr, norms = _run_with_norms(rng)
    return gradient, theta0, lr, 2 * float(norms[0]), 50


def _until_while(grad, theta0, lr, tolerance, max_steps):
    theta, k = np.array(theta0, float), 0
    g = grad(theta)
    while np.linalg.norm(g) > tolerance and k < max_steps:
        theta = theta - lr * g
        g = grad(theta)
        k += 1
    return theta, k


def _until_break(grad, theta0, lr, tolerance, max_steps):
    theta = theta0 + 0.0
    steps = 0
    while steps < max_steps:
        g = grad(theta)
        if np.sqrt(np.sum(g * g)) <= tolerance:
            break
        theta = theta - lr * g
        steps = steps + 1
    return [theta, steps]


def _until_recursive(grad, theta0, lr, tolerance, max_steps):
    g = grad(theta0)
    if max_steps == 0 or g @ g <= tolerance**2:
        return np.array(theta0, float), 0
    theta, k = _until_recursive(grad, theta0 - lr * g, lr, tolerance, max_steps - 1)
    return theta, k + 1


def _until_path(grad, theta0, lr, tolerance, max_steps):
    path = [np.array(theta0, float)]
    while len(path) <= max_steps and np.linalg.norm(grad(path[-1])) > tolerance:
        path.append(path[-1] - lr * grad(path[-1]))
    return path[-1], np.int64(len(path) - 1)


def _until_for_else(grad, theta0, lr, tolerance, max_steps):
    theta = theta0.astype(float)
    for k in range(max_steps):
        g = grad(theta)
        if np.hypot.reduce(g) <= tolerance:
            return theta, k
        theta = theta - lr * g
    return theta, max_steps


def _until(small: Callable[..., Any], *, budget: bool = True) -> Callable:
    """Descends until `small(g, lr, tolerance)`; without a budget it goes on to 5,000 steps."""

    def run(grad, theta0, lr, tolerance, max_steps):
        theta = np.array(theta0, dtype=float)
        for k in range(max_steps if budget else 5000):
            g = grad(theta)
            if small(g, lr, tolerance):
                return theta, k
            theta = theta - lr * g
        return theta, max_steps

    return run


def _one_step_late(grad, theta0, lr, tolerance, max_steps):
    theta, k = np.array(theta0, dtype=float), 0
    while k < max_steps:
        g = grad(theta)
        theta, k = theta - lr * g, k + 1
        if np.linalg.norm(g) <= tolerance:
            break
    return theta, k


def _steps_first(grad, theta0, lr, tolerance, max_steps):
    theta, k = np.array(theta0, dtype=float), 0
    while True:
        theta, k = theta - lr * grad(theta), k + 1
        if np.linalg.norm(grad(theta)) <= tolerance or k >= max_steps:
            return theta, k


def _until_in_place(grad, theta0, lr, tolerance, max_steps):
    theta, k = _reference_until(grad, theta0, lr, tolerance, max_steps)
    theta0[:] = theta
    return theta0.copy(), k


UNTIL = Exercise(
    name="descend_until",
    title="A stopping rule",
    section="sec-gd-stopping",
    difficulty=2,
    minutes=12,
    signature="descend_until(grad, theta0, lr, tolerance, max_steps) -> (theta, steps)",
    reference=_reference_until,
    probes=(
        Probe("runs that reach the tolerance", 1.5, _ordinary_until),
        Probe("runs that use up their steps", 0.5, _out_of_steps),
        Probe("a start that is good enough", 0.5, _good_start, draws=2),
    ),
    untouched=0.5,
    hints=(
        "The rule looks at the gradient where you are, before the step, not at the step you took.",
        "Count the steps taken. Stop when the norm of the gradient is at most tolerance, or no step is left.",
        "while np.linalg.norm(grad(theta)) > tolerance and k < max_steps: theta = theta - lr * grad(theta); k += 1",
    ),
    right=(_until_while, _until_break, _until_recursive, _until_path, _until_for_else),
    wrong=(
        Wrong(
            "length of the step",
            _until(lambda g, lr, tol: lr * np.linalg.norm(g) <= tol),
            "You compare the length of the step, lr * ‖g‖, with the tolerance.",
            "A small learning rate makes every step short, far from any minimum; compare ‖g‖ itself.",
            "sec-gd-stopping",
        ),
        Wrong(
            "largest component",
            _until(lambda g, lr, tol: np.abs(g).max() <= tol),
            "You compare the largest component of the gradient; its Euclidean norm is meant.",
            "The largest component is never larger than the norm, so your run stops too soon.",
            "sec-gd-stopping",
        ),
        Wrong(
            "squared norm",
            _until(lambda g, lr, tol: g @ g <= tol),
            "You compare the squared norm with the tolerance; take its root.",
            "‖g‖² and ‖g‖ differ by orders of magnitude when both are small.",
            "sec-gd-stopping",
        ),
        Wrong(
            "signed gradient",
            _until(lambda g, lr, tol: g.max() <= tol),
            "You compare the gradient without its absolute value: a large negative component counts as small.",
            "Only the norm says how far the gradient is from zero.",
            "sec-gd-stopping",
        ),
        Wrong(
            "one step late",
            _one_step_late,
            "You take one more step after the gradient is small enough.",
            "Test the gradient before the step: if it is small enough, theta is the answer.",
            "sec-gd-stopping",
        ),
        Wrong(
            "no budget",
            _until(lambda g, lr, tol: np.linalg.norm(g) <= tol, budget=False),
            "You do not stop after max_steps.",
            "Without a limit a run that diverges, or crawls, never ends.",
            "sec-gd-stopping",
        ),
        Wrong(
            "steps before looking",
            _steps_first,
            "You take a step even when the start is already good enough.",
            "Test first: the right number of steps may be 0.",
            "sec-gd-stopping",
        ),
        Wrong(
            "start changed",
            _until_in_place,
            "The result is right, but theta0 is changed.",
            "The array belongs to the caller; begin with a copy.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
