"""Other schedules than the book's that a graded notebook may ask of `cosine_with_warmup`."""

import math

from descent.checks.catalogue.schedules.warmed import COSINE, END, Schedule, mistakes, right
from descent.checks.exercise import Variant, Wrong


def _twice(k, W, T):
    return 2 * (k - W) % (T - W) / (T - W) if k < T else 1.0


def _two_falls(step, base_lr, warmup_steps, total_steps, final_lr):
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    if step >= total_steps:
        return final_lr
    x = 2 * (step - warmup_steps) / (total_steps - warmup_steps)
    x = x - 1 if x >= 1 else x
    return final_lr + (base_lr - final_lr) * (1 + math.cos(math.pi * x)) / 2


def _quarter(step, base_lr, warmup_steps, total_steps, final_lr):
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    x = (min(step, total_steps) - warmup_steps) / (total_steps - warmup_steps)
    return final_lr + (base_lr - final_lr) * math.cos(math.pi * x / 2)


def _squared(step, base_lr, warmup_steps, total_steps, final_lr):
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    x = (min(step, total_steps) - warmup_steps) / (total_steps - warmup_steps)
    return final_lr + (base_lr - final_lr) * ((1 + math.cos(math.pi * x)) / 2) ** 2


TWO_FALLS = Schedule(done=_twice)
QUARTER = Schedule(fall=lambda x: math.cos(math.pi * x / 2))
SQUARED = Schedule(fall=lambda x: ((1 + math.cos(math.pi * x)) / 2) ** 2)

_X = r"$x = (k - W)/(T - W)$ in step $k$"

VARIANTS = (
    Variant(
        name="two falls",
        statement=r"""After the warm-up the rate falls **twice**: halfway it starts again from the top, without a warm-up. With
$x = 2(k - W)/(T - W)$ in step $k$, from the warm-up's end on,

$$\eta_k = \eta_T + (\eta_0 - \eta_T)\,\frac{1 + \cos(\pi x)}2 \quad (x < 1), \qquad
\eta_k = \eta_T + (\eta_0 - \eta_T)\,\frac{1 + \cos(\pi (x - 1))}2 \quad (x \ge 1),$$

where $W$ is `warmup_steps`, $T$ `total_steps`, $\eta_0$ `base_lr` and $\eta_T$ `final_lr`. From step $T$ on the rate is
$\eta_T$. The warm-up is the book's.""",
        hints=(
            "x runs from 0 to 2. What does the second fall do with the 1 that is over?",
            "x = 2 * (step - warmup_steps) / (total_steps - warmup_steps), and from x = 1 on subtract 1; "
            "from total_steps on return final_lr.",
        ),
        reference=_two_falls,
        right=right(TWO_FALLS),
        wrong=(
            *mistakes(TWO_FALLS),
            Wrong(
                "a whole wave",
                Schedule(fall=lambda x: (1 + math.cos(2 * math.pi * x)) / 2),
                "Your rate falls and rises again; halfway it is to jump back to the top and fall once more.",
                "Subtract 1 from x in the second half.",
                COSINE,
            ),
            Wrong(
                "falls begin at half the height",
                Schedule(
                    done=_twice,
                    fall=lambda x: (1 + math.cos(math.pi * x)) / 4,
                ),
                "Your falls begin at half the height.",
                "Both begin at base_lr: (1 + cos) / 2 is 1 at the start.",
                COSINE,
            ),
            Wrong(
                "falls for ever",
                Schedule(done=lambda k, W, T: 2 * (k - W) % (T - W) / (T - W)),
                "Your rate starts again at total_steps, too; from there on it is to stay at final_lr.",
                "There are two falls, and then none.",
                END,
            ),
            Wrong(
                "final rate for one step only",
                Schedule(
                    done=lambda k, W, T: 1.0 if k == T else 2 * (k - W) % (T - W) / (T - W),
                ),
                "Your rate is final_lr in step total_steps alone, and then falls again.",
                "It stays at final_lr: compare with >=, not with ==.",
                END,
            ),
            Wrong(
                "one fall of half the length",
                Schedule(done=lambda k, W, T: min(1.0, 2 * (k - W) / (T - W))),
                "Your rate falls once, in half the time, and stays at final_lr.",
                "Halfway it starts again from base_lr.",
                COSINE,
            ),
        ),
    ),
    Variant(
        name="a quarter of a wave",
        statement=rf"""The rate falls along **a quarter of a cosine's wave**, which is flat at its beginning and steepest at its end. With
{_X}, from the warm-up's end on,

$$\eta_k = \eta_T + (\eta_0 - \eta_T)\,\cos\frac{{\pi x}}2,$$

where $W$ is `warmup_steps`, $T$ `total_steps`, $\eta_0$ `base_lr` and $\eta_T$ `final_lr`. From step $T$ on the rate is
$\eta_T$. The warm-up is the book's.""",
        hints=(
            "The cosine falls from 1 to 0 between 0 and pi / 2.",
            "final_lr + (base_lr - final_lr) * cos(pi * x / 2), with x = 1 from total_steps on.",
        ),
        reference=_quarter,
        right=right(QUARTER),
        wrong=(
            *mistakes(QUARTER),
            Wrong(
                "sine",
                Schedule(fall=lambda x: 1 - math.sin(math.pi * x / 2)),
                "Your rate falls along a sine: steepest at its beginning.",
                "cos(pi * x / 2) is flat at x = 0.",
                COSINE,
            ),
            Wrong(
                "degrees",
                Schedule(fall=lambda x: math.cos(90 * x)),
                "Your angle is in degrees.",
                "math.cos takes radians: a quarter of a turn is pi / 2.",
                COSINE,
            ),
        ),
    ),
    Variant(
        name="the square of half a wave",
        statement=rf"""The rate falls along **the square of the book's half wave**, and so comes down earlier. With {_X}, from the warm-up's
end on,

$$\eta_k = \eta_T + (\eta_0 - \eta_T)\,\Big(\frac{{1 + \cos(\pi x)}}2\Big)^2,$$

where $W$ is `warmup_steps`, $T$ `total_steps`, $\eta_0$ `base_lr` and $\eta_T$ `final_lr`. From step $T$ on the rate is
$\eta_T$. The warm-up is the book's.""",
        hints=(
            "(1 + cos) / 2 falls from 1 to 0, and so does its square.",
            "final_lr + (base_lr - final_lr) * ((1 + cos(pi * x)) / 2) ** 2, with x = 1 from total_steps on.",
        ),
        reference=_squared,
        right=right(SQUARED),
        wrong=(
            *mistakes(SQUARED),
            Wrong(
                "only the cosine squared",
                Schedule(fall=lambda x: (1 + math.cos(math.pi * x) ** 2) / 2),
                "You square the cosine alone; the whole of (1 + cos) / 2 is squared.",
                "The square of a cosine rises again in the second half.",
                COSINE,
            ),
            Wrong(
                "halved after squaring",
                Schedule(fall=lambda x: (1 + math.cos(math.pi * x)) ** 2 / 2),
                "You halve the square; what is squared is to be halved.",
                "Your fall begins at twice the height: (1 + 1)**2 / 2 is 2.",
                COSINE,
            ),
        ),
    ),
)
