"""What a graded notebook may change in the exercises of chapter 4."""

from descent.checks.catalogue.held import HELD
from descent.checks.catalogue.momentum.variants import VARIANTS
from descent.checks.variants import Change, times, to_repair


def _damped(d: float) -> Change:
    return Change(
        name=f"gradients damped by {d:g}",
        statement=rf"""The velocity that you convert to **damps each gradient by {d:g}**, so that it takes in only a part of it:

$$v_{{k+1}} = \beta v_k + {1 - d:g}\,\nabla f(\theta_k), \qquad \theta_{{k+1}} = \theta_k - \eta\, v_{{k+1}}.$$

Given the learning rate of the moving average, return the one with which this form takes the same steps.""",
        hint=f"The velocity is {1 - d:g} times the book's, so its learning rate is the book's divided by {1 - d:g}.",
        program=times(1 / (1 - d)),
    )


def _penalised(c: float) -> Change:
    return Change(
        name=f"curvatures raised by {c:g}",
        statement=rf"""**The loss has a penalty** $\frac{{{c:g}}}{{2}}\lVert\theta\rVert^2$, which adds ${c:g}$ to every curvature: `mu` and `L` are the
curvatures without it. Return the best `(lr, beta)` for the loss with the penalty.""",
        hint=f"Put mu + {c:g} for mu and L + {c:g} for L.",
        program=lambda book: lambda mu, L: book(mu + c, L + c),
    )


GIVEN = {
    "velocity holds the damped rate": """\
def momentum_repaired(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + (1 - beta) * grad
    theta = theta - lr * velocity
    return theta, velocity""",
    "mean of two velocities": """\
def momentum_repaired(theta, grad, velocity, lr, beta):
    new = beta * velocity + grad
    mean = (velocity + new) / 2
    theta = theta - lr * mean
    return theta, mean""",
    "half gradient, half velocity": """\
def momentum_repaired(theta, grad, velocity, lr, beta):
    step = (grad + velocity) / 2
    velocity = beta * velocity + grad
    theta = theta - lr * step
    return theta, velocity""",
}

CHANGES = {
    "momentum_step": HELD,
    "ema_to_classical": tuple(map(_damped, (0.2, 0.4, 0.5))),
    "best_heavy_ball": tuple(map(_penalised, (0.1, 0.3, 0.5))),
    "momentum_repaired": to_repair(VARIANTS, GIVEN),
}
