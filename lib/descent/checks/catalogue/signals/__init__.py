"""Chapter 10, signal propagation: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.predictions import number_prediction
from descent.checks.catalogue.signals.batchnorm import BATCHNORM
from descent.checks.catalogue.signals.changes import CHANGES
from descent.checks.catalogue.signals.clipped_step import REPAIRED
from descent.checks.catalogue.signals.clipping import CLIPPING
from descent.checks.catalogue.signals.glorot import GLOROT
from descent.checks.catalogue.signals.he import HE
from descent.checks.catalogue.signals.leaky_relu import LEAKY_RELU
from descent.checks.catalogue.signals.normalisers import LAYERNORM, WEIGHT_NORM
from descent.checks.catalogue.signals.prelu import PRELU
from descent.checks.variants import with_variants

PREDICTION = number_prediction(
    "predicted_fading",
    section="sec-signals-he",
    signature="predicted_fading -> a positive number",
    hint="ReLU drops half of the mean square. So what does one layer do to it, and what do thirty?",
    whole=False,
)

EXERCISES = with_variants(
    (
        HE,
        GLOROT,
        PREDICTION,
        LEAKY_RELU,
        PRELU,
        BATCHNORM,
        LAYERNORM,
        WEIGHT_NORM,
        CLIPPING,
        REPAIRED,
    ),
    CHANGES,
)
