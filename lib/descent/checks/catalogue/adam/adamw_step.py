"""`adamw_step`: Adam with decoupled weight decay."""

import math

import numpy as np

from descent.checks.catalogue.adam import cases, mistakes, right
from descent.checks.catalogue.adam.adamw_variants import VARIANTS
from descent.checks.comparing import step_scale
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.methods import adamw


def _reference(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    theta, (m, v) = adamw(
        theta, grad, (m, v), t, lr=lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay
    )
    return theta, m, v


def _with_decay(draw):
    """Adam's case, with a decay that takes 1 to 30 per cent of theta."""

    def case(rng):
        *adams, lr, beta1, beta2, eps = draw(rng)
        return *adams, lr, beta1, beta2, eps, rng.uniform(0.01, 0.3) / lr

    return case


def _decayed_first(step):
    """Decays theta, then takes a right Adam's step."""

    def program(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
        return step((1 - lr * weight_decay) * theta, grad, m, v, t, lr, beta1, beta2, eps)

    return program


def _decay_subtracted(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    moved, m, v = right.folded(theta, grad, m, v, t, lr, beta1, beta2, eps)
    return moved - lr * weight_decay * theta, m, v


def _one_direction(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    adam = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return theta - lr * (adam + weight_decay * theta), m, v


def _copies_in_place(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    theta = theta.copy()
    theta *= 1 - lr * weight_decay
    return right.copies_in_place(theta, grad, m, v, t, lr, beta1, beta2, eps)


def _adamw(step=right.reference, decay=lambda theta, lr, weight_decay: lr * weight_decay * theta):
    """AdamW whose Adam, `step`, or whose `decay`, what is taken off theta, may be wrong."""

    def program(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
        theta = theta - decay(theta, lr, weight_decay)
        return step(theta, grad, m, v, t, lr, beta1, beta2, eps)

    return program


def _l2(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    return right.reference(theta, grad + weight_decay * theta, m, v, t, lr, beta1, beta2, eps)


def _decay_after(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    theta, m, v = right.reference(theta, grad, m, v, t, lr, beta1, beta2, eps)
    return (1 - lr * weight_decay) * theta, m, v


def _no_decay_at_zero(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    theta = np.where(grad == 0, theta, (1 - lr * weight_decay) * theta)
    return right.reference(theta, grad, m, v, t, lr, beta1, beta2, eps)


def _through_denominator(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    numerator = m / (1 - beta1**t) + weight_decay * theta
    return theta - lr * numerator / ((v / (1 - beta2**t)) ** 0.5 + eps), m, v


def _theta_in_place(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    theta *= 1 - lr * weight_decay
    return right.reference(theta, grad, m, v, t, lr, beta1, beta2, eps)


ADAMW = Exercise(
    name="adamw_step",
    title="One step of AdamW",
    section="sec-adamw",
    difficulty=2,
    minutes=10,
    signature=(
        "adamw_step(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay) -> (theta, m, v)"
    ),
    reference=_reference,
    probes=(
        Probe("steps early in a run", 1.5, _with_decay(cases.running)),
        Probe("a zero gradient at the first step", 0.5, _with_decay(cases.resting), draws=1),
        Probe("a zero gradient in mid-run", 0.5, _with_decay(cases.coasting), draws=2),
    ),
    untouched=0.5,
    scale=step_scale(0),
    hints=(
        "The decay must not pass through m, v or the denominator. Where does that leave it?",
        "Shrink theta by the factor 1 - lr * weight_decay, then take Adam's step with the gradient as it is.",
        "Begin with theta = (1 - lr * weight_decay) * theta; all other lines are those of adam_step.",
    ),
    right=(
        _decay_subtracted,
        _one_direction,
        _copies_in_place,
        _decayed_first(right.looped),
        _decayed_first(right.hypotenuse),
        _adamw(right.pulled),
    ),
    wrong=(
        Wrong(
            "L2 in the gradient",
            _l2,
            "You add weight_decay * theta to the gradient, which is an L2 penalty.",
            "Adam divides that by the size of the gradients too, so weights with large gradients hardly decay.",
            "sec-adamw",
            mistake=24,
        ),
        Wrong(
            "decay without lr",
            _adamw(decay=lambda theta, lr, weight_decay: weight_decay * theta),
            "Your decay is not multiplied by lr: the paper's own convention, but not this one.",
            "In algorithm 2 of the paper a schedule multiplies both; torch and this book use lr itself.",
            "sec-adamw",
        ),
        Wrong(
            "wrong sign",
            _adamw(decay=lambda theta, lr, weight_decay: -lr * weight_decay * theta),
            "Your weights grow: the decay has the wrong sign.",
            "The factor is 1 - lr * weight_decay, below 1.",
            "sec-adamw",
        ),
        Wrong(
            "decay after the step",
            _decay_after,
            "Your decay multiplies the theta that Adam has already moved.",
            "It must act on the old theta; otherwise it shortens Adam's step as well.",
            "sec-adamw",
        ),
        Wrong(
            "no decay where the gradient is zero",
            _no_decay_at_zero,
            "Your weights do not decay where the gradient is zero.",
            "Decoupled decay does not look at the gradient at all.",
            "sec-adamw",
        ),
        Wrong(
            "no decay",
            _adamw(decay=lambda theta, lr, weight_decay: 0.0),
            "This is plain Adam: weight_decay is not used.",
            "theta must shrink by the factor 1 - lr * weight_decay before the step.",
            "sec-adamw",
        ),
        Wrong(
            "decay through the denominator",
            _through_denominator,
            "Your decay is divided by sqrt(v_hat) + eps along with m_hat.",
            "It stays out of the moments but not out of the denominator; decoupled decay stays out of both.",
            "sec-adamw",
            mistake=24,
        ),
        Wrong(
            "lr twice",
            _adamw(decay=lambda theta, lr, weight_decay: lr**2 * weight_decay * theta),
            "Your decay is multiplied by lr twice.",
            "Once is enough: theta shrinks by lr * weight_decay of itself.",
            "sec-adamw",
        ),
        Wrong(
            "exponential decay",
            _adamw(decay=lambda theta, lr, weight_decay: -math.expm1(-lr * weight_decay) * theta),
            "You shrink theta by exp(-lr * weight_decay); the factor is 1 - lr * weight_decay.",
            "The two agree only while lr * weight_decay is small.",
            "sec-adamw",
        ),
        Wrong(
            "decay by the sign",
            _adamw(decay=lambda theta, lr, weight_decay: lr * weight_decay * np.sign(theta)),
            "You take the same amount off every weight: that is the gradient of an L1 penalty.",
            "Weight decay takes off a fraction, so large weights lose more.",
            "sec-adamw",
        ),
        Wrong(
            "no bias correction",
            _adamw(mistakes.no_bias_correction),
            "The decay is right, but your Adam has no bias correction.",
            "Averages that start at zero are too small at first; dividing by 1 - beta**t makes up for it.",
            "sec-adam-bias",
            mistake=3,
        ),
        Wrong(
            "corrected moments stored",
            _adamw(mistakes.corrected_moments_stored),
            "The decay is right, but you return the corrected moments.",
            "m_hat and v_hat serve one step only; m and v themselves must be kept.",
            "sec-adam-bias",
            mistake=29,
        ),
        Wrong(
            "epsilon inside the root",
            _adamw(mistakes.epsilon_inside),
            "The decay is right, but your eps stands inside the root.",
            "Where |g| is 1e-5, eps = 1e-8 inside the root makes the step ten times too short.",
            "sec-adam-epsilon",
            mistake=22,
        ),
        Wrong(
            "ignores t",
            _adamw(mistakes.ignores_t),
            "The decay is right, but you divide by 1 - beta in every step, as if t were always 1.",
            "The correction fades: it is 1 - beta**t.",
            "sec-adam-bias",
        ),
        Wrong(
            "|g| for g squared",
            _adamw(mistakes.absolute),
            "The decay is right, but you average |grad| in v; the squares are meant.",
            "v is the second moment, the mean of squares.",
            "sec-adam-moments",
            mistake=3,
        ),
        Wrong(
            "divided before eps is added",
            _adamw(mistakes.divided_first),
            "The decay is right, but you divide by the root of v before eps is added: where v is zero it gives NaN.",
            "eps is there to keep the denominator from zero: add it to the root first.",
            "sec-adam-epsilon",
        ),
        Wrong(
            "stops where the gradient is zero",
            _adamw(mistakes.zero_skipped),
            "Where the gradient is zero you decay, but do not step.",
            "The moments fade, and m still moves the parameters.",
            "sec-adam-rule",
        ),
        Wrong(
            "theta changed in place",
            _theta_in_place,
            "The numbers are right, but the theta you were given is changed.",
            "theta *= … writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
    variants=VARIANTS,
)
