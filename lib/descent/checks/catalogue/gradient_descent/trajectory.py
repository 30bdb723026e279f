"""`gradient_descent`: the whole way of a run."""

import numpy as np

from descent.checks.catalogue.gradient_descent.bowls import bowl
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.methods import gradient_descent as rule


def reference_descent(grad, theta0, lr, steps):
    """All points of `steps` steps of gradient descent from theta0, the start included."""
    theta = np.array(theta0, dtype=float)
    trajectory = [theta]
    for t in range(1, steps + 1):
        theta, _ = rule(theta, grad(theta), (), t, lr=lr)
        trajectory.append(theta)
    return np.stack(trajectory)


def _ordinary_descent(rng):
    d = int(rng.integers(2, 5))
    _, gradient, _ = bowl(rng, d)
    return gradient, rng.normal(size=d), rng.uniform(0.05, 0.4), int(rng.integers(3, 12))


def _no_steps(rng):
    _, gradient, _ = bowl(rng, 3)
    return gradient, rng.normal(size=3), rng.uniform(0.05, 0.4), 0


def _integer_start(rng):
    _, gradient, _ = bowl(rng, 3)
    return gradient, rng.integers(-4, 5, size=3), rng.uniform(0.05, 0.4), 1


def _start_at_minimum(rng):
    _, gradient, centre = bowl(rng, 3)
    return gradient, centre, rng.uniform(0.05, 0.4), 4


def _descent_preallocated(grad, theta0, lr, steps):
    path = np.empty((steps + 1, len(theta0)))
    path[0] = theta0
    for k in range(steps):
        path[k + 1] = path[k] - lr * grad(path[k])
    return path


def _descent_in_place_with_copies(grad, theta0, lr, steps):
    theta = np.array(theta0, dtype=np.float64)
    path = [theta.copy()]
    for _ in range(steps):
        theta -= lr * grad(theta)
        path.append(theta.copy())
    return path


def _descent_recursive(grad, theta0, lr, steps):
    theta0 = np.asarray(theta0) * 1.0
    if steps == 0:
        return theta0[None]
    rest = _descent_recursive(grad, theta0 - lr * grad(theta0), lr, steps - 1)
    return np.vstack([theta0[None], rest])


def _descent_while(grad, theta0, lr, steps, k=0):
    path = np.zeros((steps + 1, np.size(theta0)))
    path[0, :] = theta0
    while k < steps:
        k += 1
        path[k] = path[k - 1] + lr * -grad(path[k - 1])
    return path


def _descent_accumulate(grad, theta0, lr, steps):
    from itertools import accumulate

    start = [float(x) for x in theta0]
    walk = accumulate(range(steps), lambda th, _: th - lr * grad(th), initial=np.array(start))
    return np.array(list(walk))


def _ascent(grad, theta0, lr, steps):
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] + lr * grad(path[-1]))
    return np.array(path)


def _aliased(grad, theta0, lr, steps):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for _ in range(steps):
        theta -= lr * grad(theta)
        path.append(theta)
    return np.array(path)


def _without_start(grad, theta0, lr, steps):
    return reference_descent(grad, theta0, lr, steps)[1:]


def _one_step_short(grad, theta0, lr, steps):
    return reference_descent(grad, theta0, lr, steps)[:-1]


def _only_final(grad, theta0, lr, steps):
    return reference_descent(grad, theta0, lr, steps)[-1]


def _start_mutated(grad, theta0, lr, steps):
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        theta0[:] = theta0 - lr * grad(theta0)
        path.append(np.array(theta0, dtype=float))
    return np.array(path)


def _start_overwritten(grad, theta0, lr, steps):
    path = reference_descent(grad, theta0, lr, steps)
    theta0[...] = path[-1].astype(theta0.dtype)
    return path


def _stale_gradient(grad, theta0, lr, steps):
    theta = np.array(theta0, dtype=float)
    g = grad(theta)
    path = [theta]
    for _ in range(steps):
        theta = theta - lr * g
        path.append(theta)
    return np.array(path)


def _normalised(grad, theta0, lr, steps):
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        g = grad(path[-1])
        path.append(path[-1] - lr * g / np.linalg.norm(g))
    return np.array(path)


def _integer_truncated(grad, theta0, lr, steps):
    path = np.empty((steps + 1, len(theta0)), dtype=theta0.dtype)
    path[0] = theta0
    for k in range(steps):
        path[k + 1] = path[k] - lr * grad(path[k])
    return path


