"""Chapter 6, Adagrad and RMSprop: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.adaptive.adagrad_step import ADAGRAD
from descent.checks.catalogue.adaptive.changes import CHANGES
from descent.checks.catalogue.adaptive.half_life import HALF_LIFE
from descent.checks.catalogue.adaptive.invariance import PREDICTION
from descent.checks.catalogue.adaptive.rmsprop_step import REPAIRED, RMSPROP
from descent.checks.variants import with_variants

EXERCISES = with_variants((ADAGRAD, RMSPROP, HALF_LIFE, PREDICTION, REPAIRED), CHANGES)
