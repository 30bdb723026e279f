"""Where a group's parameters, gradients and states lie in memory, so that few kernel calls step them."""

import operator
from collections import defaultdict
from collections.abc import MutableMapping, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Any

import torch
from torch import Tensor
from torch._C._dynamo.guards import TensorGuards

from descent.methods import Rule
from descent.pytorch.kernel import Bound, Kernel, kernel, working_dtype

foreach_copy = torch._foreach_copy_  # pyright: ignore[reportPrivateImportUsage]


def stays(p: Tensor) -> bool:
    """Whether a step of its own, where it is, costs less than to gather the gradient.

    On a CPU one call steps any number of tensors. Elsewhere each is a call, which takes as long as
    the gathering of a million numbers.
    """
    return p.device.type == "cpu" or p.numel() >= 2**20


class Members:
    """Parameters of one device and dtype whose states lie in memory that is kept here.

    views: for each parameter the tensors of its state, in its shape and memory format.
    """

    def __init__(self, params: Sequence[Tensor], rule: Rule, views: Sequence[Sequence[Tensor]]):
        self.params, self.rule = list(params), rule
        alike = [p.detach() for p in params]
        self.usual = TensorGuards(*alike, dynamic_dims_sizes=None, dynamic_dims_strides=None)
        self.views = [dict(zip(rule.state_names, parts, strict=True)) for parts in views]
        self.columns = {name: [own[name] for own in self.views] for name in rule.state_names}
        self.kept: list[dict[str, Any] | None] = [None] * len(self.params)

    def step(self, state: MutableMapping, hyper: dict[str, float]) -> Sequence[Tensor]:
        """Steps the parameters that have a gradient; returns those that this cannot step."""
        grads = [p.grad for p in self.params]
        if not self.usual.check(*grads):  # which sees dtype, layout, shape and strides of all
            pairs = list(zip(grads, self.params, strict=True))
            if any(g is not None and unlike(g, p) for g, p in pairs):
                self.kept = [None] * len(grads)  # a step elsewhere gives them another state
                return self.params
            grads = [
                g if g is None or g.stride() == p.stride() else torch.empty_like(p).copy_(g)
                for g, p in pairs
            ]
        settled = self._settled(state)
        steps: list[int | None] = [None] * len(grads)
        for index, (grad, found) in enumerate(zip(grads, self.kept, strict=True)):
            if grad is not None:
                if not found or not settled:
                    found = self._state(index, state, hyper)
                steps[index] = found["step"] + 1
        self._run(grads, steps, tuple(hyper.values()))
        for found, t in zip(self.kept, steps, strict=True):
            if found is not None and t is not None:
                found["step"] = t
        return ()

    def _run(self, grads: list[Tensor | None], steps: list[int | None], hyper: tuple) -> None:
        """Step number `steps` of the parameters that have a gradient."""
        raise NotImplementedError

    def _settled(self, state: MutableMapping) -> bool:
        """Whether each parameter's state is in its place; a look at all of them, quick as it can be."""
        found: list[Any] = list(map(state.get, self.params))
        return (
            all(self.kept)
            and all(map(operator.is_, found, self.kept))
            and all(
                all(map(operator.is_, map(operator.itemgetter(name), found), column))
                for name, column in self.columns.items()
            )
        )

    def _state(self, index: int, state: MutableMapping, hyper: dict[str, float]) -> dict[str, Any]:
        """The state of one parameter, in its place; a new one, and one from elsewhere, moves in."""
        parameter, views = self.params[index], self.views[index]
        found = state.get(parameter)
        if not found or any(found[name] is not view for name, view in views.items()):
            if found:
                start, t = [found[name] for name in views], found["step"]
            else:
                theta = parameter.to(working_dtype(parameter.dtype))
                start, t = self.rule.init(theta, **hyper), 0
            for view, part in zip(views.values(), start, strict=True):
                view.copy_(part)
            state[parameter] = found = {"step": t, **views}
        self.kept[index] = found
        return found


class Separate(Members):
    """Parameters that stay where they are."""

    def __init__(self, params: Sequence[Tensor], rule: Rule, kernel: Kernel) -> None:
        views = [
            [torch.empty_like(p, dtype=kernel.dtype) for _ in rule.state_names] for p in params
        ]
        super().__init__(params, rule, views)
        flats = [[flat(p), *map(flat, own)] for p, own in zip(params, views, strict=True)]
        self.kernel = Bound(kernel, flats)

    def _run(self, grads: list[Tensor | None], steps: list[int | None], hyper: tuple) -> None:
        """One call for all of the same t."""
        times = {t for t in steps if t is not None}
        for t in times:
            alike = [g if s == t else None for g, s in zip(grads, steps, strict=True)]
            self.kernel(alike if len(times) > 1 else grads, t, hyper)


class Row(Members):
    """Parameters as one flat tensor, with their states beside it and their gradients gathered.

    Parameters that do not lie in a row yet move, once, into a new one, and are views of it from
    then on.
    """

    def __init__(self, params: Sequence[Tensor], rule: Rule, kernel: Kernel) -> None:
        self.bounds = list(accumulate((p.numel() for p in params), initial=0))
        if not in_a_row(params):
            home = torch.cat([flat(p) for p in params])
            for p, view in zip(params, like(params, home), strict=True):
                p.data = view
        theta = flat(params[0], self.bounds[-1])
        self.grad = torch.empty_like(theta)
        self.grads = like(params, self.grad)
        memory = [torch.empty_like(theta, dtype=kernel.dtype) for _ in rule.state_names]
        parts = [like(params, row) for row in memory]
        super().__init__(params, rule, [[row[i] for row in parts] for i in range(len(params))])
        self.flats, self.kernel = [theta, *memory], kernel
        self.whole = Bound(kernel, [self.flats])

    def _run(self, grads: list[Tensor | None], steps: list[int | None], hyper: tuple) -> None:
        """One call for neighbours of the same t."""
        given = [g for g in grads if g is not None]
        if given:
            own = [to for to, g in zip(self.grads, grads, strict=True) if g is not None]
            foreach_copy(own, given)
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
    """Whether the gradient is sparse, or of another dtype or shape than its parameter."""
    return (grad.layout, grad.dtype, grad.shape) != (torch.strided, p.dtype, p.shape)


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
    together the small parameters must fill it, and no other process may share it. Parameters that
    share memory with one another are among the rest: they must be stepped one after the other.
    """

    def __init__(self, params: Sequence[Tensor], rule: Rule) -> None:
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
            self.members += [Row(together, rule, run)] if together else []
            self.members += [Separate(alone, rule, run)] if alone else []
        self.addresses = list(map(Tensor.data_ptr, params))
        self.strides = list(map(Tensor.stride, params))

    def holds(self, params: Sequence[Tensor]) -> bool:
        """Whether these are the parameters, each still where it was."""
        return (
            len(params) == len(self.params)
            and all(map(operator.is_, params, self.params))
            and list(map(Tensor.data_ptr, params)) == self.addresses
            and list(map(Tensor.stride, params)) == self.strides
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