def _stops_early(grad, theta0, lr, steps):
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        g = grad(path[-1])
        if np.linalg.norm(g) < 1e-12:
            break
        path.append(path[-1] - lr * g)
    return np.array(path)


def _always_one_step(grad, theta0, lr, steps):
    path = [np.array(theta0, dtype=float)]
    while True:
        path.append(path[-1] - lr * grad(path[-1]))
        if len(path) > steps:
            return np.array(path)


DESCENT = Exercise(
    name="gradient_descent",
    title="Gradient descent",
    section="sec-gd-rule",
    difficulty=1,
    minutes=12,
    signature="gradient_descent(grad, theta0, lr, steps) -> (steps + 1, d)",
    reference=reference_descent,
    probes=(
        Probe("ordinary runs", 1.5, _ordinary_descent),
        Probe("no steps at all", 0.5, _no_steps, draws=2),
        Probe("a start of whole numbers", 0.5, _integer_start),
        Probe("a start at the minimum", 0.5, _start_at_minimum, draws=2),
    ),
    untouched=1.0,
    hints=(
        "One step is theta - lr * grad(theta). Which points does the result hold, and how many are they?",
        "Begin a list with the start as floats, and append a new array in each of the steps.",
        "path = [np.array(theta0, dtype=float)], then `steps` times path.append(path[-1] - lr * grad(path[-1])); "
        "return np.array(path).",
    ),
    right=(
        _descent_preallocated,
        _descent_in_place_with_copies,
        _descent_recursive,
        _descent_while,
        _descent_accumulate,
    ),
    wrong=(
        Wrong(
            "ascent",
            _ascent,
            "Your step goes uphill: it adds lr * grad(theta) instead of subtracting it.",
            "The gradient points to where the loss grows fastest; descent goes against it.",
            "sec-gd-rule",
        ),
        Wrong(
            "aliased history",
            _aliased,
            "Every row of your trajectory is the same array, changed in place: all of them show the last point.",
            "theta -= … changes the array that the list already holds; append a copy, or make a new array.",
            "sec-gd-aliasing",
            mistake=32,
        ),
        Wrong(
            "start missing",
            _without_start,
            "Your trajectory begins after the first step: theta0 itself is missing.",
            "A run of `steps` steps has steps + 1 points, and the start is the first.",
            "sec-gd-rule",
        ),
        Wrong(
            "one step short",
            _one_step_short,
            "Your trajectory is one step short: it ends before the last step.",
            "A run of `steps` steps has steps + 1 points.",
            "sec-gd-rule",
        ),
        Wrong(
            "only the last point",
            _only_final,
            "You return the last point alone; the whole trajectory is wanted.",
            "Keep every point, the start included, as the rows of one array.",
            "sec-gd-rule",
        ),
        Wrong(
            "start changed",
            _start_mutated,
            "Your function changes theta0, which belongs to its caller.",
            "theta0[:] = … and theta -= … write into the array that was passed; begin with a copy.",
            "sec-gd-aliasing",
            mistake=32,
        ),
        Wrong(
            "start overwritten",
            _start_overwritten,
            "Your function returns the right points, but leaves theta0 changed.",
            "The array belongs to the caller, who may want to start from it again; begin with a copy.",
            "sec-gd-aliasing",
            mistake=32,
        ),
        Wrong(
            "stale gradient",
            _stale_gradient,
            "You use the gradient at the start in every step.",
            "The gradient changes from point to point: ask grad anew at each theta.",
            "sec-gd-rule",
            mistake=9,
        ),
        Wrong(
            "gradient normalised",
            _normalised,
            "You divide the gradient by its length: every step is lr long.",
            "Steps must shrink as the gradient does, or the run never settles; at the minimum it even divides by zero.",
            "sec-gd-rule",
        ),
        Wrong(
            "whole numbers",
            _integer_truncated,
            "Your points are cut to whole numbers when theta0 holds whole numbers.",
            "An array of integers stays one when floats are stored in it; convert theta0 to float first.",
            "sec-gd-aliasing",
        ),
        Wrong(
            "stops early",
            _stops_early,
            "Your run ends before `steps` steps when the gradient is zero.",
            "This function has no stopping rule: at a minimum it stays there for all the steps.",
            "sec-gd-stopping",
        ),
        Wrong(
            "always steps once",
            _always_one_step,
            "Your function takes one step even when steps is 0.",
            "Test whether a step is left before taking it.",
            "sec-gd-rule",
        ),
    ),
)
