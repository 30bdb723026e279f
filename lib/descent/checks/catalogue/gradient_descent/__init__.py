"""Chapter 2, gradient descent: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.gradient_descent.changes import CHANGES
from descent.checks.catalogue.gradient_descent.line_search import SEARCH
from descent.checks.catalogue.gradient_descent.stable_lr import STABLE
from descent.checks.catalogue.gradient_descent.stopping import UNTIL
from descent.checks.catalogue.gradient_descent.trajectory import DESCENT
from descent.checks.catalogue.predictions import number_prediction
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_steps",
    section="sec-gd-rate",
    signature="predicted_steps -> a whole number",
    hint="How much of the error is left after one step?",
    whole=True,
)

EXERCISES = with_variants((DESCENT, STABLE, SEARCH, UNTIL, PREDICTION), CHANGES)
