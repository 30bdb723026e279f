"""Chapter 8, schedules: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.predictions import number_prediction
from descent.checks.catalogue.schedules.changes import CHANGES
from descent.checks.catalogue.schedules.cosine import COSINE
from descent.checks.catalogue.schedules.decays import EXPONENTIAL_DECAY, STEP_DECAY
from descent.checks.catalogue.schedules.late import REPAIRED
from descent.checks.catalogue.schedules.one_cycle import ONE_CYCLE
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_floor_left",
    section="sec-schedules-why",
    signature="predicted_floor_left -> a positive number",
    hint="The floor of a constant rate is nearly proportional to it, and the last rates are close to 0.",
    whole=False,
)

EXERCISES = with_variants(
    (STEP_DECAY, EXPONENTIAL_DECAY, COSINE, ONE_CYCLE, REPAIRED, PREDICTION), CHANGES
)
