"""What a graded notebook may change in the exercises of chapter 5."""

import numpy as np

from descent.checks.catalogue.held import HELD
from descent.checks.catalogue.nesterov.variants import VARIANTS
from descent.checks.variants import Change, to_repair


def _ahead(s: float) -> Change:
    def program(book):
        def nesterov_lookahead(grad_fn, theta, velocity, lr, beta):
            here = theta.copy()  # which the book's program may move

            def farther(point):
                return grad_fn(here + s * (np.asarray(point) - here))

            return book(farther, theta, velocity, lr, beta)

        return nesterov_lookahead

    return Change(
        name=f"looks ahead {s:g} times as far",
        statement=rf"""**The look ahead is ${s:g}$ times as long**, and all else is the book's:

$$v \leftarrow \beta v + \nabla f(\theta - {s:g}\,\eta\beta v), \qquad \theta \leftarrow \theta - \eta v.$$""",
        hint=f"Ask grad_fn at theta - {s:g} * lr * beta * velocity, once, and go on as the book does.",
        program=program,
    )


def _far_path(s: float) -> Change:
    return Change(
        name=f"a path {s:g} times as far ahead",
        statement=rf"""The other form keeps its parameters **${s:g}$ times as far ahead**. Row by row, with the $\theta_k$ and $v_k$ that you are
given:

$$\tilde\theta_k = \theta_k - {s:g}\,\eta\beta\, v_k.$$""",
        hint=f"Return thetas - {s:g} * lr * beta * velocities.",
        program=lambda book: (
            lambda thetas, velocities, lr, beta: book(thetas, s * velocities, lr, beta)
        ),
    )


GIVEN = {
    "three rolls": """\
def nesterov_repaired(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    velocity = beta * velocity + grad
    theta = theta - lr * (beta * velocity + grad)
    return theta, velocity""",
    "velocity holds the damped rate": """\
def nesterov_repaired(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + (1 - beta) * lr * grad
    theta = theta - (beta * velocity + lr * grad)
    return theta, velocity""",
    "between momentum and Nesterov": """\
def nesterov_repaired(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    ahead = beta * velocity + grad
    theta = theta - lr * (velocity + ahead)
    return theta, velocity""",
}

CHANGES = {
    "nesterov_step": HELD,
    "nesterov_lookahead": tuple(map(_ahead, (0.5, 1.5, 2.0))),
    "lookahead_to_nesterov": tuple(map(_far_path, (0.5, 1.5, 2.0))),
    "nesterov_repaired": to_repair(VARIANTS, GIVEN),
}
