"""Descent: optimising and tuning neural networks, from gradient descent to Adam and beyond.

`import descent` needs NumPy alone; everything heavier is imported where it is used.
"""

from descent.checks import check, hint
from descent.methods import RULES
from descent.minimize import Trajectory, minimize
from descent.problems import PROBLEMS, problem

__version__ = "0.1.0"
__all__ = ["PROBLEMS", "RULES", "Trajectory", "__version__", "check", "hint", "minimize", "problem"]
