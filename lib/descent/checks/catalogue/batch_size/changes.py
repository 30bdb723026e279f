"""What a graded notebook may change in the exercises of chapter 9."""

from descent.checks.variants import Change, each, times


def _nominal(B: int) -> Change:
    def program(book):
        def accumulate(grads, sizes):
            return each(book(grads, sizes), lambda grad: sum(sizes) / B * grad)

        return accumulate

    return Change(
        name=f"divided by {B}",
        statement=rf"""**The loss is a sum over the examples, divided by {B}**, however many there are. The gradients that you are given are means
over their batches, as above:

$$g = \frac{{1}}{{{B}}} \sum_i n_i\, g_i.$$""",
        hint=f"Add up size * grad, and divide by {B} in place of sum(sizes).",
        program=program,
    )


def _pieces(B: int) -> Change:
    def program(book):
        def accumulation_repaired(X, y, theta, piece):
            return each(book(X, y, theta, piece), lambda grad: len(y) / B * grad)

        return accumulation_repaired

    return Change(
        name=f"divided by {B}",
        statement=rf"""The program below has **another fault** than the one described above. Repaired, it returns the gradient of
$\frac{{1}}{{{B}}}\lVert X\theta - y\rVert^2$: the sum over all examples, divided by {B}, however many there are.""",
        hint="A.T @ (A @ theta - c) adds up its rows already: it must not be weighed by their number once more.",
        program=program,
        given=f"""\
def accumulation_repaired(X, y, theta, piece):
    total = np.zeros(len(theta))
    for start in range(0, len(y), piece):
        A, c = X[start : start + piece], y[start : start + piece]
        total = total + len(c) * 2 * A.T @ (A @ theta - c)
    return total / {B}""",
    )


def _weaker(p: float) -> Change:
    def program(book):
        def scale_lr(lr, batch, base_batch, optimiser):
            return lr * (book(lr, batch, base_batch, optimiser) / lr) ** p

        return scale_lr

    return Change(
        name=f"powers {p:g} and {p / 2:g}",
        statement=rf"""**The rates grow more slowly** than by the two rules above: with $k$ the new batch over the old one, those that go linearly
there go with the power ${p:g}$ here, and those that go with the square root with the power ${p / 2:g}$:

$$\eta\, k^{{{p:g}}} \quad\text{{and}}\quad \eta\, k^{{{p / 2:g}}}.$$""",
        hint=f"Put {p:g} for the power 1, and {p / 2:g} for the power 0.5.",
        program=program,
    )


def _share(q: float) -> Change:
    return Change(
        name=f"a share of {q:g} is signal",
        statement=rf"""Asked for is not the noise scale, but **the batch size $B$ at which the share ${q:g}$ of a gradient's mean square is
signal**:

$$\frac{{\lVert G\rVert^2}}{{\lVert G\rVert^2 + \operatorname{{tr}}(\Sigma)/B}} = {q:g}.$$

Where the noise scale would be 0 or infinite, so is this.""",
        hint=f"Solve for B: it is the noise scale times {q:g} / {1 - q:g}.",
        program=times(q / (1 - q)),
    )


CHANGES = {
    "accumulate": tuple(map(_nominal, (30, 40, 50))),
    "accumulation_repaired": tuple(map(_pieces, (30, 40, 50))),
    "scale_lr": tuple(map(_weaker, (0.6, 0.7, 0.8))),
    "gradient_noise_scale": tuple(map(_share, (0.25, 0.75, 0.8))),
}
