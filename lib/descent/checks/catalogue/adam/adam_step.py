"""`adam_step`: one step of Adam; and the same function to be repaired."""

from dataclasses import replace

import numpy as np

from descent.checks.catalogue.adam import mistakes
from descent.checks.catalogue.adam.right import RIGHT, reference
from descent.checks.catalogue.adam.variants import VARIANTS
from descent.checks.catalogue.steps import (
    direction,
    epsilon,
    gradient,
    learning_rate,
    shape,
    sizes,
)
from descent.checks.comparing import step_scale
from descent.checks.exercise import Exercise, Probe, Wrong


def running(rng):
    """An early step: sometimes the first, from rest, mostly a later one from any state."""
    d, settings = shape(rng), _settings(rng)
    theta = rng.normal(size=d)
    if rng.random() < 0.125:
        return theta, direction(rng, d), np.zeros(d), np.zeros(d), 1, *settings
    return (
        theta,
        gradient(rng, d),
        direction(rng, d),
        sizes(rng, d) ** 2,
        _time(rng, settings),
        *settings,
    )


def resting(rng):
    """A zero gradient at the first step: 0 / (0 + eps) is 0."""
    zero = np.zeros(shape(rng))
    return rng.normal(size=zero.shape), zero, zero, zero, 1, *_settings(rng)


def coasting(rng):
    """A zero gradient later on: the moments fade, and theta moves on."""
    d, settings = shape(rng), _settings(rng)
    m, v = direction(rng, d), sizes(rng, d) ** 2
    return rng.normal(size=d), np.zeros(d), m, v, _time(rng, settings), *settings


def _settings(rng):
    """lr, beta1, beta2, eps."""
    return learning_rate(rng), rng.uniform(0.1, 0.9), rng.uniform(0.7, 0.999), epsilon(rng)


def _time(rng, settings):
    """A step from 2 to 50, so early that the bias beta1**t is at least 1e-5: mistakes in it must show."""
    _, beta1, _, _ = settings
    return int(rng.integers(2, min(50, int(np.log(1e-5) / np.log(beta1))) + 1))


