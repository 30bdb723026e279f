"""`backtracking_line_search`: the Armijo condition."""

from collections.abc import Callable
from typing import Any

import numpy as np

from descent.checks.catalogue.gradient_descent.bowls import bowl
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.stepsize import backtracking_line_search


def _search_case(rng, lr0_range, judge):
    """Draws searches until `judge(tries)` holds and no comparison is near equality."""
    while True:
        d = int(rng.integers(2, 5))
        value, gradient, _ = bowl(rng, d)
        theta = rng.normal(size=d) * 3
        g = gradient(theta)
        direction = -g * rng.uniform(0.5, 2, size=d)
        lr0, shrink, c = rng.uniform(*lr0_range), rng.uniform(0.3, 0.8), rng.uniform(0.2, 0.7)
        lrs = lr0 * shrink ** np.arange(60)
        slope = g @ direction
        gaps = np.array(
            [value(theta + lr * direction) - value(theta) - c * lr * slope for lr in lrs]
        )
        tries = int(np.argmax(gaps <= 0))
        if np.abs(gaps[: tries + 1]).min() > 1e-6 and judge(tries):
            return value, theta, g, direction, lr0, shrink, c


def _ordinary_search(rng):
    return _search_case(rng, (3.0, 10.0), lambda tries: tries >= 1)


def _accepted_at_once(rng):
    return _search_case(rng, (0.02, 0.1), lambda tries: tries == 0)


def _zero_gradient(rng):
    value, _, centre = bowl(rng, 3)
    zero = np.zeros(3)
    return value, centre, zero, zero, rng.uniform(0.5, 2), 0.5, 0.3


def _uphill(rng):
    value, gradient, _ = bowl(rng, 3)
    theta = rng.normal(size=3) * 3
    g = gradient(theta)
    return value, theta, g, g * rng.uniform(0.5, 2, size=3), 1.0, 0.5, 0.3


def _search_for(f, theta, grad, direction, lr0, shrink, c):
    m = np.dot(grad, direction)
    if m > 0:
        raise ValueError("not a descent direction")
    for k in range(10_000):
        lr = lr0 * shrink**k
        if f(theta + lr * direction) - f(theta) <= c * lr * m:
            return lr
    raise ValueError("no step found")


def _search_while(f, theta, grad, direction, lr0, shrink, c):
    slope = float(np.sum(grad * direction))
    if slope > 0:
        raise ValueError(f"slope {slope}")
    f0 = f(theta)
    lr = lr0
    while f(theta + lr * direction) > f0 + c * lr * slope:
        lr *= shrink
    return lr


def _search_recursive(f, theta, grad, direction, lr0, shrink, c):
    if grad @ direction > 0:
        raise ValueError
    if f(theta + lr0 * direction) <= f(theta) + c * lr0 * (grad @ direction):
        return np.float64(lr0)
    return _search_recursive(f, theta, grad, direction, lr0 * shrink, shrink, c)


def _search_ratio(f, theta, grad, direction, lr0, shrink, c):
    predicted = -grad @ direction
    if predicted < 0:
        raise ValueError("uphill")
    lr = lr0
    while not f(theta) - f(theta + lr * direction) >= c * lr * predicted:
        lr = lr * shrink
    return np.array(lr)


def _search_generator(f, theta, grad, direction, lr0, shrink, c):
    slope = np.inner(grad, direction)
    if slope > 0:
        raise ValueError("direction must point downhill")
    start = f(theta)
    steps = (lr0 * shrink**k for k in range(5_000))
    return next(lr for lr in steps if f(theta + lr * direction) <= start + c * lr * slope)


def _line_search(
    acceptable: Callable[..., Any], *, first: int = 0, refuse: bool = True
) -> Callable:
    """A line search whose acceptance test is `acceptable(f, theta, d, lr, c, slope)`; it tries 400 times."""

    def search(f, theta, grad, direction, lr0, shrink, c):
        slope = grad @ direction
        if refuse and slope > 0:
            raise ValueError("not a descent direction")
        lr = lr0 * shrink**first
        for _ in range(400):
            if acceptable(f, theta, direction, lr, c, slope):
                break
            lr *= shrink
        return lr

    return search


def _armijo(f, theta, d, lr, c, slope):
    return f(theta + lr * d) <= f(theta) + c * lr * slope


def _shrinks_once_more(f, theta, grad, direction, lr0, shrink, c):
    found = backtracking_line_search(f, theta, grad, direction, lr0, shrink, c)
    return found * shrink if found < lr0 else found


def _grows(f, theta, grad, direction, lr0, shrink, c):
    lr = backtracking_line_search(f, theta, grad, direction, lr0, shrink, c)
    slope = grad @ direction
    while slope < 0 and _armijo(f, theta, direction, lr / shrink, c, slope):
        lr /= shrink
    return lr


