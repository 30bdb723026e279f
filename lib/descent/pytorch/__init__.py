"""The rules of the book at work in PyTorch. Needs torch: `pip install "descent-book[torch]"`."""

from descent.pytorch.optimizer import Optimizer
from descent.pytorch.schedulers import Scheduler

__all__ = ["Optimizer", "Scheduler"]
