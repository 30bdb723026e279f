"""What a graded notebook may change in the exercises of chapter 10."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from descent.checks.catalogue.signals.initialisers import VARIANCES
from descent.checks.exercise import Probe
from descent.checks.variants import Change, times

SLOPES = (0.5, 0.7, 0.9)
GAINS = (0.5, 5 / 3, 3.0)


def _scaled_facts(
    gain: float, others: tuple[float, ...], variance: str
) -> Callable[[Probe], Probe]:
    """The facts of the weights without their gain; and before these, which of the known gains it is."""

    def change(book: Probe) -> Probe:
        facts = book.observe
        assert facts, "random weights are known by facts"

        def observe(calls, outcome) -> dict[str, Any]:
            _, fan_in, fan_out = calls[0]
            square = np.mean(np.square(np.asarray(outcome.value[0], dtype=float)))
            bound = 7 * (2 / (fan_in * fan_out)) ** 0.5
            ratio = square / VARIANCES[variance](fan_in, fan_out)
            ordered = (gain, 1.0, *(other for other in others if other != gain))
            gains = {
                f"the variance is {g**2:.3g} times {variance}": bool(abs(ratio / g**2 - 1) <= bound)
                for g in ordered
            }
            without = tuple(np.asarray(W) / gain for W in outcome.value)
            return gains | dict(facts(calls, replace(outcome, value=without)))

        return replace(book, observe=observe)

    return change


def _leaky_gain(slope: float) -> float:
    return (1 + slope**2) ** -0.5


def _for_slope(slope: float) -> Change:
    gain = _leaky_gain(slope)
    return Change(
        name=f"for Leaky ReLU of slope {slope:g}",
        statement=rf"""The layers have **Leaky ReLU of slope $a = {slope:g}$** behind them, which lets a part of the mean square of negative numbers
through. The variance that keeps the signal's size is therefore smaller than the book's:

$$\operatorname{{Var}}(w) = \frac{{2}}{{(1 + a^2)\,n_{{\mathrm{{in}}}}}}, \qquad a = {slope:g}.$$""",
        hint=f"Put 2 / ((1 + {slope:g}**2) * fan_in) for 2 / fan_in.",
        program=times(gain),
        probe=_scaled_facts(gain, tuple(map(_leaky_gain, SLOPES)), "2/fan_in"),
    )


def _with_gain(gain: float) -> Change:
    said = "5/3" if gain == 5 / 3 else f"{gain:g}"
    return Change(
        name=f"with the gain {said.replace('/', ' over ')}",
        statement=rf"""The weights get **a gain of ${said}$**, as an activation that shrinks or stretches its input needs it: the bound of the
uniform numbers is ${said}$ times as large as above,

$$a = {said}\,\sqrt{{\frac{{6}}{{n_{{\mathrm{{in}}}} + n_{{\mathrm{{out}}}}}}}}.$$""",
        hint=f"Multiply the bound by {said}.",
        program=times(gain),
        probe=_scaled_facts(gain, GAINS, "2/(fan_in + fan_out)"),
    )


def _steeper(gain: float) -> Change:
    return Change(
        name=f"{gain:g} times as steep",
        statement=rf"""**Both pieces are ${gain:g}$ times as steep** (as in SELU, which has such a factor): the slopes are ${gain:g}$ where $x > 0$ and
${gain:g}\,a$ elsewhere, with $a$ for `slope`. Return the values and the derivatives of this function.""",
        hint=f"Multiply both results of the book's by {gain:g}.",
        program=times(gain),
    )


def _steeper_learned(gain: float) -> Change:
    def program(book):
        def prelu(x, slope, grad):
            y, *gradients = book(x, slope, gain * grad)
            return (gain * np.asarray(y), *gradients)

        return prelu

    return Change(
        name=f"{gain:g} times as steep",
        statement=rf"""**Both pieces are ${gain:g}$ times as steep**: $y = {gain:g}\,x$ where $x > 0$ and $y = {gain:g}\,a\,x$ elsewhere, with $a$ for
