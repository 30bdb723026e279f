"""Where a group's parameters, gradients and states lie in memory, so that few kernel calls step them."""

import operator
from collections import defaultdict
from collections.abc import MutableMapping, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Any

import torch
from torch import Tensor

from descent.methods import Rule
from descent.pytorch.kernel import Bound, Kernel, kernel


def stays(p: Tensor) -> bool:
    """Whether a step of its own, where it is, costs less than to gather the gradient.

    On a CPU one call steps any number of tensors. Elsewhere each is a call, which takes as long as
    the gathering of a million numbers.
    """
    return p.device.type == "cpu" or p.numel() >= 2**20


class Members:
    """Parameters of one device and dtype whose states lie in memory that is kept here.

    views: for each parameter the tensors of its state, in its shape and memory format. Nobody else may
    know this memory: a state moves in as a copy, and where it was it stays for whoever asks for it.
    """

    def __init__(
        self,
        params: Sequence[Tensor],
        kernel: Kernel,
        views: Sequence[Sequence[Tensor]],
        state: MutableMapping,
    ) -> None:
        self.params, self.kernel = list(params), kernel
        self.forms, self.same = list(map(form, params)), kernel.guard(*params)
        self.usual = kernel.guard(*(p.detach() for p in params))  # gradients need no gradient
        self.views = [dict(zip(kernel.rule.state_names, parts, strict=True)) for parts in views]
        self.getters = [operator.itemgetter(name) for name in kernel.rule.state_names]
        self.found: list[Any] = list(map(state.get, params))
        for index, found in enumerate(self.found):
            if found:
                self._settle(index, [get(found) for get in self.getters], found["step"], state)
        self.addresses = self._addresses()

    def holds(self, state: MutableMapping) -> bool:
        """Whether all is as this left it; a look at every tensor, quick as it can be."""
        self.found = list(map(state.get, self.params))
        same = self.same.check(*self.params) or list(map(form, self.params)) == self.forms
        return same and self._addresses() == self.addresses

    def _addresses(self) -> list[list[int]]:
        """Which parameters were found to have a state, and where its tensors are."""
        there = list(filter(None, self.found))
        columns = [list(map(Tensor.data_ptr, map(get, there))) for get in self.getters]
        return [list(map(bool, self.found)), *columns]

    def _settle(self, index: int, start: Sequence[Tensor], t: int, state: MutableMapping) -> None:
        """Gives a parameter this state, in its place."""
        views = self.views[index]
        for view, part in zip(views.values(), start, strict=True):
            view.copy_(part)
        state[self.params[index]] = self.found[index] = {"step": t, **views}

    def step(self, state: MutableMapping, hyper: dict[str, float]) -> Sequence[Tensor]:
        """Steps the parameters that have a gradient; returns those that this cannot step."""
        grads = [p.grad for p in self.params]
        if not self.usual.check(*grads):  # which sees dtype, layout, shape and strides of all
            pairs = list(zip(grads, self.params, strict=True))
            if any(g is not None and unlike(g, p) for g, p in pairs):
                return self.params
            grads = [
                g if g is None or g.stride() == p.stride() else torch.empty_like(p).copy_(g)
                for g, p in pairs
            ]
        if not all(self.found):
            for index, (grad, found) in enumerate(zip(grads, self.found, strict=True)):
                if grad is not None and not found:
                    theta = self.params[index].to(self.kernel.dtype)
                    self._settle(index, self.kernel.rule.init(theta, **hyper), 0, state)
            self.addresses = self._addresses()
        steps = [
            None if grad is None else found["step"] + 1
            for grad, found in zip(grads, self.found, strict=True)
        ]
        self._run(grads, steps, tuple(hyper.values()))
        for found, t in zip(self.found, steps, strict=True):
            if t is not None:
                found["step"] = t
        return ()

    def _run(self, grads: list[Tensor | None], steps: list[int | None], hyper: tuple) -> None:
        """Step number `steps` of the parameters that have a gradient."""
        raise NotImplementedError


class Separate(Members):
    """Parameters that stay where they are."""

    def __init__(self, params: Sequence[Tensor], kernel: Kernel, state: MutableMapping) -> None:
        views = [
            [torch.empty_like(p, dtype=kernel.dtype) for _ in kernel.rule.state_names]
            for p in params
        ]
        super().__init__(params, kernel, views, state)
        flats = [[flat(p), *map(flat, own)] for p, own in zip(params, views, strict=True)]
        self.bound = Bound(kernel, flats)

    def _run(self, grads: list[Tensor | None], steps: list[int | None], hyper: tuple) -> None:
        """One call for all of the same t."""
        times = {t for t in steps if t is not None}
        for t in times:
            if len(times) > 1:
                alike = [g if s == t else None for g, s in zip(grads, steps, strict=True)]
            else:
                alike = grads
            self.bound(alike, t, hyper)


