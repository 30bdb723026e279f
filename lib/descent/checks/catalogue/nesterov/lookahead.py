"""`nesterov_lookahead`: the form that asks for the gradient ahead of the parameters."""

import numpy as np

from descent.checks.catalogue.gradient_descent.bowls import bowl
from descent.checks.comparing import step_scale
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.methods import nesterov_lookahead


def _reference(grad_fn, theta, velocity, lr, beta):
    state, hyper = (velocity,), {"lr": lr, "beta": beta}
    grad = grad_fn(nesterov_lookahead.query(theta, state, 1, **hyper))
    theta, (velocity,) = nesterov_lookahead(theta, grad, state, 1, **hyper)
    return theta, velocity


def _running(rng):
    d = int(rng.integers(2, 6))
    _, gradient, _ = bowl(rng, d)
    theta, velocity = rng.normal(size=d), rng.normal(size=d)
    return (
        gradient.value,
        theta,
        velocity,
        float(10 ** rng.uniform(-2, -0.5)),
        rng.uniform(0.1, 0.95),
    )


def _places(arguments, outcome):
    """The points at which the gradient was asked for."""
    return tuple(point for (point,) in outcome.asked[0])


def _asked_once_ahead(arguments, places):
    _, theta, velocity, lr, beta = arguments
    if len(places) != 1:
        return f"One gradient is enough for a step; grad_fn was asked {len(places)} times."
    ahead = theta - lr * beta * velocity
    if places[0].shape != ahead.shape or not np.allclose(places[0], ahead, rtol=1e-9, atol=1e-12):
        return "The gradient was asked for at another point than theta - lr * beta * velocity."
    return None


def _textbook(grad_fn, theta, velocity, lr, beta):
    ahead = theta - lr * beta * velocity
    velocity = beta * velocity + grad_fn(ahead)
    return theta - lr * velocity, velocity


def _from_the_point_ahead(grad_fn, theta, velocity, lr, beta):
    faded = beta * velocity
    ahead = theta - lr * faded
    grad = grad_fn(ahead)
    return ahead - lr * grad, faded + grad


def _copies_in_place(grad_fn, theta, velocity, lr, beta):
    theta, velocity = theta.copy(), velocity.copy()
    velocity *= beta
    theta -= lr * velocity
    grad = grad_fn(theta)
    velocity += grad
    theta -= lr * grad
    return theta, velocity


def _displacement(grad_fn, theta, velocity, lr, beta):
    """In terms of the displacement -lr * velocity, as the classical form keeps it."""
    move = -lr * velocity
    move = beta * move - lr * np.asarray(grad_fn(theta + beta * move))
    return theta + move, -move / lr


def _stacked(grad_fn, theta, velocity, lr, beta):
    coasted = np.array([[1.0, -lr * beta], [0.0, beta]]) @ np.stack([theta, velocity])
    return coasted + np.outer([-lr, 1.0], grad_fn(coasted[0]))


def _asks_at(place):
    """Right but for the place where the gradient is asked for, `place(theta, velocity, lr, beta)`."""

    def program(grad_fn, theta, velocity, lr, beta):
        velocity_new = beta * velocity + grad_fn(place(theta, velocity, lr, beta))
        return theta - lr * velocity_new, velocity_new

    return program


def _steps_from_ahead(grad_fn, theta, velocity, lr, beta):
    ahead = theta - lr * beta * velocity
    velocity = beta * velocity + grad_fn(ahead)
    return ahead - lr * velocity, velocity


def _returns_ahead(grad_fn, theta, velocity, lr, beta):
    theta, velocity = _textbook(grad_fn, theta, velocity, lr, beta)
    return theta - lr * beta * velocity, velocity


def _asks_twice(grad_fn, theta, velocity, lr, beta):
    ahead = theta - lr * beta * velocity
    velocity = beta * velocity + grad_fn(ahead)
    return theta - lr * (velocity + 0 * grad_fn(ahead)), velocity


def _asks_here_too(grad_fn, theta, velocity, lr, beta):
    grad_fn(theta)
    return _textbook(grad_fn, theta, velocity, lr, beta)


def _lr_inside(grad_fn, theta, velocity, lr, beta):
    velocity = beta * velocity + lr * grad_fn(theta - beta * velocity)
    return theta - velocity, velocity


def _velocity_ignored(grad_fn, theta, velocity, lr, beta):
    grad = grad_fn(theta - lr * beta * velocity)
    return theta - lr * grad, beta * velocity + grad