`slope`. `grad` is the gradient of the loss by this $y$; return $y$ and the gradients by $x$ and by `slope`.""",
        hint=f"y is {gain:g} times the book's; by the chain rule so are the other two results.",
        program=program,
        writes=("grad changed in place",),
    )


def _gain_beside(c: float) -> Change:
    def program(book):
        return lambda x, gamma, *rest: book(x, c + gamma, *rest)

    return Change(
        name=f"gamma counts from {c:g}",
        statement=rf"""**`gamma` is kept as a difference from ${c:g}$**, so that a gamma of 0, which is where weight decay pulls it, is harmless.
With $\mu$ and $\sigma^2$ as above:

$$y = ({c:g} + \gamma)\,\frac{{x - \mu}}{{\sqrt{{\sigma^2 + \varepsilon}}}} + \beta.$$""",
        hint=f"Put ({c:g} + gamma) for gamma.",
        program=program,
    )


def _power(base: int) -> Change:
    def program(book):
        return lambda v, g: book(v, float(base) ** g)

    return Change(
        name=f"lengths are powers of {base}",
        statement=rf"""**`g` holds the logarithm of the lengths, to base {base}**, so that no length can become negative. For every column:

$$w = {base}^{{g}}\,\frac{{v}}{{\lVert v\rVert}}.$$""",
        hint=f"Put {base}**g for g.",
        program=program,
    )


def _leaking(share: float) -> Change:
    def program(book):
        def clip_by_global_norm(grads, max_norm):
            whole = [grad.copy() for grad in grads]  # which the book's program may change
            clipped, norm = book(grads, max_norm)
            pairs = zip(whole, clipped, strict=True)
            return [share * grad + (1 - share) * cut for grad, cut in pairs], norm

        return clip_by_global_norm

    return Change(
        name=f"{share:g} of the excess stays",
        statement=rf"""**${share:g}$ of what is cut off stays**: where the global norm $N$ exceeds the limit $c$, which is `max_norm`,

$$g_i \leftarrow {share:g}\,g_i + {1 - share:g}\,\frac{{c}}{{N}}\,g_i \qquad \text{{for all }} i.$$

Gradients that are short enough stay as they are. Return the list, and $N$ as it was before.""",
        hint=f"Put {share:g} + {1 - share:g} * max_norm / norm for the factor max_norm / norm.",
        program=program,
    )


def _decaying(c: float) -> Change:
    def program(book):
        def clipped_step_repaired(thetas, grads, lr, max_norm):
            shrunk = [(1 - c * lr) * theta for theta in thetas]
            return book(shrunk, grads, lr, max_norm)

        return clipped_step_repaired

    return Change(
        name=f"with a decay of {c:g}",
        statement=rf"""The program below has **another fault** than the one described above, and its step has a decay, which is not clipped: the
parameters first shrink by the factor $1 - {c:g}\,\eta$, then comes the step with the clipped gradients,

$$\theta \leftarrow (1 - {c:g}\,\eta)\,\theta - \eta\,\operatorname{{clip}}(g).$$""",
        hint="The length of all gradients together decides, and one factor is for all of them.",
        program=program,
        writes=("parameters changed in place",),
        given=f"""\
def clipped_step_repaired(thetas, grads, lr, max_norm):
    new = []
    for theta, grad in zip(thetas, grads):
        norm = np.sqrt(np.sum(grad**2))
        if norm > max_norm:
            grad = grad * (max_norm / norm)
        new.append((1 - {c:g} * lr) * theta - lr * grad)
    return new""",
    )


CHANGES = {
    "he_init": tuple(map(_for_slope, SLOPES)),
    "glorot_init": tuple(map(_with_gain, GAINS)),
    "leaky_relu": tuple(map(_steeper, (0.8, 1.3, 1.5))),
    "prelu": tuple(map(_steeper_learned, (0.7, 1.2, 1.6))),
    "batchnorm": tuple(map(_gain_beside, (0.5, 1.0, 2.0))),
    "clip_by_global_norm": tuple(map(_leaking, (0.1, 0.2, 0.3))),
    "layernorm": tuple(map(_gain_beside, (0.5, 1.0, 2.0))),
    "weight_norm": tuple(map(_power, (2, 3, 10))),
    "clipped_step_repaired": tuple(map(_decaying, (0.1, 0.2, 0.3))),
}
