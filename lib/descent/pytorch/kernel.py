"""A rule as one kernel over flat arrays, made from its own lines by torch.fx and TorchInductor."""

import operator
import warnings
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.proxy import GraphAppendingTracer

from descent.methods import Rule
from descent.pytorch.loop import Loop


def working_dtype(dtype: torch.dtype) -> torch.dtype:
    """The precision in which parameters of `dtype` are updated and their state is kept: >= float32."""
    return torch.promote_types(dtype, torch.float32)


class Kernel:
    """One step of an element-wise rule, in place, made for tensors of one dtype and kind of device.

    Hyper-parameters and t are no part of what is compiled, so no schedule compiles anything again;
    neither are the tensors' lengths and the number of threads.

    Raises whatever torch.fx or the compiler raises where the rule cannot be compiled.
    """

    def __init__(self, rule: Rule, dtype: torch.dtype, device: torch.device) -> None:
        from torch._C._dynamo.guards import TensorGuards

        self.rule, self.dtype, self.device = rule, working_dtype(dtype), device
        self.numbers, arrays = split(rule, self.dtype)
        parameter = torch.zeros(2**16, dtype=dtype, device=device)  # the code is made for many
        memory = [torch.zeros_like(parameter, dtype=self.dtype) for _ in rule.state_names]
        numbers = self.packed(self.numbers(*[0.5] * len(rule.hyper_names), 1))
        examples = [parameter, parameter.clone(), *memory, numbers]
        self.run = compiled(arrays, examples)
        self.loop = Loop(self.run, examples) if device.type == "cpu" else None
        # made for tensors, its check sees whether others are alike, all in one call
        self.guard = partial(TensorGuards, dynamic_dims_sizes=None, dynamic_dims_strides=None)

    def packed(self, numbers: Sequence[float]) -> Tensor:
        """The numbers as the kernel takes them."""
        return torch.tensor(numbers, dtype=self.dtype).to(self.device, non_blocking=True)


class Bound:
    """A kernel for given tensors: each a parameter and its memory, 1-d, the latter in working precision."""

    def __init__(self, kernel: Kernel, tensors: Sequence[Sequence[Tensor]]) -> None:
        self.kernel, self.tensors = kernel, tensors
        self.rows = kernel.loop.rows(tensors) if kernel.loop else None

    def __call__(self, grads: Sequence[Tensor | None], t: int, hyper: tuple) -> None:
        """One step of the tensors that have a gradient, here with the numbers of `rule.hyper_names`.

        Of a gradient only the memory is read: it must be filled as the parameter's is.
        """
        numbers = self.kernel.numbers(*hyper, t)
        if self.kernel.loop and self.rows:
            self.kernel.loop(self.rows, grads, numbers)
            return
        packed = self.kernel.packed(numbers)
        for (parameter, *memory), grad in zip(self.tensors, grads, strict=True):
            if grad is not None:
                self.kernel.run([parameter, grad, *memory, packed])


@cache
def kernel(rule: Rule, dtype: torch.dtype, device: torch.device) -> Kernel | None:
    """The rule's kernel, compiled; None, after one warning, where there is no way to compile it."""
    try:
        return Kernel(rule, dtype, device)
    except Exception as error:  # what can go wrong is the compiler's business, not ours
        reason = str(error).strip().partition("\n")[0]
        warnings.warn(
            f"{rule.__name__} runs eagerly, one tensor at a time: the compiler failed with "
            f"{type(error).__name__}: {reason}",
            stacklevel=2,
        )
        return None


def compiled(arrays: Callable[..., None], examples: Sequence[Tensor]) -> Callable[[list], Any]:
    """`arrays` compiled for tensors such as these, of any size; it takes them as a list.

    This is TorchInductor without torch.compile around it, whose look at every argument at every
    call takes longer than the step of a small network.
    """
    from functorch.compile import aot_function
    from torch._inductor.compile_fx import compile_fx_inner
    from torch._inductor.config import patch
    from torch._inductor.decomposition import select_decomp_table

    made: list[Callable[[list], Any]] = []

    def compiler(gm: fx.GraphModule, example_inputs: Sequence[Any]) -> Any:
        with patch({"size_asserts": False, "cpp.threads": 1}):  # threads are the loop's business
            code: Any = compile_fx_inner(gm, example_inputs, is_inference=True)
        made.append(code.current_callable)
        return code

    aot_function(
        arrays,
        fw_compiler=compiler,
        inference_compiler=compiler,
        decompositions=select_decomp_table(),
        keep_inference_input_mutations=True,
        dynamic=True,
    )(*examples)
    return made[0]


class _Argument(fx.Proxy):
    """Stands for an array while a rule is recorded."""

    def __array_namespace__(self) -> Any:
        return torch


class _Recorder(GraphAppendingTracer):
    def proxy(self, node: fx.Node) -> fx.Proxy:
        return _Argument(node, self)


def split(rule: Rule, dtype: torch.dtype) -> tuple[Callable[..., tuple], Callable[..., None]]:
    """The rule in two functions: what numbers alone decide, and what the arrays do with that.

    numbers(*hyper, t) computes, in Python floats, every number that meets an array: lr,
    1 - beta1, 1 - beta1**t, … .
    arrays(parameter, grad, *state, numbers) is the rest, in place. A power of t inside it
    would be taken for every element; a Python t would be compiled anew at every step.
    """
    graph = fx.Graph()
    recorder = _Recorder(graph)

    def argument(name: str) -> Any:
        return recorder.proxy(graph.placeholder(name))

    hyper = {name: argument(name) for name in rule.hyper_names}
    t = argument("t")
    scalar = dict.fromkeys(graph.nodes)  # an ordered set
    parameter, grad, *state = (argument(name) for name in ("parameter", "grad", *rule.state_names))
    new, memory = rule(parameter.to(dtype), grad.to(dtype), tuple(state), t, **hyper)
    # all results before any is stored: a memory may be theta, the gradient or another memory
    results = [result.clone() for result in (*memory, new)]
    for old, result in zip((*state, parameter), results, strict=True):
        old.copy_(result)

    for node in graph.nodes:
        if node.all_input_nodes and all(before in scalar for before in node.all_input_nodes):
            scalar[node] = None
        elif node.target is operator.truediv and node.args[1] in scalar:
            # one division for all elements: x / b = x * (1 / b), within the last digit
            with graph.inserting_before(node):
                inverse = graph.call_function(operator.truediv, (1.0, node.args[1]))
            scalar[inverse] = None
            node.target, node.args = operator.mul, (node.args[0], inverse)
    crossing = [node for node in scalar if any(user not in scalar for user in node.users)]

    numbers, arrays = fx.Graph(), fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    for node in scalar:
        copies[node] = numbers.node_copy(node, copies.__getitem__)
    numbers.output(tuple(copies[node] for node in crossing))

    rest = [node for node in graph.nodes if node not in scalar]
    inputs = [node for node in rest if node.op == "placeholder"]
    copies = {node: arrays.node_copy(node) for node in inputs}
    packed = arrays.placeholder("numbers")
    for index, node in enumerate(crossing):
        copies[node] = arrays.call_function(operator.getitem, (packed, index))
    for node in rest[len(inputs) :]:
        copies[node] = arrays.node_copy(node, copies.__getitem__)
    arrays.output(None)
    return fx.GraphModule({}, numbers).forward, fx.GraphModule({}, arrays).forward
