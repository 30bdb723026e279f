"""Chapter 11, a fair comparison: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.comparison.changes import CHANGES
from descent.checks.catalogue.comparison.own_test import OWN_TEST
from descent.checks.catalogue.comparison.paired import PAIRED
from descent.checks.catalogue.comparison.plot_faults import FAULTS
from descent.checks.catalogue.comparison.shared_network import REPAIRED
from descent.checks.catalogue.comparison.train_step import TRAIN_STEP
from descent.checks.catalogue.predictions import number_prediction
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_lead",
    section="sec-comparison-luck",
    signature="predicted_lead -> a number",
    hint="A single run is as often above the true accuracy as below it. And the best of seven runs?",
    whole=False,
)

EXERCISES = with_variants((PREDICTION, TRAIN_STEP, REPAIRED, PAIRED, OWN_TEST, FAULTS), CHANGES)
