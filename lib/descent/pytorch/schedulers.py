"""The schedules of the book as a torch LRScheduler."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.optim.lr_scheduler import LRScheduler

from descent.inputs import unknown
from descent.schedules.schedule import askable

Values = Callable[[int], Any]


class Scheduler(LRScheduler):
    """Gives an optimiser the learning rate of each step, and other hyper-parameters on demand.

    After n calls of `step` every group has lr = lr(n), and group[name] = others[name](n).

    optimizer: a descent.pytorch.Optimizer, or any of torch's.
    lr: a schedule step -> lr, or a list with one for each parameter group. The rates are absolute:
        those that the groups had are not used.
    others: schedules of other hyper-parameters, by their names in the groups, such as
        beta=one_cycle_momentum(1000) (torch's SGD calls it momentum).

    Use it as torch's: `step()` after each `optimizer.step()`. As the rate is a function of the step
    alone, `state_dict` holds no more than the count, and a loaded one goes on where it was. Plateaus
    are for torch's own ReduceLROnPlateau, which works with descent.pytorch.Optimizer too.

    Raises TypeError for what cannot be asked for a step; ValueError for a hyper-parameter that the
    groups do not have and for a list that is not as long as they are many.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        lr: Values | Sequence[Values],
        **others: Values | Sequence[Values],
    ) -> None:
        self.schedules = {"lr": lr, **others}
        groups = optimizer.param_groups
        for name, given in self.schedules.items():
            if not isinstance(given, Sequence):
                askable(name, given)
            elif len(given) != len(groups):
                raise ValueError(
                    f"{name} must hold one schedule for each of {len(groups)} groups, "
                    f"got {len(given)}"
                )
            else:
                for i, schedule in enumerate(given):
                    askable(f"{name}[{i}]", schedule)
            for group in groups:
                if name not in group:
                    raise ValueError(unknown("hyper-parameter", name, group.keys() - {"params"}))
        super().__init__(optimizer)

    def _values(self, name: str) -> Iterator[Any]:
        """The present value of a hyper-parameter in each group."""
        given = self.schedules[name]
        for i, _ in enumerate(self.optimizer.param_groups):
            yield (given[i] if isinstance(given, Sequence) else given)(self.last_epoch)

    def get_lr(self) -> list[Any]:
        """The learning rates of the present step, one for each group."""
        return list(self._values("lr"))

    def step(self, epoch: int | None = None) -> None:
        """Goes on to the next step."""
        super().step(epoch)
        for name in self.schedules.keys() - {"lr"}:
            for group, value in zip(self.optimizer.param_groups, self._values(name), strict=True):
                group[name] = value

    def state_dict(self) -> dict[str, Any]:
        """The count of steps, and what else torch keeps; not the schedules, which are functions."""
        return {key: value for key, value in super().state_dict().items() if key != "schedules"}
