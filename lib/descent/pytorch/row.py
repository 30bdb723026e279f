"""Parameters that lie in a row in memory, so that one kernel can step them all."""

import operator
from collections import defaultdict
from collections.abc import MutableMapping, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Any

import torch
from torch import Tensor

from descent.methods import Rule
from descent.pytorch.kernel import Kernel, working_dtype

foreach_copy = torch._foreach_copy_  # pyright: ignore[reportPrivateImportUsage]


class Row:
    """Parameters of one device and dtype as one flat tensor, with their states beside it.

    Parameters that already lie in a row, such as a single one, stay where they are; others move,
    once, into a new row, and are views of it from then on.
    """

    def __init__(self, params: Sequence[Tensor], rule: Rule) -> None:
        self.params, self.rule = list(params), rule
        self.bounds = list(accumulate((p.numel() for p in params), initial=0))
        if not in_a_row(params):
            home = torch.cat([flat(p) for p in params])
            for p, view in zip(params, self._views(home), strict=True):
                p.data = view
        self.theta = flat(params[0], self.bounds[-1])
        self.grad: Tensor | None = None
        working = working_dtype(self.theta.dtype)
        self.memory = [torch.empty_like(self.theta, dtype=working) for _ in rule.state_names]
        views = (
            zip(*map(self._views, self.memory), strict=True) if self.memory else ((),) * len(params)
        )
        self.views = [dict(zip(rule.state_names, parts, strict=True)) for parts in views]
        self.kept: list[dict[str, Any] | None] = [None] * len(params)

    def _views(self, row: Tensor) -> list[Tensor]:
        """The parts of `row`, each in the shape and memory format of its parameter."""
        start = row.storage_offset()
        return [
            row.as_strided(p.shape, p.stride(), start + begin)
            for p, begin in zip(self.params, self.bounds, strict=False)
        ]

    def fits(self) -> bool:
        """Whether all gradients there are can lie in a row: neither sparse nor of another dtype."""
        grads = [p.grad for p in self.params]
        dtype = self.theta.dtype
        return all(g is None or (g.dtype == dtype and g.layout is torch.strided) for g in grads)

    def step(self, kernel: Kernel, state: MutableMapping, hyper: dict[str, float]) -> None:
        """Steps the parameters that have a gradient: one call for neighbours of the same t."""
        grads = [p.grad for p in self.params]
        steps: list[int | None] = [
            None if grad is None else self._kept(index, state, hyper)["step"]
            for index, grad in enumerate(grads)
        ]
        gathered, numbers = None, list(hyper.values())
        for t, neighbours in groupby(range(len(grads)), key=steps.__getitem__):
            if t is None:
                continue
            indices = list(neighbours)
            begin, end = self.bounds[indices[0]], self.bounds[indices[-1] + 1]
            if gathered is None:
                gathered = self._gathered(grads)
            parts = [self.theta, gathered, *self.memory]
            if len(indices) < len(grads):
                parts = [row[begin:end] for row in parts]
            kernel(parts[0], parts[1], parts[2:], t + 1, numbers)
            for index in indices:
                state[self.params[index]]["step"] = t + 1

    def _kept(self, index: int, state: MutableMapping, hyper: dict[str, float]) -> dict[str, Any]:
        """The state of one parameter, in the row; a new one, and one from elsewhere, moves in."""
        parameter, views = self.params[index], self.views[index]
        found = state.get(parameter)
        if (
            found
            and found is self.kept[index]
            and all(found[name] is view for name, view in views.items())
        ):
            return found
        if found:
            start, t = [found[name] for name in views], found["step"]
        else:
            theta = parameter.to(working_dtype(parameter.dtype))
            start, t = self.rule.init(theta, **hyper), 0
        for view, part in zip(views.values(), start, strict=True):
            view.copy_(part)
        state[parameter] = self.kept[index] = {"step": t, **views}
        return state[parameter]

    def _gathered(self, grads: Sequence[Tensor | None]) -> Tensor:
        """The gradients in a row: the only one itself, or copies of them all."""
        only = grads[0] if len(grads) == 1 else None
        if only is not None and only.stride() == self.params[0].stride():
            return flat(only)
        if self.grad is None:
            self.grad = torch.empty_like(self.theta)
            self.grad_views = self._views(self.grad)
        present = [grad for grad in grads if grad is not None]
        views = [v for v, g in zip(self.grad_views, grads, strict=True) if g is not None]
        foreach_copy(views, present)
        return self.grad


def flat(tensor: Tensor, length: int | None = None) -> Tensor:
    """The tensor's memory, in one dimension, for `length` elements from its first."""
    return tensor.detach().as_strided((tensor.numel() if length is None else length,), (1,))


def place(tensor: Tensor) -> tuple:
    """Where the tensor's elements are."""
    return tensor.data_ptr(), tensor.stride()


def dense(tensor: Tensor) -> bool:
    """Whether the tensor fills its stretch of memory, each element once, in any memory format."""
    if tensor.layout is not torch.strided or not tensor.is_floating_point():
        return False
    axes = sorted(zip(tensor.stride(), tensor.shape, strict=True))
    strides = [stride for stride, size in axes if size != 1]
    sizes = [size for _, size in axes if size != 1]
    return tensor.numel() > 0 and strides == list(accumulate([1, *sizes], int.__mul__))[:-1]


def in_a_row(params: Sequence[Tensor]) -> bool:
    """Whether each begins, in the same storage, where the one before ends."""
    return all(
        q.untyped_storage().data_ptr() == p.untyped_storage().data_ptr()
        and q.storage_offset() == p.storage_offset() + p.numel()
        for p, q in pairwise(params)
    )


class Layout:
    """The parameters of a group: the dense ones in as few rows as can be, and the rest.

    A parameter moves only if nothing else lives in its storage, as far as a storage can tell:
    together the parameters must fill it, and no other process may share it.
    """

    def __init__(self, params: Sequence[Tensor], rule: Rule) -> None:
        self.params = list(params)
        self.rest = [p for p in params if not dense(p)]
        kinds: dict[tuple, list[Tensor]] = defaultdict(list)
        for p in params:
            if dense(p):
                kinds[p.device, p.dtype].append(p)
        self.rows = [Row(part, rule) for kind in kinds.values() for part in parted(kind)]
        self.places = [place(p) for p in params]

    def holds(self, params: Sequence[Tensor]) -> bool:
        """Whether these are the parameters, each still where it was."""
        same = len(params) == len(self.params) and all(map(operator.is_, params, self.params))
        return same and [place(p) for p in params] == self.places


def parted(params: list[Tensor]) -> list[list[Tensor]]:
    """The parameters, all together if they lie in a row or can move, else some of them alone."""
    if in_a_row(params):
        return [params]
    free = {id(p) for p in movable(params)}
    together = [p for p in params if id(p) in free]
    return [[p] for p in params if id(p) not in free] + ([together] if together else [])


def movable(params: Sequence[Tensor]) -> list[Tensor]:
    """Those that fill their storages, alone or together."""
    tenants: dict[int, list[Tensor]] = defaultdict(list)
    for p in params:
        tenants[p.untyped_storage().data_ptr()].append(p)
    free = []
    for group in tenants.values():
        ordered = sorted(group, key=Tensor.storage_offset)
        storage = ordered[0].untyped_storage()
        filled = (
            ordered[0].storage_offset() == 0
            and in_a_row(ordered)
            and storage.nbytes() == sum(p.nbytes for p in ordered)
        )
        if filled and not (storage.device.type == "cpu" and storage.is_shared()):
            free += ordered
    return free
