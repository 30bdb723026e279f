"""Chapter 9, batch size: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.batch_size.accumulate import ACCUMULATE
from descent.checks.catalogue.batch_size.changes import CHANGES
from descent.checks.catalogue.batch_size.noise_scale import NOISE_SCALE
from descent.checks.catalogue.batch_size.pieces import REPAIRED
from descent.checks.catalogue.batch_size.scaling import SCALE
from descent.checks.catalogue.predictions import number_prediction
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_critical_batch",
    section="sec-batch-critical",
    signature="predicted_critical_batch -> a whole number",
    hint="There are 1,000 images. With all of them at once a handful of steps is enough; with one at a time it takes "
    "several hundred.",
    whole=True,
)

EXERCISES = with_variants((ACCUMULATE, REPAIRED, SCALE, NOISE_SCALE, PREDICTION), CHANGES)
