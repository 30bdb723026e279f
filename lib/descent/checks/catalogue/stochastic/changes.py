"""What a graded notebook may change in the exercises of chapter 3."""

from dataclasses import replace

import numpy as np

from descent.checks.catalogue.stochastic.cutting_mistakes import MISTAKES
from descent.checks.variants import Change


def _recut(cut):
    """Makes of a program one whose epoch is cut anew by `cut(batches, b)`, where it has several batches."""

    def program(book):
        def minibatches(n, batch_size, rng):
            batches = book(n, batch_size, rng)
            return cut(list(batches), batch_size) if len(batches) > 1 else batches

        return minibatches

    return program


def _rest_joined(batches, b):
    if len(batches[-1]) == b:
        return batches
    return [*batches[:-2], np.concatenate(batches[-2:])]


def _in_order_short_first(n, batch_size, rng):
    return np.split(np.arange(n), range(n % batch_size or batch_size, n, batch_size))


TAIL_FIRST = Change(
    name="the short batch first",
    statement=r"""**The short batch comes first.** Where $n$ is no multiple of $b$, the batch of the examples that are left over is the
first of the epoch, and the full ones follow.""",
    hint="Cut the order as the book does, and return the list of batches turned round: batches[::-1].",
    program=_recut(lambda batches, b: batches[::-1]),
    without=("never shuffled",),  # turned round, it is not in order any more
    also=tuple(
        replace(w, program=_in_order_short_first) for w in MISTAKES if w.name == "never shuffled"
    ),
)
TAIL_JOINED = Change(
    name="the rest joins the last batch",
    statement=r"""**No batch is short.** Where $n$ is no multiple of $b$, the examples that are left over join the last full batch, which
is then longer than $b$. (Only an epoch of fewer than $b$ examples is one short batch.)""",
    hint="Cut the order as the book does; if the last batch is shorter than batch_size, join the last two.",
    program=_recut(_rest_joined),
    without=("tail joined", "empty last batch", "nearly equal sizes"),
)


def _weighted(k: int) -> Change:
    def program(book):
        def sgd_epoch(theta, X, y, batches, lr):
            root = np.where(y > 0, k, 1) ** 0.5
            return book(theta, root[:, None] * X, root * y, batches, lr)

        return sgd_epoch

    return Change(
        name=f"positive targets count {k} times",
        statement=rf"""**Examples with a positive target count {k} times**: with $w_i = {k}$ where $y_i > 0$ and $w_i = 1$ elsewhere, the loss of a
batch $B$ is

$$L_B(\theta) = \frac{{1}}{{|B|}} \sum_{{i \in B}} w_i\,(x_i^\top\theta - y_i)^2.$$

The mean divides by the number of examples, whatever their weights.""",
        hint=f"w = np.where(y[batch] > 0, {k}, 1), and the gradient is 2 / len(batch) * X[batch].T @ (w * r).",
        program=program,
    )


def _of_a_step(lr: float) -> Change:
    def program(book):
        def gradient_variance(per_example, batch_size, replacement):
            return lr * np.sqrt(book(per_example, batch_size, replacement))

        return gradient_variance

    return Change(
        name=f"the scatter of a step at lr {lr:g}",
        statement=rf"""Asked for is not the variance of the gradient, but **how far a step scatters** at the learning rate $\eta = {lr:g}$: the
root of the mean square distance between the step of a mini-batch and that of all examples,

$$\eta\,\sqrt{{\operatorname{{tr}}\operatorname{{Cov}}(g_B)}}.$$""",
        hint=f"Return {lr:g} times the root of the book's variance.",
        program=program,
    )


CHANGES = {
    "minibatches": (TAIL_FIRST, TAIL_JOINED),
    "sgd_epoch": tuple(map(_weighted, (2, 3, 5))),
    "gradient_variance": tuple(map(_of_a_step, (0.05, 0.2, 0.5))),
}
