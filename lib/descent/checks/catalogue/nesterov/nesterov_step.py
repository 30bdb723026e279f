"""`nesterov_step`: one step of Nesterov's method, in torch's form; and the same function to be repaired."""

from dataclasses import replace

import numpy as np

from descent.checks.catalogue.momentum.momentum_step import coasting, running
from descent.checks.catalogue.nesterov.variants import VARIANTS
from descent.checks.comparing import step_scale
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.methods import nesterov


def _reference(theta, grad, velocity, lr, beta):
    theta, (velocity,) = nesterov(theta, grad, (velocity,), 1, lr=lr, beta=beta)
    return theta, velocity


def _copies_in_place(theta, grad, velocity, lr, beta):
    theta, velocity = theta.copy(), velocity.copy()
    velocity *= beta
    velocity += grad
    step = velocity.copy()
    step *= beta
    step += grad
    theta -= lr * step
    return theta, velocity


def _weights(theta, grad, velocity, lr, beta):
    return theta - lr * ((1 + beta) * grad + beta**2 * velocity), beta * velocity + grad


def _loop(theta, grad, velocity, lr, beta):
    new_theta, new_velocity = np.empty(theta.shape), np.empty(theta.shape)
    for i in np.ndindex(theta.shape):
        new_velocity[i] = beta * velocity[i] + grad[i]
        new_theta[i] = theta[i] - lr * (grad[i] + beta * new_velocity[i])
    return [new_theta, new_velocity]


def _through_lookahead(theta, grad, velocity, lr, beta):
    """Back to the point that looks ahead to theta, one step of momentum there, and ahead again."""
    base = theta + lr * beta * velocity
    velocity = beta * velocity + grad
    base = base - lr * velocity
    return base - lr * beta * velocity, velocity


def _matrix(theta, grad, velocity, lr, beta):
    turn = np.array([[1.0, -lr * beta**2], [0.0, beta]])
    push = np.array([-lr * (1 + beta), 1.0])
    return np.tensordot(turn, np.stack([theta, velocity]), axes=1) + np.multiply.outer(push, grad)


