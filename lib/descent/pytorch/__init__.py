"""The rules of the book at work in PyTorch. Needs torch: `pip install "descent-book[torch]"`."""

from descent.pytorch.optimizer import Optimizer

__all__ = ["Optimizer"]
