"""Chapter 6, Adagrad and RMSprop: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.adaptive.adagrad_step import ADAGRAD
from descent.checks.catalogue.adaptive.half_life import HALF_LIFE
from descent.checks.catalogue.adaptive.invariance import PREDICTION
from descent.checks.catalogue.adaptive.rmsprop_step import REPAIRED, RMSPROP

EXERCISES = (ADAGRAD, RMSPROP, HALF_LIFE, PREDICTION, REPAIRED)
