"""What a graded notebook may change in the exercises of chapter 8."""

from collections.abc import Callable

from descent.checks.variants import Change, Program


def _floored(share: float) -> Callable[[Program], Program]:
    """Makes of a schedule one of which only a part falls."""

    def change(book):
        def schedule(step, base_lr, *rest):
            return share * base_lr + (1 - share) * book(step, base_lr, *rest)

        return schedule

    return change


def _stairs(share: float) -> Change:
    return Change(
        name=f"stairs towards {share:g} of the base rate",
        statement=rf"""**The stairs do not lead down to 0, but towards ${share:g}\,\eta_0$**: only the rest is lowered. With $e$ for `every`:

$$\eta_k = {share:g}\,\eta_0 + {1 - share:g}\,\eta_0\,\gamma^{{\lfloor k / e \rfloor}}.$$""",
        hint=f"Return {share:g} * base_lr plus {1 - share:g} times the book's rate.",
        program=_floored(share),
    )


def _fading(share: float) -> Change:
    return Change(
        name=f"fading towards {share:g} of the base rate",
        statement=rf"""**The rate does not fade to 0, but towards ${share:g}\,\eta_0$**: only the rest fades.

$$\eta_k = {share:g}\,\eta_0 + {1 - share:g}\,\eta_0\,\gamma^k.$$""",
        hint=f"Return {share:g} * base_lr plus {1 - share:g} times the book's rate.",
        program=_floored(share),
    )


def _begun(share: float) -> Change:
    def program(book):
        def cosine_with_warmup(step, base_lr, warmup_steps, *rest):
            rate = book(step, base_lr, warmup_steps, *rest)
            return share * base_lr + (1 - share) * rate if step < warmup_steps else rate

        return cosine_with_warmup

    return Change(
        name=f"a warm-up from {share:g} of the base rate",
        statement=rf"""**The warm-up does not rise from 0, but from ${share:g}\,\eta_0$**: for $k < W$

$$\eta_k = {share:g}\,\eta_0 + {1 - share:g}\,\eta_0\,\frac{{k + 1}}{{W}},$$

with $W$ for `warmup_steps` and $\eta_0$ for `base_lr`. The fall after it is the book's.""",
        hint=f"While step < warmup_steps, return {share:g} * base_lr plus {1 - share:g} times the book's rate.",
        program=program,
    )


def _momentum(low: float, high: float) -> Change:
    def program(book):
        def one_cycle(step, max_lr, *rest):
            return high - (high - low) * book(step, max_lr, *rest) / max_lr

        return one_cycle

    return Change(
        name=f"the momentum that goes with it, {low:g} to {high:g}",
        statement=rf"""Asked for is not the learning rate, but **the momentum that goes with it**: where the rate is large, momentum is small
(Smith 2018). It falls from nearly {high:g} to {low:g} at the peak, and rises again. With $\eta_k$ the rate of step $k$ as
above, return

$$\beta_k = {high:g} - {high - low:.2g}\,\frac{{\eta_k}}{{\eta_{{\max}}}}.$$""",
        hint=f"Compute the rate as the book does, and return {high:g} - {high - low:.2g} * rate / max_lr.",
        program=program,
    )


def _warm(share: float) -> Change:
    def program(book):
        def scheduled_repaired(grad, theta0, schedule, epochs, steps_per_epoch):
            def warmed(epoch):
                return schedule(epoch) * (share if epoch == 0 else 1)

            return book(grad, theta0, warmed, epochs, steps_per_epoch)

        return scheduled_repaired

    return Change(
        name=f"the first epoch at {share:g} of its rate",
        statement=rf"""The program below has **another fault** than the one described above, and is meant for a run with a warm-up: the steps of
epoch 0 have ${share:g}$ times the rate `schedule(0)`, and those of every other epoch `e` have `schedule(e)`. Only one
of its lines is wrong.""",
        hint="What is asked for at every step is the schedule of the epoch, not of the step within it.",
        program=program,
        given=f"""\
def scheduled_repaired(grad, theta0, schedule, epochs, steps_per_epoch):
    theta = np.array(theta0, dtype=float)
    for epoch in range(epochs):
        for step in range(steps_per_epoch):
            lr = schedule(step) if step else {share:g} * schedule(step)
            theta = theta - lr * grad(theta)
    return theta""",
    )


CHANGES = {
    "cosine_with_warmup": tuple(map(_begun, (0.1, 0.25, 0.5))),
    "step_decay": tuple(map(_stairs, (0.1, 0.2, 0.4))),
    "exponential_decay": tuple(map(_fading, (0.15, 0.25, 0.5))),
    "one_cycle": (_momentum(0.85, 0.95), _momentum(0.8, 0.98), _momentum(0.7, 0.9)),
    "scheduled_repaired": tuple(map(_warm, (0.25, 0.5, 0.75))),
}
