"""`momentum_step` with one mistake each, and the words for it."""

from descent.checks.catalogue.momentum.right import reference
from descent.checks.exercise import Wrong


def _ema(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + (1 - beta) * grad
    return theta - lr * velocity, velocity


def _velocity_ignored(theta, grad, velocity, lr, beta):
    return theta - lr * grad, beta * velocity + grad


def _plain_descent(theta, grad, velocity, lr, beta):
    return theta - lr * grad, velocity


def _lr_inside(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + lr * grad
    return theta - velocity, velocity


def _lr_twice(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + lr * grad
    return theta - lr * velocity, velocity


def _ascent(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    return theta + lr * velocity, velocity


def _gradient_subtracted(theta, grad, velocity, lr, beta):
    velocity = beta * velocity - grad
    return theta - lr * velocity, velocity


def _downhill_velocity(theta, grad, velocity, lr, beta):
    velocity = beta * velocity - grad
    return theta + lr * velocity, velocity


def _nesterov(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    return theta - lr * (grad + beta * velocity), velocity


def _old_velocity(theta, grad, velocity, lr, beta):
    return theta - lr * velocity, beta * velocity + grad


def _velocity_not_kept(theta, grad, velocity, lr, beta):
    return theta - lr * (beta * velocity + grad), velocity


def _never_fades(theta, grad, velocity, lr, beta):
    velocity = velocity + grad
    return theta - lr * velocity, velocity


def _swapped_factor(theta, grad, velocity, lr, beta):
    velocity = (1 - beta) * velocity + beta * grad
    return theta - lr * velocity, velocity


def _beta_on_gradient(theta, grad, velocity, lr, beta):
    velocity = velocity + beta * grad
    return theta - lr * velocity, velocity


def _results_swapped(theta, grad, velocity, lr, beta):
    theta, velocity = reference(theta, grad, velocity, lr, beta)
    return velocity, theta


def _stops(theta, grad, velocity, lr, beta):
    if not grad.any():
        return theta, velocity
    return reference(theta, grad, velocity, lr, beta)


def _in_place(theta, grad, velocity, lr, beta):
    velocity *= beta
    velocity += grad
    return theta - lr * velocity, velocity


MISTAKES = (
    Wrong(
        "moving average",
        _ema,
        "Your velocity is a moving average: the gradient enters with the factor 1 - beta.",
        "That is momentum's other form, which needs a learning rate 1/(1 - beta) times as large for the same steps.",
        "sec-momentum-forms",
    ),
    Wrong(
        "velocity ignored",
        _velocity_ignored,
        "You update the velocity, but the step uses the gradient alone.",
        "The parameters move along the velocity: theta - lr * velocity.",
        "sec-momentum-rule",
    ),
    Wrong(
        "plain gradient descent",
        _plain_descent,
        "This is plain gradient descent: the velocity neither changes nor moves anything.",
        "Momentum remembers past gradients in the velocity, and steps along it.",
        "sec-momentum-rule",
    ),
    Wrong(
        "lr inside the velocity",
        _lr_inside,
        "Your learning rate sits inside the velocity: velocity = beta * velocity + lr * grad.",
        "That is the classical form; once lr changes, old gradients keep their old lr and the two forms part.",
        "sec-momentum-schedule",
        mistake=23,
    ),
    Wrong(
        "lr twice",
        _lr_twice,
        "You multiply by lr twice: in the velocity, and again in the step.",
        "Each gradient must be multiplied by lr once; here that happens in the step.",
        "sec-momentum-forms",
    ),
    Wrong(
        "ascent",
        _ascent,
        "Your step goes uphill: it adds lr * velocity instead of subtracting it.",
        "The velocity is a sum of gradients, and gradients point uphill.",
        "sec-momentum-rule",
    ),
    Wrong(
        "gradient subtracted",
        _gradient_subtracted,
        "You subtract the gradient in the velocity and subtract the velocity as well: two signs make an ascent.",
        "The velocity adds up gradients as they are; the one minus sign stands in the step.",
        "sec-momentum-rule",
    ),
    Wrong(
        "velocity points downhill",
        _downhill_velocity,
        "Your velocity has the other sign: it subtracts the gradient, and the step adds it.",
        "From a zero velocity the path is the same, but the velocity you are given, and must return, sums +grad.",
        "sec-momentum-forms",
    ),
    Wrong(
        "Nesterov's step",
        _nesterov,
        "This is Nesterov's step: the velocity is rolled a second time.",
        "Plain momentum moves along the new velocity itself.",
        "sec-nesterov-rule",
    ),
    Wrong(
        "old velocity",
        _old_velocity,
        "Your step uses the velocity from before this gradient.",
        "Update the velocity first, then move along it; otherwise every gradient comes one step late.",
        "sec-momentum-rule",
    ),
    Wrong(
        "velocity not kept",
        _velocity_not_kept,
        "The step is right, but you return the old velocity.",
        "The next step needs the new one: return what you moved along.",
        "sec-momentum-rule",
    ),
    Wrong(
        "never fades",
        _never_fades,
        "Your velocity never fades: beta is missing.",
        "Without the factor beta every old gradient counts for ever, and the run does not settle.",
        "sec-momentum-rule",
    ),
    Wrong(
        "beta on the gradient",
        _beta_on_gradient,
        "You multiply the gradient by beta; beta belongs to the velocity.",
        "The velocity fades by beta at each step, and the new gradient comes in whole.",
        "sec-momentum-rule",
    ),
    Wrong(
        "beta for 1 - beta",
        _swapped_factor,
        "Your factors are exchanged: beta belongs to the velocity, and the gradient has none here.",
        "beta near 1 means a long memory; with the factors exchanged it means almost none.",
        "sec-momentum-forms",
    ),
    Wrong(
        "results swapped",
        _results_swapped,
        "You return the velocity first; the parameters come first.",
        "The order is (theta, velocity).",
        "sec-momentum-rule",
    ),
    Wrong(
        "stops where the gradient is zero",
        _stops,
        "Your step stands still where the gradient is zero.",
        "A velocity carries on without a gradient, and fades by beta a step: that is what momentum means.",
        "sec-momentum-rule",
    ),
    Wrong(
        "velocity changed in place",
        _in_place,
        "The numbers are right, but the velocity you were given is changed.",
        "velocity *= beta writes into the caller's array; make a new one.",
        "sec-gd-aliasing",
        mistake=32,
    ),
)
