"""Chapter 3, stochastic gradients: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.predictions import number_prediction
from descent.checks.catalogue.stochastic.changes import CHANGES
from descent.checks.catalogue.stochastic.cutting import BATCHES
from descent.checks.catalogue.stochastic.epoch import EPOCH
from descent.checks.catalogue.stochastic.variance import VARIANCE
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_floor_ratio",
    section="sec-stochastic-noise-floor",
    signature="predicted_floor_ratio -> a positive number",
    hint="Each step adds noise of variance lr² σ², and the pull towards the minimum is proportional to lr.",
    whole=False,
)

EXERCISES = with_variants((BATCHES, EPOCH, VARIANCE, PREDICTION), CHANGES)