ADAM = Exercise(
    name="adam_step",
    title="One step of Adam",
    section="sec-adam-rule",
    difficulty=2,
    minutes=15,
    signature="adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps) -> (theta, m, v)",
    reference=reference,
    probes=(
        Probe("steps early in a run", 2.5, running),
        Probe("a zero gradient at the first step", 0.5, resting, draws=1),
        Probe("a zero gradient in mid-run", 0.5, coasting, draws=2),
    ),
    untouched=0.5,
    scale=step_scale(0),
    hints=(
        "Two averages, of grad and of grad**2, each with its own beta. Which lines use t?",
        "Divide both averages by 1 - beta**t for the step, but return them as they are. eps stands outside the root.",
        "m_hat = m / (1 - beta1**t); v_hat = v / (1 - beta2**t); "
        "theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps); return theta, m, v.",
    ),
    right=RIGHT,
    wrong=(
        Wrong(
            "no bias correction",
            mistakes.no_bias_correction,
            "These are the numbers of Adam without bias correction.",
            "Averages that start at zero are too small at first; dividing by 1 - beta**t makes up for it.",
            "sec-adam-bias",
            mistake=3,
        ),
        Wrong(
            "corrected moments stored",
            mistakes.corrected_moments_stored,
            "You return the corrected moments, so the next step corrects them again.",
            "m_hat and v_hat serve one step only; m and v themselves must be kept.",
            "sec-adam-bias",
            mistake=29,
        ),
        Wrong(
            "epsilon inside the root",
            mistakes.epsilon_inside,
            "Your eps stands inside the root.",
            "Where |g| is 1e-5, eps = 1e-8 inside the root makes the step ten times too short.",
            "sec-adam-epsilon",
            mistake=22,
        ),
        Wrong(
            "epsilon inside the root, before the correction",
            mistakes.epsilon_inside_uncorrected,
            "Your eps stands inside the root, and is divided by the bias correction as well.",
            "Correct v first, take the root, and add eps last.",
            "sec-adam-epsilon",
            mistake=22,
        ),
        Wrong(
            "epsilon before the correction",
            mistakes.epsilon_before_correction,
            "Your eps is added to the root of v before the bias correction: Keras's convention, not this one.",
            "It acts as eps / sqrt(1 - beta2**t) would here: larger at first, the same in the end.",
            "sec-adam-epsilon",
        ),
        Wrong(
            "epsilon missing",
            mistakes.epsilon_missing,
            "eps is missing.",
            "It keeps the step finite where v is zero, and short where gradients are tiny.",
            "sec-adam-epsilon",
        ),
        Wrong(
            "divided before eps is added",
            mistakes.divided_first,
            "Your formula divides by the root of v before eps is added: where v is zero it gives NaN.",
            "eps is there to keep the denominator from zero: add it to the root first.",
            "sec-adam-epsilon",
        ),
        Wrong(
            "one plus the root",
            mistakes.one_plus_root,
            "Your denominator is 1 + sqrt(v_hat); eps was meant where you have 1.",
            "With 1 there the step depends on the loss's unit: multiply the loss by 1e-3 and Adam hardly moves.",
            "sec-adam-epsilon",
            mistake=27,
        ),
        Wrong(
            "root missing",
            mistakes.root_missing,
            "You divide by v_hat itself; its root is meant.",
            "The root has the unit of a gradient, so that the step has none.",
            "sec-adam-rule",
        ),
        Wrong(
            "beta2 hard-coded",
            mistakes.beta2_hard_coded,
            "Your beta2 is 0.9, whatever was asked for.",
            "Use the argument; the usual value is 0.999, a memory a hundred times as long.",
            "sec-adam-moments",
            mistake=28,
        ),
        Wrong(
            "defaults hard-coded",
            mistakes.defaults_hard_coded,
            "Your betas are 0.9 and 0.999, whatever was asked for.",
            "Use the arguments beta1 and beta2.",
            "sec-adam-moments",
        ),
        Wrong(
            "betas exchanged",
            mistakes.betas_exchanged,
            "Your betas are exchanged: beta1 belongs to m, beta2 to v.",
            "The squares need the longer memory.",
            "sec-adam-moments",
        ),
        Wrong(
            "ignores t",
            mistakes.ignores_t,
            "You divide by 1 - beta in every step, as if t were always 1.",
            "The correction fades: it is 1 - beta**t.",
            "sec-adam-bias",
        ),
        Wrong(
            "t - 1",
            mistakes.t_minus_one,
            "You use t - 1 in the bias correction, which divides by zero at the first step.",
            "t counts from 1: it is already 1 at the first step.",
            "sec-adam-bias",
        ),
        Wrong(
            "t + 1",
            mistakes.t_plus_one,
            "You use t + 1 in the bias correction.",
            "t counts from 1, so the power is t itself; t + 1 is for loops that count from 0.",
            "sec-adam-bias",
        ),
        Wrong(
            "beta times t",
            mistakes.times_t,
            "You multiply beta by t; the power beta**t is meant.",
            "A start of zero still weighs beta**t after t steps.",
            "sec-adam-bias",
        ),
        Wrong(
            "first moment uncorrected",
            mistakes.first_uncorrected,
            "You correct v but not m.",
            "Both start at zero, so both are too small at first; without m's correction the first steps are too short.",
            "sec-adam-bias",
        ),
        Wrong(
            "second moment uncorrected",
            mistakes.second_uncorrected,
            "You correct m but not v.",
            "Both start at zero; without v's correction the first steps are far too long.",
            "sec-adam-bias",
        ),
        Wrong(
            "|g| for g squared",
            mistakes.absolute,
            "You average |grad|; the squares are meant.",
            "v is the second moment, the mean of squares; its root has the size of a gradient.",
            "sec-adam-moments",
            mistake=3,
        ),
        Wrong(
            "g for g squared",
            mistakes.not_squared,
            "You average grad in v; its square is meant.",
            "The root of a negative mean is NaN; squares are never negative.",
            "sec-adam-moments",
        ),
        Wrong(
            "mean squared",
            mistakes.squared_mean,
            "Your v averages the squares of m; the squares of grad are meant.",
            "Gradients that change sign cancel in m, but they must count in v.",
            "sec-adam-moments",
        ),
        Wrong(
            "whole-vector norm",
            mistakes.norm,
            "Your v averages the squared norm of the whole gradient.",
            "Each coordinate has its own v, and so a learning rate of its own.",
            "sec-adam-moments",
        ),
        Wrong(
            "larger instead of sum",
            mistakes.larger,
            "Your v keeps the larger of its two parts; an average is their sum.",
            "Adamax keeps a maximum, of |grad| and without 1 - beta2; Adam adds.",
            "sec-adam-moments",
        ),
        Wrong(
            "1 - beta missing",
            mistakes.summed,
            "The factors 1 - beta are missing before the new gradient and its square.",
            "The weights of an average must sum to 1.",
            "sec-adam-moments",
        ),
        Wrong(
            "beta and 1 - beta exchanged",
            mistakes.factors_exchanged,
            "Your factors are exchanged: beta belongs to the old average, 1 - beta to the new value.",
            "beta near 1 means a long memory; exchanged, it means almost none.",
            "sec-adam-moments",
        ),
        Wrong(
            "gradient for m",
            mistakes.gradient_for_m,
            "Your step uses the gradient itself; m_hat is meant.",
            "That is RMSprop with a bias correction; Adam steps along the average of the gradients.",
            "sec-adam-rule",
        ),
        Wrong(
            "old moments",
            mistakes.old_moments,
            "Your step uses the moments from before this gradient.",
            "Update m and v first, then step.",
            "sec-adam-rule",
        ),
        Wrong(
            "lr divided by the root of t",
            mistakes.decaying_lr,
            "You divide lr by sqrt(t).",
            "The paper's proof does so, its algorithm does not: a schedule is the caller's business.",
            "sec-adam-rule",
        ),
        Wrong(
            "ascent",
            mistakes.ascent,
            "Your step goes uphill: it adds where it should subtract.",
            "m_hat is a mean of gradients, and gradients point uphill.",
            "sec-adam-rule",
        ),
        Wrong(
            "results exchanged",
            mistakes.results_exchanged,
            "You return v before m.",
            "The order is (theta, m, v).",
            "sec-adam-rule",
        ),
        Wrong(
            "stops where the gradient is zero",
            mistakes.zero_skipped,
            "Your step stands still where the gradient is zero.",
            "A zero is a gradient like any other: the moments fade, and m still moves the parameters.",
            "sec-adam-rule",
        ),
        Wrong(
            "arguments changed in place",
            mistakes.moments_in_place,
            "The numbers are right, but you write into the arrays that you were given.",
            "m *= beta1 and theta -= … change the caller's arrays; make new ones.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    ),
    variants=VARIANTS,
)

REPAIRED = replace(
    ADAM,
    name="adam_repaired",
    title="Bug lab: the Adam that stalls",
    section="sec-adam-bias",
    minutes=10,
    variants=(),
    signature="adam_repaired(theta, grad, m, v, t, lr, beta1, beta2, eps) -> (theta, m, v)",
    hints=(
        "The first step is right. Print m after each of three steps under a gradient that is always 1.",
        "An average of ones cannot exceed 1. Which line makes it?",
        "Give the corrected moments names of their own, m_hat and v_hat, and return m and v.",
    ),
)
