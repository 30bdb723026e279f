"""Chapter 5, Nesterov's method: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.nesterov.changes import CHANGES
from descent.checks.catalogue.nesterov.iterates import ITERATES
from descent.checks.catalogue.nesterov.lookahead import LOOKAHEAD
from descent.checks.catalogue.nesterov.nesterov_step import NESTEROV, REPAIRED
from descent.checks.catalogue.predictions import number_prediction
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_nesterov_steps",
    section="sec-nesterov-rate",
    signature="predicted_nesterov_steps -> a whole number",
    hint="Gradient descent needs steps in proportion to the condition number, Nesterov's method to its root.",
    whole=True,
)

EXERCISES = with_variants((LOOKAHEAD, NESTEROV, ITERATES, REPAIRED, PREDICTION), CHANGES)
