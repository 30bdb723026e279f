"""The schedule that must remember: it lowers the rate when the score no longer falls."""

import math
from dataclasses import dataclass, field

from descent.inputs import count, number


@dataclass
class ReduceOnPlateau:
    """Lowers the rate when the score stops falling: the schedule that needs to be told, and remembers.

    `update(score)` after each epoch returns the rate of the next one; `lr` is the present one. A score
    is better when it is below `best` - `min_delta`. After `patience` updates in a row without a better
    one lr becomes max(lr * factor, min_lr), and for `cooldown` updates none is counted as worse.

    lr > 0. factor: in (0, 1). patience: from 1. min_delta >= 0, in units of the score. cooldown: from
    0. min_lr: in [0, lr]. Raises TypeError or ValueError that names the argument.
    torch's ReduceLROnPlateau, which works with `descent.pytorch.Optimizer` as it is, waits one update
    longer (its patience is one less for the same run), measures improvement relative to `best` unless
    threshold_mode="abs", and leaves out changes of lr below its eps.
    """

    lr: float
    factor: float = 0.1
    patience: int = 10
    min_delta: float = 0.0
    cooldown: int = 0
    min_lr: float = 0.0
    best: float = field(default=math.inf, init=False)
    waited: int = field(default=0, init=False)
    resting: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.lr = number("lr", self.lr, above=0)
        self.factor = number("factor", self.factor, above=0, below=1)
        self.patience = count("patience", self.patience, at_least=1)
        self.min_delta = number("min_delta", self.min_delta, at_least=0)
        self.cooldown = count("cooldown", self.cooldown)
        self.min_lr = number("min_lr", self.min_lr, at_least=0, at_most=self.lr)

    def update(self, score: float) -> float:
        """Takes the latest score (lower is better, finite) and returns the rate from here on."""
        score = number("score", score)
        if score < self.best - self.min_delta:
            self.best, self.waited = score, 0
        else:
            self.waited += 1
        if self.resting > 0:
            self.resting, self.waited = self.resting - 1, 0
        if self.waited >= self.patience:
            self.lr = max(self.lr * self.factor, self.min_lr)
            self.resting, self.waited = self.cooldown, 0
        return self.lr
