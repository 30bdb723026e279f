"""What happens inside a model: the signal and the gradient at each layer, seen through hooks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Statistics:
    """Of all elements of a tensor: mean, population standard deviation, root mean square, share of zeros."""

    mean: float
    sd: float
    rms: float
    zeros: float


@dataclass
class LayerPass:
    """One pass through one layer: its name in the model, its kind, what left it and what came back.

    signal: of the layer's output. gradient: of the loss's gradient for that output; None if no backward
    pass reached it.
    """

    name: str
    kind: str
    signal: Statistics
    gradient: Statistics | None = None


@contextmanager
def watch(model: nn.Module) -> Iterator[list[LayerPass]]:
    """Records what the layers do while the block runs. A layer is a module without modules inside.

        with watch(model) as passes:
            loss = loss_fn(model(x), y)
            loss.backward()

    The list fills in the order of the calls; a layer that is called twice is in it twice. A layer whose
    output is not a floating-point tensor is left out. Outputs, gradients, `.grad`, modes and random
    numbers stay as they would be. Every record waits for the device: watch some steps, not all.
    Raises TypeError for what is no module.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}: {model!r}")
    passes: list[LayerPass] = []
    handles = []

    def record(name: str, module: nn.Module, output: Any) -> None:
        if not (isinstance(output, Tensor) and output.is_floating_point()):
            return
        entry = LayerPass(name, type(module).__name__, _statistics(output))
        passes.append(entry)
        if (
            output.requires_grad
        ):  # a tensor's hook, unlike a module's, allows in-place layers after it
            hook = output.register_hook(lambda grad: setattr(entry, "gradient", _statistics(grad)))
            handles.append(hook)

    for name, module in model.named_modules():
        if not any(module.children()):
            handles.append(
                module.register_forward_hook(
                    lambda module, _, output, name=name: record(name, module, output)
                )
            )
    try:
        yield passes
    finally:
        for handle in handles:
            handle.remove()


def gradient_norms(model: nn.Module) -> dict[str, float]:
    """‖∂loss/∂W‖ for every parameter W with a gradient, by its name, in the model's order."""
    return {
        name: float(torch.linalg.vector_norm(parameter.grad, dtype=_working(parameter.grad)))
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }


def _statistics(tensor: Tensor) -> Statistics:
    values = tensor.detach().to(_working(tensor))
    mean, square = values.mean(), (values**2).mean()
    sd, zeros = values.std(correction=0), (values == 0).to(values.dtype).mean()
    return Statistics(*torch.stack([mean, sd, square.sqrt(), zeros]).tolist())


def _working(tensor: Tensor) -> torch.dtype:
    """At least float32, so that squares of half-precision numbers neither overflow nor vanish."""
    return torch.promote_types(tensor.dtype, torch.float32)