def _theta_moved(f, theta, grad, direction, lr0, shrink, c):
    lr = backtracking_line_search(f, theta, grad, direction, lr0, shrink, c)
    theta += lr * direction
    return lr


def _own_direction(f, theta, grad, direction, lr0, shrink, c):
    if grad @ direction > 0:
        raise ValueError("not a descent direction")
    return backtracking_line_search(f, theta, grad, -grad, lr0, shrink, c)


SEARCH = Exercise(
    name="backtracking_line_search",
    title="Backtracking line search",
    section="sec-gd-line-search",
    difficulty=2,
    minutes=15,
    signature="backtracking_line_search(f, theta, grad, direction, lr0, shrink, c) -> float",
    reference=backtracking_line_search,
    probes=(
        Probe("searches that must shrink", 1.5, _ordinary_search),
        Probe("a first try that is good", 0.5, _accepted_at_once),
        Probe("a zero gradient", 0.5, _zero_gradient, draws=2),
        Probe("a direction that leads uphill", 0.5, _uphill, draws=2, raises="ValueError"),
    ),
    untouched=1.0,
    hints=(
        "Compare the loss after a step with a straight line: f(theta) + c * lr * <grad, direction>.",
        "While the new loss lies above the line, multiply lr by shrink. The slope is negative; keep its sign.",
        "slope = grad @ direction; raise ValueError if slope > 0; "
        "while f(theta + lr * direction) > f(theta) + c * lr * slope: lr = lr * shrink.",
    ),
    right=(_search_for, _search_while, _search_recursive, _search_ratio, _search_generator),
    wrong=(
        Wrong(
            "wrong slope sign",
            _line_search(lambda f, th, d, lr, c, s: f(th + lr * d) <= f(th) - c * lr * s),
            "Your line rises: the slope <grad, direction> has the wrong sign.",
            "The slope is negative along a descent direction; add c * lr * slope, so that the loss must fall.",
            "sec-gd-line-search",
        ),
        Wrong(
            "never shrinks",
            _line_search(lambda f, th, d, lr, c, s: True),
            "You always return lr0: the step is never shrunk.",
            "While the condition fails, lr must be multiplied by shrink and tried again.",
            "sec-gd-line-search",
        ),
        Wrong(
            "simple decrease",
            _line_search(lambda f, th, d, lr, c, s: f(th + lr * d) <= f(th)),
            "You accept any decrease: c does not enter your comparison.",
            "A tiny decrease for a long step is not enough to converge; the Armijo condition asks for c times the slope.",
            "sec-gd-line-search",
        ),
        Wrong(
            "lr missing in the line",
            _line_search(lambda f, th, d, lr, c, s: f(th + lr * d) <= f(th) + c * s),
            "The line you compare with does not depend on lr.",
            "The decrease that is asked for is proportional to the step: c * lr * slope.",
            "sec-gd-line-search",
        ),
        Wrong(
            "one shrink too many",
            _shrinks_once_more,
            "You shrink once more after the step was already acceptable.",
            "Return the first lr that meets the condition.",
            "sec-gd-line-search",
        ),
        Wrong(
            "negative gradient instead of direction",
            _own_direction,
            "You search along -grad; the direction was given.",
            "A line search serves any descent direction, momentum's and Newton's too.",
            "sec-gd-line-search",
        ),
        Wrong(
            "against the direction",
            _line_search(lambda f, theta, d, lr, c, slope: _armijo(f, theta, -d, lr, c, slope)),
            "You try theta - lr * direction; the direction points downhill already.",
            "The minus is in the direction: for gradient descent it is -grad.",
            "sec-gd-line-search",
        ),
        Wrong(
            "shrinks before trying",
            _line_search(_armijo, first=1),
            "You shrink lr0 before trying it.",
            "lr0 is tried first; if it meets the condition it is returned as it is.",
            "sec-gd-line-search",
        ),
        Wrong(
            "grows the step",
            _grows,
            "You enlarge the step while the condition still holds.",
            "Backtracking only shrinks: lr0 is the longest step that is tried.",
            "sec-gd-line-search",
        ),
        Wrong(
            "strictly below",
            _line_search(lambda f, th, d, lr, c, s: f(th + lr * d) < f(th) + c * lr * s),
            "You ask for < where <= is meant: with a zero gradient your loop finds nothing.",
            "At a minimum both sides are equal, and lr0 is accepted.",
            "sec-gd-line-search",
        ),
        Wrong(
            "uphill accepted",
            _line_search(_armijo, refuse=False),
            "You do not refuse a direction that leads uphill.",
            "Where <grad, direction> is positive no step can help; raise ValueError.",
            "sec-gd-line-search",
        ),
        Wrong(
            "theta moved",
            _theta_moved,
            "The step is right, but theta itself is moved.",
            "The search returns lr; taking the step is the caller's business.",
            "sec-gd-aliasing",
        ),
    ),
)
