"""Where a group's parameters, gradients and states lie in memory, so that few kernel calls step them."""

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


def large(p: Tensor) -> bool:
    """Whether a kernel call of its own costs less than to gather the gradient (measured on CPUs)."""
    return p.numel() >= (2**13 if p.device.type == "cpu" else 2**20)


class Members:
    """Parameters of one device and dtype whose states lie in memory that is kept here.

    views: for each parameter the tensors of its state, in its shape and memory format.
    """

    def __init__(self, params: Sequence[Tensor], rule: Rule, views: Sequence[Sequence[Tensor]]):
        self.params, self.rule = list(params), rule
        self.dtype = params[0].dtype
        self.views = [dict(zip(rule.state_names, parts, strict=True)) for parts in views]
        self.kept: list[dict[str, Any] | None] = [None] * len(self.params)

    def step(
        self, kernel: Kernel, state: MutableMapping, hyper: dict[str, float]
    ) -> Sequence[Tensor]:
        """Steps the parameters that have a gradient; returns those that this cannot step."""
        raise NotImplementedError

    def _state(self, index: int, state: MutableMapping, hyper: dict[str, float]) -> dict[str, Any]:
        """The state of one parameter, in its place; a new one, and one from elsewhere, moves in."""
        parameter, views = self.params[index], self.views[index]
        found = state.get(parameter)
        if (
            found
            and found is self.kept[index]
            and all(map(operator.is_, map(found.get, views), views.values()))
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

    def _unfit(self, grads: Sequence[Tensor | None]) -> bool:
        """Whether a gradient is sparse or of another dtype."""
        dtype, strided = self.dtype, torch.strided
        return any(g is not None and (g.dtype != dtype or g.layout is not strided) for g in grads)


class Separate(Members):
    """Parameters that stay where they are, each stepped by a kernel call of its own."""

    def __init__(self, params: Sequence[Tensor], rule: Rule) -> None:
        working = working_dtype(params[0].dtype)
        views = [[torch.empty_like(p, dtype=working) for _ in rule.state_names] for p in params]
        super().__init__(params, rule, views)
        self.flat = [
            (flat(p), [flat(view) for view in own]) for p, own in zip(params, views, strict=True)
        ]
        self.strides = [p.stride() for p in params]

    def step(
        self, kernel: Kernel, state: MutableMapping, hyper: dict[str, float]
    ) -> Sequence[Tensor]:
        """Steps the parameters that have a gradient; returns those that this cannot step."""
        grads = [p.grad for p in self.params]
        if self._unfit(grads):
            return self.params
        numbers = tuple(hyper.values())
        for index, grad in enumerate(grads):
            if grad is None:
                continue
            found = self._state(index, state, hyper)
            theta, memory = self.flat[index]
            if grad.stride() != self.strides[index]:
                grad = torch.empty_like(self.params[index]).copy_(grad)
            t = found["step"] + 1
            kernel(theta, grad, memory, t, numbers)  # reads the gradient's memory, not its shape
            found["step"] = t
        return ()


class Row(Members):
    """Parameters as one flat tensor, with their states beside it and their gradients gathered.

    Parameters that do not lie in a row yet move, once, into a new one, and are views of it from
    then on.
    """

    def __init__(self, params: Sequence[Tensor], rule: Rule) -> None:
        self.bounds = list(accumulate((p.numel() for p in params), initial=0))
        if not in_a_row(params):
            home = torch.cat([flat(p) for p in params])
            for p, view in zip(params, like(params, home), strict=True):
                p.data = view
        self.theta = flat(params[0], self.bounds[-1])
        self.grad = torch.empty_like(self.theta)
        self.grads = like(params, self.grad)
        working = working_dtype(self.theta.dtype)
        self.memory = [torch.empty_like(self.theta, dtype=working) for _ in rule.state_names]
        parts = [like(params, row) for row in self.memory]
        super().__init__(params, rule, [[row[i] for row in parts] for i in range(len(params))])

    def step(
        self, kernel: Kernel, state: MutableMapping, hyper: dict[str, float]
    ) -> Sequence[Tensor]:
        """Steps the parameters that have a gradient: one call for neighbours of the same t."""
        grads = [p.grad for p in self.params]
        if self._unfit(grads):
            return self.params
        found = {i: self._state(i, state, hyper) for i, g in enumerate(grads) if g is not None}
        if not found:
            return ()
        foreach_copy([self.grads[i] for i in found], [g for g in grads if g is not None])
        steps = [found[i]["step"] if i in found else None for i in range(len(grads))]
        parts, numbers, end = [self.theta, self.grad, *self.memory], tuple(hyper.values()), 0
        for t, neighbours in groupby(steps):
            begin, end = end, end + len(list(neighbours))
            if t is None:
                continue
            if end - begin < len(grads):
                a, b = self.bounds[begin], self.bounds[end]
                theta, grad, *memory = (row[a:b] for row in parts)
            else:
                theta, grad, *memory = parts
            kernel(theta, grad, memory, t + 1, numbers)
            for index in range(begin, end):
                found[index]["step"] = t + 1
        return ()


def like(params: Sequence[Tensor], row: Tensor) -> list[Tensor]:
    """The parts of `row`, each in the shape and memory format of its parameter."""
    begins = accumulate((p.numel() for p in params), initial=row.storage_offset())
    return [
        row.as_strided(p.shape, p.stride(), begin)
        for p, begin in zip(params, begins, strict=False)  # the last one is the end
    ]


def flat(tensor: Tensor, length: int | None = None) -> Tensor:
    """The tensor's memory, in one dimension, for `length` elements from its first."""
    return tensor.detach().as_strided((tensor.numel() if length is None else length,), (1,))


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
    """The parameters of a group: small ones in rows, other dense ones where they are, and the rest.

    A parameter moves only if nothing else lives in its storage, as far as a storage can tell:
    together the small parameters must fill it, and no other process may share it.
    """

    def __init__(self, params: Sequence[Tensor], rule: Rule) -> None:
        self.params = list(params)
        self.rest: list[Tensor] = []
        kinds: dict[tuple, list[Tensor]] = defaultdict(list)
        for p in params:
            kernels_can = dense(p) and p.numel() < 2**31  # which may count with 32 bits
            (kinds[p.device, p.dtype] if kernels_can else self.rest).append(p)
        self.members: list[Members] = []
        for kind in kinds.values():
            together = in_rows([p for p in kind if not large(p)])
            moved = {id(p) for p in together}
            alone = [p for p in kind if id(p) not in moved]
            self.members += [Row(together, rule)] if together else []
            self.members += [Separate(alone, rule)] if alone else []
        self.addresses = [p.data_ptr() for p in params]
        self.strides = [p.stride() for p in params]

    def holds(self, params: Sequence[Tensor]) -> bool:
        """Whether these are the parameters, each still where it was."""
        return (
            len(params) == len(self.params)
            and all(map(operator.is_, params, self.params))
            and [p.data_ptr() for p in params] == self.addresses
            and [p.stride() for p in params] == self.strides
        )


def in_rows(small: list[Tensor]) -> list[Tensor]:
    """Those that lie in a row or can move into one; none if that would be a single one."""
    together = small if in_a_row(small) else movable(small)
    return together if len(together) > 1 else []


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
