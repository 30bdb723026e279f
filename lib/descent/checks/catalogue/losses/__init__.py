"""Chapter 1, losses and gradients: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.losses.changes import CHANGES
from descent.checks.catalogue.losses.hand_step import HAND_STEP
from descent.checks.catalogue.losses.numerical import NUMERICAL
from descent.checks.catalogue.losses.squared_error import MSE
from descent.checks.catalogue.predictions import number_prediction
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_h",
    section="sec-losses-numerical",
    signature="predicted_h -> a positive number",
    hint="A large h cuts off too much of the Taylor series; a tiny one is lost in rounding, 16 digits down.",
    whole=False,
)

EXERCISES = with_variants((NUMERICAL, MSE, HAND_STEP, PREDICTION), CHANGES)
