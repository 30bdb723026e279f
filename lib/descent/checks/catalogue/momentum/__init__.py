"""Chapter 4, momentum: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.momentum.changes import CHANGES
from descent.checks.catalogue.momentum.conversion import CONVERSION
from descent.checks.catalogue.momentum.heavy_ball import HEAVY_BALL
from descent.checks.catalogue.momentum.momentum_step import MOMENTUM, REPAIRED
from descent.checks.catalogue.predictions import number_prediction
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_momentum_steps",
    section="sec-momentum-tuning",
    signature="predicted_momentum_steps -> a whole number",
    hint="With beta = 0.9 a long run cannot shrink the error by more than sqrt(0.9) a step.",
    whole=True,
)

EXERCISES = with_variants((MOMENTUM, CONVERSION, REPAIRED, HEAVY_BALL, PREDICTION), CHANGES)
