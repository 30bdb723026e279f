"""Other methods than the book's that a graded notebook may ask of `nesterov_step`."""

from descent.checks.catalogue.momentum.linear import mistake, mistakes, right
from descent.checks.exercise import Variant

RULE, FORMS = "sec-nesterov-rule", "sec-momentum-forms"


def _three_rolls(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    ahead = grad + beta * velocity
    return theta - lr * (grad + beta * ahead), velocity


def _three_rolls_weights(lr, beta):
    return beta, 1.0, lr * beta**3, lr * (1 + beta + beta**2)


def _holds_damped_rate(theta, grad, velocity, lr, beta):
    push = (1 - beta) * lr * grad
    velocity = beta * velocity + push
    return theta - (push + beta * velocity), velocity


def _holds_damped_rate_weights(lr, beta):
    return beta, (1 - beta) * lr, beta**2, (1 - beta) * lr * (1 + beta)


def _between(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    ahead = grad + beta * velocity
    return theta - lr * (velocity + ahead) / 2, velocity


def _between_weights(lr, beta):
    return beta, 1.0, lr * (beta + beta**2) / 2, lr * (2 + beta) / 2


THREE_ROLLS = Variant(
    name="three rolls",
    statement=r"""The velocity is **rolled three times** with the same gradient, and the parameters move along the third. Only the
first is kept:

$$v \leftarrow \beta v + g, \qquad w = \beta v + g, \qquad \theta \leftarrow \theta - \eta\,(\beta w + g),$$

where $v$ in the second formula is the new velocity.""",
    hints=(
        "The book's step moves along the second roll, grad + beta * velocity; yours goes on from there once more.",
        "velocity = beta * velocity + grad; ahead = grad + beta * velocity; theta = theta - lr * (grad + beta * ahead).",
    ),
    reference=_three_rolls,
    right=right(_three_rolls_weights),
    wrong=(
        *mistakes(_three_rolls_weights, RULE),
        mistake(
            "one roll",
            lambda lr, beta: (beta, 1.0, lr * beta, lr),
            "This is plain momentum: the velocity is rolled once, not three times.",
            "Each roll multiplies by beta and adds the gradient.",
            RULE,
        ),
        mistake(
            "four rolls",
            lambda lr, beta: (beta, 1.0, lr * beta**4, lr * (1 + beta + beta**2 + beta**3)),
            "You roll four times; three are asked for.",
            "The velocity that is kept is the first roll already.",
            RULE,
        ),
        mistake(
            "second roll kept",
            lambda lr, beta: (beta**2, 1 + beta, lr * beta**3, lr * (1 + beta + beta**2)),
            "The step is right, but you keep the second roll as the velocity.",
            "The later rolls only say where to step; kept, they count every gradient more than once.",
            RULE,
        ),
        mistake(
            "beta squared for two rolls",
            lambda lr, beta: (beta, 1.0, lr * beta**3, lr * (1 + beta**2)),
            "You step along grad + beta**2 * velocity: the gradient of one of the rolls is missing.",
            "Two more rolls of v are beta * (beta * v + g) + g.",
            RULE,
        ),
        mistake(
            "moving average",
            lambda lr, beta: (
                beta,
                1 - beta,
                lr * beta**3,
                lr * (1 - beta) * (1 + beta + beta**2),
            ),
            "Your velocity is a moving average: the gradient enters with the factor 1 - beta.",
            "In your notebook the gradient enters whole, in each of the rolls.",
            FORMS,
        ),
        mistake(
            "lr inside the velocity",
            lambda lr, beta: (beta, lr, beta**3, lr * (1 + beta + beta**2)),
            "Your learning rate sits inside the velocity.",
            "In your notebook it stands in the step.",
            "sec-momentum-schedule",
        ),
    ),
)

HOLDS_DAMPED_RATE = Variant(
    name="velocity holds the damped rate",
    statement=r"""The **velocity holds the learning rate**, and the gradient is **damped** by $1 - \beta$ wherever it enters, in the
velocity as in the second roll:

$$v \leftarrow \beta v + (1 - \beta)\,\eta\,g, \qquad \theta \leftarrow \theta - \big(\beta v + (1 - \beta)\,\eta\,g\big),$$

where $v$ in the second formula is the new velocity.""",
    hints=(
        "The same push, (1 - beta) * lr * grad, is added in both rolls; no lr is left for the step.",
        "push = (1 - beta) * lr * grad; velocity = beta * velocity + push; theta = theta - (push + beta * velocity).",
    ),
    reference=_holds_damped_rate,
    right=right(_holds_damped_rate_weights),
    wrong=(
        *mistakes(_holds_damped_rate_weights, RULE),
        mistake(
            "not damped",
            lambda lr, beta: (beta, lr, beta**2, lr * (1 + beta)),
            "The factor 1 - beta is missing before the gradient.",
            "This is Keras's form: its velocity holds lr, too, but does not damp what enters.",
            FORMS,
        ),
        mistake(
            "second roll not damped",
            lambda lr, beta: (beta, (1 - beta) * lr, beta**2, lr + beta * (1 - beta) * lr),
            "In the second roll the factor 1 - beta is missing before the gradient.",
            "Both rolls add the same: (1 - beta) * lr * grad.",
            RULE,
        ),
        mistake(
            "lr outside the velocity",
            lambda lr, beta: (beta, 1 - beta, lr * beta**2, lr * (1 - beta) * (1 + beta)),
            "Your learning rate stands in the step; in your notebook the velocity holds it.",
            "With a constant lr the path is the same, but the velocity that you return is not.",
            "sec-momentum-schedule",
        ),
        mistake(
            "lr twice",
            lambda lr, beta: (
                beta,
                (1 - beta) * lr,
                lr * beta**2,
                (1 - beta) * lr**2 * (1 + beta),
            ),
            "You multiply by lr twice: in the velocity, and again in the step.",
            "The velocity holds lr already: no other lr is left for the step.",
            FORMS,
        ),
        mistake(
            "one roll",
            lambda lr, beta: (beta, (1 - beta) * lr, beta, (1 - beta) * lr),
            "You move along the new velocity itself: it is rolled once, not twice.",
            "The parameters move along one more roll with the same gradient, which is not kept.",
            RULE,
        ),
        mistake(
            "second roll kept",
            lambda lr, beta: (
                beta**2,
                (1 - beta) * lr * (1 + beta),
                beta**2,
                (1 - beta) * lr * (1 + beta),
            ),
            "The step is right, but you keep the second roll as the velocity.",
            "The second roll only says where to step; kept, it counts every gradient once more.",
            RULE,
        ),
    ),
)

BETWEEN = Variant(
    name="between momentum and Nesterov",
    statement=r"""The parameters move along the **mean of the first and the second roll** of the velocity. Only the first is kept:

$$v \leftarrow \beta v + g, \qquad w = \beta v + g, \qquad \theta \leftarrow \theta - \eta\,\frac{v + w}{2},$$

where $v$ in the second and the third formula is the new velocity.""",
    hints=(
        "Compute momentum's direction and Nesterov's, and take the mean of the two.",
        "velocity = beta * velocity + grad; ahead = grad + beta * velocity; theta = theta - lr * (velocity + ahead) / 2.",
    ),
    reference=_between,
    right=right(_between_weights),
    wrong=(
        *mistakes(_between_weights, RULE),
        mistake(
            "sum for mean",
            lambda lr, beta: (beta, 1.0, lr * (beta + beta**2), lr * (2 + beta)),
            "You add the two rolls; their mean is meant.",
            "The mean of two is half their sum.",
            RULE,
        ),
        mistake(
            "one roll",
            lambda lr, beta: (beta, 1.0, lr * beta, lr),
            "This is plain momentum: it moves along the first roll alone.",
            "Your notebook asks for the mean of the first roll and the second.",
            RULE,
        ),
        mistake(
            "mean with the old velocity",
            lambda lr, beta: (beta, 1.0, lr * (1 + beta**2) / 2, lr * (1 + beta) / 2),
            "You take the mean of the second roll and the old velocity.",
            "The first roll is the velocity after this gradient.",
            RULE,
        ),
        mistake(
            "second roll kept",
            lambda lr, beta: (beta**2, 1 + beta, lr * (beta + beta**2) / 2, lr * (2 + beta) / 2),
            "The step is right, but you keep the second roll as the velocity.",
            "It only says where to step; kept, it counts every gradient once more.",
            RULE,
        ),
        mistake(
            "moving average",
            lambda lr, beta: (
                beta,
                1 - beta,
                lr * (beta + beta**2) / 2,
                lr * (1 - beta) * (2 + beta) / 2,
            ),
            "Your velocity is a moving average: the gradient enters with the factor 1 - beta.",
            "In your notebook the gradient enters whole, in both rolls.",
            FORMS,
        ),
        mistake(
            "lr inside the velocity",
            lambda lr, beta: (beta, lr, (beta + beta**2) / 2, lr * (2 + beta) / 2),
            "Your learning rate sits inside the velocity.",
            "In your notebook it stands in the step.",
            "sec-momentum-schedule",
        ),
    ),
)

VARIANTS = (THREE_ROLLS, HOLDS_DAMPED_RATE, BETWEEN)
