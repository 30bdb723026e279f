"""Chapter 2, gradient descent: the exercises, their cases, and their right and wrong versions."""

from descent.checks.catalogue.gradient_descent.line_search import SEARCH
from descent.checks.catalogue.gradient_descent.prediction import PREDICTION
from descent.checks.catalogue.gradient_descent.stable_lr import STABLE
from descent.checks.catalogue.gradient_descent.stopping import UNTIL
from descent.checks.catalogue.gradient_descent.trajectory import DESCENT

EXERCISES = (DESCENT, STABLE, SEARCH, UNTIL, PREDICTION)