class Row(Members):
    """Parameters as one flat tensor, with their states beside it and their gradients gathered.

    Parameters that do not lie in a row yet move, once, into a new one, and are views of it from
    then on.
    """

    def __init__(self, params: Sequence[Tensor], kernel: Kernel, state: MutableMapping) -> None:
        self.bounds = list(accumulate((p.numel() for p in params), initial=0))
        if not in_a_row(params):
            home = torch.cat([flat(p) for p in params])
            for p, view in zip(params, like(params, home), strict=True):
                p.data = view
        theta = flat(params[0], self.bounds[-1])
        self.grad = torch.empty_like(theta)
        self.grads = like(params, self.grad)
        memory = [torch.empty_like(theta, dtype=kernel.dtype) for _ in kernel.rule.state_names]
        parts = [like(params, row) for row in memory]
        views = [[row[i] for row in parts] for i in range(len(params))]
        super().__init__(params, kernel, views, state)
        self.flats = [theta, *memory]
        self.whole = Bound(kernel, [self.flats])

    def _run(self, grads: list[Tensor | None], steps: list[int | None], hyper: tuple) -> None:
        """One call for neighbours of the same t."""
        given = [g for g in grads if g is not None]
        if given:
            own = [to for to, g in zip(self.grads, grads, strict=True) if g is not None]
            torch._foreach_copy_(own, given)  # pyright: ignore[reportPrivateImportUsage]
        end = 0
        for t, neighbours in groupby(steps):
            begin, end = end, end + len(list(neighbours))
            if t is None:
                continue
            part = slice(self.bounds[begin], self.bounds[end])
            whole = end - begin == len(steps)
            run = self.whole if whole else Bound(self.kernel, [[row[part] for row in self.flats]])
            run([self.grad[part]], t, hyper)


def unlike(grad: Tensor, p: Tensor) -> bool:
    """Whether the gradient is sparse, or of another dtype, device or shape than its parameter."""
    kind = grad.layout, grad.dtype, grad.device, grad.shape
    return kind != (torch.strided, p.dtype, p.device, p.shape)


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


def form(p: Tensor) -> tuple:
    """How the tensor reads its memory."""
    return p.dtype, p.shape, p.stride()


class Layout:
    """The parameters of a group: small ones in rows, other dense ones where they are, and the rest.

    A parameter moves only if nothing else lives in its storage, as far as a storage can tell:
    together the small parameters must fill it, and no other process may share it. Parameters that
    share memory with one another are among the rest: they must be stepped one after the other.
    """

    def __init__(self, params: Sequence[Tensor], rule: Rule, state: MutableMapping) -> None:
        self.params = list(params)
        self.rest: list[Tensor] = []
        kinds: dict[tuple, list[Tensor]] = defaultdict(list)
        for p in params:
            kernels_can = dense(p) and p.numel() < 2**31  # which may count with 32 bits
            (kinds[p.dtype, p.device] if kernels_can else self.rest).append(p)
        self.members: list[Members] = []
        for which, kind in kinds.items():
            run = kernel(rule, *which)
            if run is None or not apart(kind):
                self.rest += kind
                continue
            together = in_rows([p for p in kind if not stays(p)])
            moved = {id(p) for p in together}
            alone = [p for p in kind if id(p) not in moved]
            self.members += [Row(together, run, state)] if together else []
            self.members += [Separate(alone, run, state)] if alone else []
        self.addresses = list(map(Tensor.data_ptr, params))

    def holds(self, params: Sequence[Tensor], state: MutableMapping) -> bool:
        """Whether these are the parameters, each still where it was, and so are their states."""
        return (
            len(params) == len(self.params)
            and all(map(operator.is_, params, self.params))
            and list(map(Tensor.data_ptr, params)) == self.addresses
            and all(members.holds(state) for members in self.members)
        )


def apart(params: Sequence[Tensor]) -> bool:
    """Whether no two of these dense tensors share memory."""
    ordered = sorted(params, key=Tensor.data_ptr)
    return all(p.data_ptr() + p.nbytes <= q.data_ptr() for p, q in pairwise(ordered))


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
