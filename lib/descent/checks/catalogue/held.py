"""A change that every step function can have: the elements of the gradient are held within bounds first."""

import numpy as np

from descent.checks.variants import Change

BOUNDS = (0.001, 0.004, 0.02)  # most gradients have an element beyond them


def held(bound: float) -> Change:
    """The step with a gradient whose elements lie between -bound and bound."""

    def program(book):
        def step(theta, grad, *rest):
            return book(theta, np.clip(grad, -bound, bound), *rest)

        return step

    return Change(
        name=f"gradients held within {bound:g}",
        statement=rf"""**Every element of the gradient is first held between $-{bound:g}$ and ${bound:g}$.** In all formulas above $g$ then stands for

$$g_i = \min\big(\max(\nabla_i,\, -{bound:g}),\, {bound:g}\big),$$

where $\nabla$ is the `grad` that is passed. All else is as above.""",
        hint=f"Begin with grad = np.clip(grad, -{bound:g}, {bound:g}), and go on as the book does.",
        program=program,
    )


HELD = tuple(map(held, BOUNDS))