def _ascent(grad_fn, theta, velocity, lr, beta):
    velocity = beta * velocity + grad_fn(theta - lr * beta * velocity)
    return theta + lr * velocity, velocity


def _in_place(grad_fn, theta, velocity, lr, beta):
    theta -= lr * beta * velocity
    grad = grad_fn(theta)
    return theta - lr * grad, beta * velocity + grad


LOOKAHEAD = Exercise(
    name="nesterov_lookahead",
    title="Look ahead, then step",
    section="sec-nesterov-lookahead",
    difficulty=2,
    minutes=12,
    signature="nesterov_lookahead(grad_fn, theta, velocity, lr, beta) -> (theta, velocity)",
    reference=_reference,
    probes=(
        Probe("steps in mid-run", 1.5, _running),
        Probe(
            "one gradient, asked for ahead",
            1.0,
            _running,
            judge=_asked_once_ahead,
            observe=_places,
        ),
    ),
    untouched=0.5,
    scale=step_scale(1),
    hints=(
        "Where will the old velocity carry the parameters by itself? Ask for the gradient there.",
        "The point ahead serves for the gradient only: the step starts from theta.",
        "velocity = beta * velocity + grad_fn(theta - lr * beta * velocity); theta = theta - lr * velocity.",
    ),
    right=(_textbook, _from_the_point_ahead, _copies_in_place, _displacement, _stacked),
    wrong=(
        Wrong(
            "gradient at the old point",
            _asks_at(lambda theta, velocity, lr, beta: theta),
            "You ask for the gradient at theta, which is plain momentum.",
            "Nesterov's method asks where the velocity is about to lead: theta - lr * beta * velocity.",
            "sec-nesterov-lookahead",
        ),
        Wrong(
            "looks back",
            _asks_at(lambda theta, velocity, lr, beta: theta + lr * beta * velocity),
            "You look back: the point is theta + lr * beta * velocity.",
            "The step subtracts the velocity, so the point ahead subtracts it too.",
            "sec-nesterov-lookahead",
        ),
        Wrong(
            "lr missing in the look ahead",
            _asks_at(lambda theta, velocity, lr, beta: theta - beta * velocity),
            "lr is missing in your look ahead.",
            "The velocity moves the parameters by lr * velocity, so that is how far to look; "
            "only in the classical form does the velocity hold lr already.",
            "sec-momentum-forms",
        ),
        Wrong(
            "beta missing in the look ahead",
            _asks_at(lambda theta, velocity, lr, beta: theta - lr * velocity),
            "beta is missing in your look ahead: you look too far.",
            "The old velocity fades by beta before it moves the parameters.",
            "sec-nesterov-lookahead",
        ),
        Wrong(
            "steps from the point ahead",
            _steps_from_ahead,
            "Your step starts from the point ahead, so the old velocity moves you twice.",
            "The point ahead serves for the gradient only; the step starts from theta.",
            "sec-nesterov-lookahead",
        ),
        Wrong(
            "returns the point ahead",
            _returns_ahead,
            "You return the next point ahead instead of theta.",
            "Those are the iterates of the other form; here theta itself is wanted.",
            "sec-nesterov-forms",
        ),
        Wrong(
            "asks twice",
            _asks_twice,
            "The numbers are right, but you ask for the same gradient twice.",
            "A gradient is what a step costs: keep it in a variable.",
            "sec-nesterov-lookahead",
        ),
        Wrong(
            "asks at theta as well",
            _asks_here_too,
            "The numbers are right, but you also ask for the gradient at theta, and do not need it.",
            "One gradient a step, at the point ahead: that is the price of momentum and of Nesterov alike.",
            "sec-nesterov-lookahead",
        ),
        Wrong(
            "lr inside the velocity",
            _lr_inside,
            "Your learning rate sits inside the velocity.",
            "That is the classical form; the velocity here is a sum of gradients without lr.",
            "sec-momentum-schedule",
            mistake=23,
        ),
        Wrong(
            "velocity ignored",
            _velocity_ignored,
            "Your step uses the gradient alone; it must move along the new velocity.",
            "The look ahead says where to ask, and the velocity where to go.",
            "sec-nesterov-lookahead",
        ),
        Wrong(
            "ascent",
            _ascent,
            "Your step goes uphill: it adds lr * velocity instead of subtracting it.",
            "The velocity is a sum of gradients, and gradients point uphill.",
            "sec-nesterov-lookahead",
        ),
        Wrong(
            "theta changed in place",
            _in_place,
            "The numbers are right, but the theta you were given is moved to the point ahead.",
            "theta -= … writes into the caller's array; give the point ahead a name of its own.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
)
