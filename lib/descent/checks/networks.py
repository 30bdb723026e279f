"""Networks of torch among an exercise's arguments: they travel as plain data, and live where the candidate runs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from types import ModuleType


@dataclass(frozen=True)
class Network:
    """Stands for a classifier of torch in double precision: linear, batch normalisation, ReLU, linear.

    The first layer has no bias: normalisation would take it away. parameters: the weights (hidden, inputs),
    the normalisation's two (hidden,), the weights (classes, hidden) and biases (classes,), in the order of
    `model.parameters()`. statistics: running mean and variance of the normalisation, (hidden,) each.
    gradients: what an earlier backward pass left in the parameters' `.grad`, or None for each. training:
    the mode.
    """

    parameters: tuple[np.ndarray, ...]
    statistics: tuple[np.ndarray, ...]
    gradients: tuple[np.ndarray | None, ...]
    training: bool


@dataclass(frozen=True)
class Optimiser:
    """Stands for `torch.optim.<name>` with `lr`, over the parameters of the network before it."""

    name: str
    lr: float


def torch() -> "ModuleType":
    """The library, imported when it is first asked for: most exercises do without it."""
    import torch

    return torch


def alive(arguments: tuple) -> tuple:
    """The arguments with torch's own objects, and tensors for arrays, if a network is among them."""
    if not any(isinstance(part, Network) for part in arguments):
        return arguments
    objects: list[Any] = []
    model = None
    for part in arguments:
        if isinstance(part, Network):
            model = _model(part)
            objects.append(model)
        elif isinstance(part, Optimiser):
            assert model is not None, "an optimiser stands after its network"
            objects.append(getattr(torch().optim, part.name)(model.parameters(), lr=part.lr))
        else:
            objects.append(_tensors(part))
    return tuple(objects)


def told(arguments: tuple, objects: tuple) -> tuple:
    """The arguments as plain data again, as the call left the objects that were made of them."""
    if objects is arguments:
        return arguments
    return tuple(map(_told, arguments, objects))


def _model(network: Network) -> Any:
    nn = torch().nn
    parameters = [nn.Parameter(_tensors(array)) for array in network.parameters]
    first, scale, shift, last, bias = parameters
    norm = nn.BatchNorm1d(len(scale), dtype=first.dtype)
    norm.weight, norm.bias = scale, shift
    model = nn.Sequential(_linear(first, None), norm, nn.ReLU(), _linear(last, bias))
    for buffer, array in zip(_statistics(model), network.statistics, strict=True):
        buffer.copy_(_tensors(array))
    for parameter, array in zip(parameters, network.gradients, strict=True):
        parameter.grad = None if array is None else _tensors(array)
    return model.train(network.training)


def _linear(weight: Any, bias: Any) -> Any:
    """A linear layer with these parameters; made without its `__init__`, which would ask torch's own generator."""
    nn = torch().nn
    layer = nn.Linear.__new__(nn.Linear)
    nn.Module.__init__(layer)
    layer.out_features, layer.in_features = weight.shape
    layer.register_parameter("weight", weight)
    layer.register_parameter("bias", bias)
    return layer


def _statistics(model: Any) -> list:
    """The running means and variances, without the count of batches."""
    return [buffer for buffer in model.buffers() if buffer.is_floating_point()]


def _tensors(part: Any) -> Any:
    """Tensors of their own for arrays, in lists and tuples too."""
    if isinstance(part, np.ndarray):
        return torch().tensor(part)
    if isinstance(part, list | tuple):
        return type(part)(map(_tensors, part))
    return part


def _told(part: Any, live: Any) -> Any:
    if isinstance(part, Network):
        parameters = tuple(live.parameters())
        return Network(
            tuple(map(_array, parameters)),
            tuple(map(_array, _statistics(live))),
            tuple(None if p.grad is None else _array(p.grad) for p in parameters),
            bool(live.training),
        )
    if isinstance(part, np.ndarray):
        return _array(live)
    if isinstance(part, list | tuple):
        return type(part)(map(_told, part, live))
    return part


def _array(tensor: Any) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()