def _momentum(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    return theta - lr * velocity, velocity


def _rolled_once(theta, grad, velocity, lr, beta):
    return theta - lr * (grad + beta * velocity), beta * velocity + grad


def _second_roll_stored(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    velocity = grad + beta * velocity
    return theta - lr * velocity, velocity


def _moving_average(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + (1 - beta) * grad
    return theta - lr * ((1 - beta) * grad + beta * velocity), velocity


def _lr_inside(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + lr * grad
    return theta - (lr * grad + beta * velocity), velocity


def _gradient_twice(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    return theta - lr * (grad + velocity), velocity


def _gradient_forgotten(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    return theta - lr * beta * velocity, velocity


def _ascent(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    return theta + lr * (grad + beta * velocity), velocity


def _ahead_with_wrong_sign(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    return theta - lr * (grad - beta * velocity), velocity


def _velocity_not_kept(theta, grad, velocity, lr, beta):
    return _reference(theta, grad, velocity, lr, beta)[0], velocity


def _stops(theta, grad, velocity, lr, beta):
    if not grad.any():
        return theta, velocity
    return _reference(theta, grad, velocity, lr, beta)


def _in_place(theta, grad, velocity, lr, beta):
    velocity *= beta
    velocity += grad
    return theta - lr * (grad + beta * velocity), velocity


NESTEROV = Exercise(
    name="nesterov_step",
    title="One step, with the gradient where the parameters are",
    section="sec-nesterov-rule",
    difficulty=2,
    minutes=12,
    signature="nesterov_step(theta, grad, velocity, lr, beta) -> (theta, velocity)",
    reference=_reference,
    probes=(
        Probe("steps in mid-run", 1.5, running),
        Probe("steps where the gradient is zero", 0.5, coasting, draws=2),
    ),
    untouched=1.0,
    scale=step_scale(0),
    hints=(
        "The velocity is momentum's. What changes is the vector along which the parameters move.",
        "That vector is where the velocity would be after one more roll with the same gradient; it is not stored.",
        "velocity = beta * velocity + grad; theta = theta - lr * (grad + beta * velocity); return both.",
    ),
    right=(_copies_in_place, _weights, _loop, _through_lookahead, _matrix),
    wrong=(
        Wrong(
            "plain momentum",
            _momentum,
            "This is plain momentum: the velocity is rolled once, not twice.",
            "Nesterov's step moves along grad + beta * velocity with the new velocity.",
            "sec-nesterov-rule",
            twins=("rolled with the old velocity",),
        ),
        Wrong(
            "rolled with the old velocity",
            _rolled_once,
            "You move along grad + beta * velocity with the old velocity, which is plain momentum.",
            "The second roll starts from the velocity that this gradient has already updated.",
            "sec-nesterov-rule",
            twins=("plain momentum",),
        ),
        Wrong(
            "second roll stored",
            _second_roll_stored,
            "You store the second roll as the velocity.",
            "The second roll only says where to step; stored, it counts every gradient once more.",
            "sec-nesterov-rule",
        ),
        Wrong(
            "moving average",
            _moving_average,
            "Your velocity is a moving average: the gradient enters with the factor 1 - beta.",
            "In this form the gradient enters whole, and lr is chosen for that.",
            "sec-momentum-forms",
        ),
        Wrong(
            "lr inside the velocity",
            _lr_inside,
            "Your learning rate sits inside the velocity.",
            "That is Keras's form; once lr changes, old gradients keep their old lr and the two forms part.",
            "sec-momentum-schedule",
            mistake=23,
        ),
        Wrong(
            "second roll does not fade",
            _gradient_twice,
            "Your second roll does not fade: beta is missing before the new velocity.",
            "Each roll multiplies the velocity by beta and adds the gradient.",
            "sec-nesterov-rule",
        ),
        Wrong(
            "gradient forgotten in the second roll",
            _gradient_forgotten,
            "You move along beta * velocity alone; the second roll adds the gradient once more.",
            "Without it the step at the start of a run would be beta times too short, and lag for ever.",
            "sec-nesterov-rule",
        ),
        Wrong(
            "ascent",
            _ascent,
            "Your step goes uphill: it adds where it should subtract.",
            "Velocity and gradient both point uphill.",
            "sec-nesterov-rule",
        ),
        Wrong(
            "second roll subtracted",
            _ahead_with_wrong_sign,
            "You subtract beta * velocity from the gradient; the two add up.",
            "The second roll goes on in the direction of the velocity.",
            "sec-nesterov-rule",
        ),
        Wrong(
            "velocity not kept",
            _velocity_not_kept,
            "The step is right, but you return the old velocity.",
            "The next step needs the new one.",
            "sec-nesterov-rule",
        ),
        Wrong(
            "stops where the gradient is zero",
            _stops,
            "Your step stands still where the gradient is zero.",
            "A velocity carries on without a gradient, and fades by beta a step.",
            "sec-nesterov-rule",
        ),
        Wrong(
            "velocity changed in place",
            _in_place,
            "The numbers are right, but the velocity you were given is changed.",
            "velocity *= beta writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
    variants=VARIANTS,
)

REPAIRED = replace(
    NESTEROV,
    name="nesterov_repaired",
    title="Spot the bug: two rolls for one",
    minutes=10,
    variants=(),
    signature="nesterov_repaired(theta, grad, velocity, lr, beta) -> (theta, velocity)",
    hints=(
        "The first step from rest is right. Compare the velocity after it with the right one.",
        "Two different vectors are needed: one to keep, and one to move along. How many has the program?",
        "Keep velocity = beta * velocity + grad, and move along grad + beta * velocity without storing it.",
    ),
)
