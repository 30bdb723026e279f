"""What a graded notebook may change in the exercises of chapter 2."""

import numpy as np

from descent.checks.variants import Change, times


def _clipped(limit: float) -> Change:
    def program(book):
        def gradient_descent(grad, theta0, lr, steps):
            def clipped(theta):
                g = np.asarray(grad(theta))
                return g / max(1.0, float(np.linalg.norm(g)) / limit)

            return book(clipped, theta0, lr, steps)

        return gradient_descent

    return Change(
        name=f"gradients no longer than {limit:g}",
        statement=rf"""**Long gradients are cut**: where the gradient $g$ is longer than ${limit:g}$, the step uses one of the same direction
and of length ${limit:g}$ in its place,

$$\theta_{{k+1}} = \theta_k - \eta\, \frac{{g}}{{\max(1,\ \lVert g\rVert / {limit:g})}}, \qquad g = \nabla f(\theta_k).$$""",
        hint=f"g = grad(theta); theta = theta - lr * g / max(1, np.linalg.norm(g) / {limit:g}).",
        program=program,
    )


def _swinging(q: float) -> Change:
    return Change(
        name=f"the steepest direction shrinks by {q:g}",
        statement=rf"""Asked for is not the wall, but **the largest learning rate at which the steepest direction still shrinks by the factor
${q:g}$ in each step**: the largest $\eta$ with $|1 - \eta L| \le {q:g}$, where $L$ is the largest eigenvalue of $H$.""",
        hint=f"At the largest such lr the error changes sign, 1 - lr * L = -{q:g}: return {1 + q:g} / L.",
        program=times((1 + q) / 2),
    )


def _cautious(s: float) -> Change:
    def program(book):
        def backtracking_line_search(f, theta, grad, direction, lr0, shrink, c):
            def dearer(point):
                return f(point) + s * np.sum((point - theta) ** 2)

            return book(dearer, theta, grad, direction, lr0, shrink, c)

        return backtracking_line_search

    return Change(
        name=f"long steps cost {s:g} times their square",
        statement=rf"""**Long steps must gain more**: a learning rate $\eta$ along the direction $d$ is accepted where

$$f(\theta + \eta d) + {s:g}\,\eta^2 \lVert d\rVert^2 \le f(\theta) + c\,\eta\,\langle g, d\rangle.$$""",
        hint=f"Add {s:g} * lr**2 * (direction @ direction) to the new loss before you compare.",
        program=program,
        writes=("theta moved",),
    )


def _penalised(c: float) -> Change:
    def program(book):
        def descend_until(grad, theta0, lr, tolerance, max_steps):
            return book(lambda theta: grad(theta) + c * theta, theta0, lr, tolerance, max_steps)

        return descend_until

    return Change(
        name=f"a loss with {c:g} times theta in its gradient",
        statement=rf"""**The loss has a penalty** $\frac{{{c:g}}}{{2}}\lVert\theta\rVert^2$ that `grad` does not know of. Steps and stopping rule use
the gradient of the whole,

$$g = \nabla f(\theta) + {c:g}\,\theta.$$""",
        hint=f"Put g = grad(theta) + {c:g} * theta wherever the book has grad(theta), in the step and in the norm.",
        program=program,
    )


CHANGES = {
    "gradient_descent": tuple(map(_clipped, (0.3, 0.5, 0.8))),
    "largest_stable_lr": tuple(map(_swinging, (0.5, 0.7, 0.9))),
    "backtracking_line_search": tuple(map(_cautious, (1.0, 2.5))),
    "descend_until": tuple(map(_penalised, (0.1, 0.2, 0.3))),
}
