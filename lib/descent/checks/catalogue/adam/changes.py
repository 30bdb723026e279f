"""What a graded notebook may change in the exercises of chapter 7."""

import math
from collections.abc import Callable
from dataclasses import replace

from descent.checks.catalogue.adam.adamw_variants import less
from descent.checks.catalogue.adam.decayed import Decayed, own_adams
from descent.checks.catalogue.adam.right import reference
from descent.checks.catalogue.adam.variants import VARIANTS
from descent.checks.catalogue.held import HELD
from descent.checks.catalogue.own_tests import of_changed
from descent.checks.variants import Change, Program, compared, to_repair

DECAYS = (0.5, 1.0, 2.0)


def _shrinking(c: float) -> Callable[[Program], Program]:
    """Makes of an Adam one that decays first."""

    def change(adam):
        def adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps):
            return adam((1 - c * lr) * theta, grad, m, v, t, lr, beta1, beta2, eps)

        return adam_step

    return change


def _decaying(c: float) -> Change:
    """The Adams that the student's test is for decay; a test of them undoes that, and is the book's."""

    def undone(adam_step):
        def adam(theta, grad, m, v, t, lr, beta1, beta2, eps):
            return adam_step(theta / (1 - c * lr), grad, m, v, t, lr, beta1, beta2, eps)

        return adam

    return Change(
        name=f"a test of Adams with a decay of {c:g}",
        statement=rf"""The Adams on which your test is tried **decay as well**: before Adam's step, $\theta$ shrinks by the factor $1 - \eta \lambda$
with $\lambda = {c:g}$, whatever the gradient is. Their arguments and results are those of `adam_step`:

$$\theta \leftarrow \left(1 - {c:g}\,\eta\right)\theta - \eta\,\frac{{\hat m}}{{\sqrt{{\hat v}} + \varepsilon}}.$$

So an Adam that does not decay is a wrong one here, and those that decay are right or wrong as above.""",
        hint=f"In the loop that your test trusts, begin each step with theta = (1 - {c:g} * lr) * theta.",
        program=lambda book: lambda adam_step: book(undone(adam_step)),
        probe=of_changed(
            _shrinking(c),
            at="rejects an Adam that goes uphill",
            otherwise=[_shrinking(decay)(reference) for decay in (0.0, *DECAYS) if decay != c],
            what="decays otherwise",
        ),
    )


def _of_size(n: int) -> Change:
    def program(book):
        def decay_groups(named_shapes):
            flattened = [
                (name, shape if len(shape) < 2 or math.prod(shape) >= n else (math.prod(shape),))
                for name, shape in named_shapes
            ]
            return book(flattened)

        return decay_groups

    return Change(
        name=f"decay from {n} numbers on",
        statement=rf"""**Small tensors are left alone too**: what decays has two or more axes *and* at least {n} numbers. A matrix of shape
$(a, b)$ has $a \cdot b$ of them.""",
        hint=f"Ask for len(shape) >= 2 and np.prod(shape) >= {n}.",
        program=program,
        without=("by the first axis",),  # matrices of one column are small anyway
        probe=lambda book: replace(compared(book), draws=3 * book.draws),
    )


GIVEN = {
    "the larger of root and epsilon": """\
def adam_repaired(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - lr * m_hat / np.sqrt(np.maximum(v_hat, eps))
    return theta, m, v""",
    "first moment begun a step earlier": """\
def adam_repaired(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1 ** (t + 1))
    v_hat = v / (1 - beta2 ** (t + 1))
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v""",
    "half gradient, half first moment": """\
def adam_repaired(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - lr * (m_hat / 2 + grad) / (np.sqrt(v_hat) + eps)
    return theta, m, v""",
}

CHANGES = {
    "adam_step": HELD,
    "adamw_step": tuple(
        replace(change, also=own_adams(Decayed(before=less), change.program)) for change in HELD
    ),
    "test_adam_step": tuple(map(_decaying, DECAYS)),
    "adam_repaired": to_repair(VARIANTS, GIVEN),
    "decay_groups": tuple(map(_of_size, (3000, 9000, 20000))),
}
