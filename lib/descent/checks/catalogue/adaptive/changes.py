"""What a graded notebook may change in the exercises of chapter 6."""

import math

from descent.checks.catalogue.adaptive.variants import RMSPROP
from descent.checks.catalogue.held import HELD
from descent.checks.exercise import Wrong
from descent.checks.variants import Change, times, to_repair

MEMORY = "sec-adaptive-memory"


def _life(rho: float, left: float) -> float:
    return math.log(left) / math.log(rho)


def _until(percent: int) -> Change:
    left = percent / 100
    return Change(
        name=f"until {percent} per cent are left",
        statement=rf"""Asked for is not the half-life, but the time after which **{percent} per cent** of a value's weight are left: the real
number $k$ with $\rho^k = {left:g}$.""",
        hint=f"Put {left:g} for 1/2: math.log({left:g}) / math.log(rho).",
        program=times(math.log(left) / math.log(0.5)),
        without=("rounded up", "a third left", "counts to 100", "at least one step"),
        also=(
            Wrong(
                "rounded up",
                lambda rho: math.ceil(_life(rho, left)),
                "You round up to a whole number of steps.",
                "The time is a real number, so that averages can be compared.",
                MEMORY,
            ),
            Wrong(
                "what is gone for what is left",
                lambda rho: _life(rho, 1 - left),
                f"After this many steps {percent} per cent are gone; as much is to be left.",
                "What is left after k steps is rho**k.",
                MEMORY,
            ),
            Wrong(
                "counts to 100",
                lambda rho: min(100.0, _life(rho, left)),
                "You stop counting at 100 steps.",
                "An average with rho = 0.999 needs hundreds of steps to forget; a formula needs no loop.",
                MEMORY,
            ),
            Wrong(
                "at least five steps",
                lambda rho: max(5.0, _life(rho, left)),
                "You do not let the time fall below five steps.",
                "An average that forgets at once needs no more than a step or two.",
                MEMORY,
            ),
        ),
    )


GIVEN = {
    "epsilon squared under the root": """\
def rmsprop_repaired(theta, grad, average, lr, rho, eps):
    new = rho * average + (1 - rho) * grad**2
    theta = theta - lr * grad / np.sqrt(average + eps**2)
    return theta, new""",
    "mean of the old and the new average": """\
def rmsprop_repaired(theta, grad, average, lr, rho, eps):
    new = rho * average + (1 - rho) * grad**2
    theta = theta - lr * grad / (np.sqrt((average + new) / 2 + eps))
    return theta, new""",
    "average of absolute values": """\
def rmsprop_repaired(theta, grad, average, lr, rho, eps):
    average = rho * average + (1 - rho) * grad
    theta = theta - lr * grad / (np.abs(average) + eps)
    return theta, average""",
}

CHANGES = {
    "adagrad_step": HELD,
    "rmsprop_step": HELD,
    "ema_half_life": tuple(map(_until, (10, 20, 30))),
    "rmsprop_repaired": to_repair(RMSPROP, GIVEN),
}
