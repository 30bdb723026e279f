"""Other methods than the book's that a graded notebook may ask of `momentum_step`."""

from descent.checks.catalogue.momentum.linear import mistake, mistakes, right
from descent.checks.exercise import Variant

RULE, FORMS = "sec-momentum-rule", "sec-momentum-forms"


def _holds_damped_rate(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + (1 - beta) * lr * grad
    return theta - velocity, velocity


def _holds_damped_rate_weights(lr, beta):
    return beta, (1 - beta) * lr, beta, (1 - beta) * lr


def _mean_velocity(theta, grad, velocity, lr, beta):
    old, velocity = velocity, beta * velocity + grad
    return theta - lr * (old + velocity) / 2, velocity


def _mean_velocity_weights(lr, beta):
    return beta, 1.0, lr * (1 + beta) / 2, lr / 2


def _half_gradient(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    return theta - lr / 2 * (grad + velocity), velocity


def _half_gradient_weights(lr, beta):
    return beta, 1.0, lr * beta / 2, lr


HOLDS_DAMPED_RATE = Variant(
    name="velocity holds the damped rate",
    statement=r"""The **velocity holds the learning rate**, and the gradient is **damped** by $1 - \beta$ as it enters. The
parameters move along the new velocity itself:

$$v \leftarrow \beta v + (1 - \beta)\,\eta\,g, \qquad \theta \leftarrow \theta - v.$$""",
    hints=(
        "Two factors stand before the gradient in the velocity, and none before the velocity in the step.",
        "velocity = beta * velocity + (1 - beta) * lr * grad; theta = theta - velocity.",
    ),
    reference=_holds_damped_rate,
    right=right(_holds_damped_rate_weights),
    wrong=(
        *mistakes(_holds_damped_rate_weights, RULE),
        mistake(
            "not damped",
            lambda lr, beta: (beta, lr, beta, lr),
            "The factor 1 - beta is missing before the gradient.",
            "Your velocity holds lr as it should; your notebook also damps what enters.",
            FORMS,
        ),
        mistake(
            "lr outside the velocity",
            lambda lr, beta: (beta, 1 - beta, lr * beta, lr * (1 - beta)),
            "Your learning rate stands in the step; in your notebook the velocity holds it.",
            "With a constant lr the path is the same, but the velocity that you return is not.",
            "sec-momentum-schedule",
        ),
        mistake(
            "lr twice",
            lambda lr, beta: (beta, (1 - beta) * lr, lr * beta, (1 - beta) * lr**2),
            "You multiply by lr twice: in the velocity, and again in the step.",
            "The velocity holds lr already: the step is the velocity itself.",
            FORMS,
        ),
        mistake(
            "lr missing",
            lambda lr, beta: (beta, 1 - beta, beta, 1 - beta),
            "lr is missing.",
            "It stands beside 1 - beta, before the gradient in the velocity.",
            RULE,
        ),
        mistake(
            "old velocity",
            lambda lr, beta: (beta, (1 - beta) * lr, 1.0, 0.0),
            "Your step uses the velocity from before this gradient.",
            "Update the velocity first, then move along it.",
            RULE,
        ),
        mistake(
            "velocity ignored",
            lambda lr, beta: (beta, (1 - beta) * lr, 0.0, lr),
            "You update the velocity, but the step uses the gradient alone.",
            "The parameters move along the new velocity.",
            RULE,
        ),
        mistake(
            "beta for 1 - beta",
            lambda lr, beta: (1 - beta, beta * lr, 1 - beta, beta * lr),
            "Your factors are exchanged: beta belongs to the velocity, 1 - beta to the gradient.",
            "beta near 1 means a long memory; with the factors exchanged it means almost none.",
            FORMS,
        ),
    ),
)

MEAN_VELOCITY = Variant(
    name="mean of two velocities",
    statement=r"""The parameters move along the **mean of the old and the new velocity**. With $v$ the old one and $v'$ the new
one, which is what you return:

$$v' = \beta v + g, \qquad \theta \leftarrow \theta - \eta\,\frac{v + v'}{2}.$$""",
    hints=(
        "You need both velocities in the step: keep the old one under another name.",
        "new = beta * velocity + grad; theta = theta - lr * (velocity + new) / 2; return theta and new.",
    ),
    reference=_mean_velocity,
    right=right(_mean_velocity_weights),
    wrong=(
        *mistakes(_mean_velocity_weights, RULE),
        mistake(
            "sum for mean",
            lambda lr, beta: (beta, 1.0, lr * (1 + beta), lr),
            "You add the two velocities; their mean is meant.",
            "The mean of two is half their sum.",
            RULE,
        ),
        mistake(
            "old velocity",
            lambda lr, beta: (beta, 1.0, lr, 0.0),
            "Your step uses the old velocity alone.",
            "It moves along the mean of the old one and the new one.",
            RULE,
        ),
        mistake(
            "mean kept",
            lambda lr, beta: ((1 + beta) / 2, 0.5, lr * (1 + beta) / 2, lr / 2),
            "The step is right, but you return the mean; the new velocity is what the next step needs.",
            "The mean only says where to step.",
            RULE,
        ),
        mistake(
            "gradient for the new velocity",
            lambda lr, beta: (beta, 1.0, lr / 2, lr / 2),
            "You take the mean of the old velocity and the gradient.",
            "The new velocity is beta * velocity + grad: update it first.",
            RULE,
        ),
        mistake(
            "moving average",
            lambda lr, beta: (beta, 1 - beta, lr * (1 + beta) / 2, lr * (1 - beta) / 2),
            "Your velocity is a moving average: the gradient enters with the factor 1 - beta.",
            "In your notebook the gradient enters whole.",
            FORMS,
        ),
        mistake(
            "lr inside the velocity",
            lambda lr, beta: (beta, lr, (1 + beta) / 2, lr / 2),
            "Your learning rate sits inside the velocity.",
            "In your notebook it stands in the step.",
            "sec-momentum-schedule",
        ),
    ),
)

HALF_GRADIENT = Variant(
    name="half gradient, half velocity",
    statement=r"""The parameters move along the **mean of the gradient and the new velocity**:

$$v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \eta\,\frac{g + v}{2},$$

where $v$ in the second formula is the new velocity.""",
    hints=(
        "The velocity is momentum's. What changes is the vector along which the parameters move.",
        "velocity = beta * velocity + grad; theta = theta - lr * (grad + velocity) / 2.",
    ),
    reference=_half_gradient,
    right=right(_half_gradient_weights),
    wrong=(
        *mistakes(_half_gradient_weights, RULE),
        mistake(
            "sum for mean",
            lambda lr, beta: (beta, 1.0, lr * beta, 2 * lr),
            "You add gradient and velocity; their mean is meant.",
            "The mean of two is half their sum.",
            RULE,
        ),
        mistake(
            "old velocity",
            lambda lr, beta: (beta, 1.0, lr / 2, lr / 2),
            "Your step uses the velocity from before this gradient.",
            "Update the velocity first, then take its mean with the gradient.",
            RULE,
        ),
        mistake(
            "only the velocity halved",
            lambda lr, beta: (beta, 1.0, lr * beta / 2, 1.5 * lr),
            "You halve the velocity, but not the gradient.",
            "The mean is (grad + velocity) / 2, with parentheses.",
            RULE,
        ),
        mistake(
            "mean kept",
            lambda lr, beta: (beta / 2, 1.0, lr * beta / 2, lr),
            "The step is right, but you return the mean; the new velocity is what the next step needs.",
            "The mean only says where to step.",
            RULE,
        ),
        mistake(
            "moving average",
            lambda lr, beta: (beta, 1 - beta, lr * beta / 2, lr * (2 - beta) / 2),
            "Your velocity is a moving average: the gradient enters with the factor 1 - beta.",
            "In your notebook the gradient enters whole.",
            FORMS,
        ),
        mistake(
            "Nesterov's step",
            lambda lr, beta: (beta, 1.0, lr * beta**2, lr * (1 + beta)),
            "This is Nesterov's step, grad + beta * velocity.",
            "Your notebook asks for the mean of the two.",
            "sec-nesterov-rule",
        ),
    ),
)

VARIANTS = (HOLDS_DAMPED_RATE, MEAN_VELOCITY, HALF_GRADIENT)
