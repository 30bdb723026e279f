"""`hand_step`: one step of gradient descent on paper."""

from decimal import Decimal
from fractions import Fraction

import numpy as np

from descent.checks.catalogue.losses.chapter import CHAPTER
from descent.checks.catalogue.losses.squared_error import MSE
from descent.checks.exercise import Exercise, Probe, Wrong

X = np.array([[2.0, 1.0], [4.0, 1.0]])  # the points x = 2 and x = 4, and the ones
Y = np.array([3.0, 5.0])
START = np.array([1.0, 0.0])  # slope, intercept
LR = 0.1

_loss, _gradient = MSE.reference(X, Y, START)
_residuals = X @ START - Y
_slope = float((START - LR * _gradient)[0])


def _wrong(name: str, value: float, sentence: str, because: str, section: str) -> Wrong:
    return Wrong(name, lambda: value, sentence, because, section)


HAND_STEP = Exercise(
    name="hand_step",
    title="One step on paper",
    chapter=CHAPTER,
    section="sec-losses-step",
    difficulty=1,
    minutes=8,
    signature="hand_step -> a number",
    reference=lambda: _slope,
    probes=(Probe("the new slope", 1.0, lambda rng: (), draws=1),),
    hints=(
        "Both residuals (prediction minus target) are small whole numbers. Write them down first.",
        "The derivative by the slope is the mean of 2 · residual · x over the two points.",
        "The residuals are -1 and -1, so the derivative is (2 · (-1) · 2 + 2 · (-1) · 4) / 2; "
        "the new slope is the old one minus 0.1 times that.",
    ),
    right=tuple(
        lambda value=value: value
        for value in (
            _slope,
            1.6,
            np.float64(1.6),
            np.array(8 / 5),
            Fraction(8, 5),
            Decimal("1.6"),
            1 - 0.1 * (-6),
        )
    ),
    wrong=(
        _wrong(
            "ascent",
            START[0] + LR * _gradient[0],
            "You went uphill: the learning rate times the derivative is subtracted.",
            "The derivative is negative here, so the slope must grow.",
            "sec-losses-step",
        ),
        _wrong(
            "no factor X",
            START[0] - LR * 2 * _residuals.mean(),
            "Your derivative lacks the factor x: each residual is multiplied by its x.",
            "This is the derivative by the intercept, whose x is 1.",
            "sec-losses-mse",
        ),
        _wrong(
            "missing 2",
            START[0] - LR * _gradient[0] / 2,
            "The factor 2 is missing in your derivative: the derivative of r² is 2r.",
            "The square brings the 2, the chain rule the factor x.",
            "sec-losses-mse",
        ),
        _wrong(
            "sum for mean",
            START[0] - LR * _gradient[0] * len(Y),
            "You added up over the two points; the loss is their mean.",
            "A mean of two divides by 2.",
            "sec-losses-mse",
        ),
        _wrong(
            "learning rate forgotten",
            START[0] - _gradient[0],
            "You subtracted the whole derivative; the learning rate 0.1 scales it.",
            "The gradient gives the direction, the learning rate how far to go.",
            "sec-losses-step",
        ),
        _wrong(
            "derivative",
            _gradient[0],
            "This is the derivative by the slope; take the step with it.",
            "The new slope is the old one minus 0.1 times the derivative.",
            "sec-losses-step",
        ),
        _wrong(
            "change alone",
            -LR * _gradient[0],
            "This is by how much the slope changes; add the old slope.",
            "A step begins where you stand, at slope 1.",
            "sec-losses-step",
        ),
        _wrong(
            "intercept",
            (START - LR * _gradient)[1],
            "This is the new intercept; the slope is asked for.",
            "The first parameter is the slope, the last the intercept.",
            "sec-losses-step",
        ),
        _wrong(
            "loss",
            _loss,
            "This is the loss at the start; the slope after the step is asked for.",
            "The loss tells how good the start is, its gradient where to go.",
            "sec-losses-step",
        ),
    ),
)
