"""Chapter 7, Adam and AdamW: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.adam.adam_step import ADAM, REPAIRED
from descent.checks.catalogue.adam.adamw_step import ADAMW
from descent.checks.catalogue.adam.changes import CHANGES
from descent.checks.catalogue.adam.groups import GROUPS
from descent.checks.catalogue.adam.own_test import OWN_TEST
from descent.checks.catalogue.predictions import number_prediction
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_first_step",
    section="sec-adam-bias",
    signature="predicted_first_step -> a positive number",
    hint="From rest m is (1 - beta1) * g and v is (1 - beta2) * g**2. Which of the two factors wins?",
    whole=False,
)

EXERCISES = with_variants((PREDICTION, ADAM, OWN_TEST, REPAIRED, ADAMW, GROUPS), CHANGES)
