"""The explorer of signals: sizes of activations and gradients by depth, for an activation and a gain."""

import numpy as np

from descent.explorers import picture, random_network
from descent.explorers.explorer import Explorer
from descent.inputs import count, lookup, number
from descent.signals import propagate


class SignalPropagation(Explorer):
    """Sizes of activations and of their gradients, layer by layer, at initialisation.

    activation: linear, tanh, relu, leaky_relu or gelu. gain: from 0.25 to 4; the weights have standard
    deviation gain/√width: Glorot has gain 1, He √2. depth: layers, from 1 to 100. width: from 8 to 128, of
    the one random network that is drawn beside the limit of great width. seed: its, from 0.
    Raises TypeError or ValueError that names the argument.
    """

    name = "signal_propagation"

    def __init__(
        self,
        activation: str = "relu",
        *,
        gain: float = 1.0,
        depth: int = 30,
        width: int = 64,
        seed: int = 0,
    ):
        lookup("activation", activation, random_network.ACTIVATIONS)
        low, high = random_network.GAINS
        super().__init__(
            {
                "activation": activation,
                "gain": number("gain", gain, at_least=low, at_most=high),
                "depth": _between("depth", depth, 1, random_network.DEEPEST),
                "width": _between("width", width, *random_network.WIDTHS),
                "seed": _between("seed", seed, 0, 2**31),
            }
        )

    def picture(self) -> str:
        """Both sizes at each layer, in the limit of great width and in one network, as SVG."""
        given = dict(self._state)
        title, activation, derivative = random_network.ACTIVATIONS[name := given.pop("activation")]
        gain, depth = given["gain"], given["depth"]
        sizes = propagate(activation, derivative, gain=gain, depth=depth)
        network = random_network.simulate(name, **given)
        words = (
            f"Root mean squares at each of {depth} layers with {title}, gain {gain:.3g}: from input to "
            f"output the signal goes from 1 to {sizes.signals[-1]:.3g}, from output to input the gradient "
            f"from 1 to {sizes.gradients[0]:.3g}."
        )
        drawn = np.concatenate([*vars(sizes).values(), *vars(network).values(), [0.1, 10]])
        logs = np.log10(drawn[drawn > 0])
        heights = picture.decades(logs.min(), logs.max())
        return picture.figure(
            words,
            _panel("Size of the activations", 50, heights, sizes.signals, network.signals),
            _panel("Size of their gradients", 400, heights, sizes.gradients, network.gradients),
        )


def _panel(title: str, left: float, heights: range, line: np.ndarray, points: np.ndarray) -> str:
    last = len(line) - 1
    panel = picture.Panel(left, 26, 310, 274, (0, last), (heights[0], heights[-1]))
    layers = np.arange(last + 1)
    there = points > 0  # a narrow network can lose all of it
    return (
        panel.rules(heights, map(picture.power, heights))
        + panel.clipped(
            picture.stroke(picture.path(panel.place(np.c_[layers, np.log10(line)]))),
            picture.dots(panel.place(np.c_[layers[there], np.log10(points[there])]), 4),
        )
        + panel.feet("0", "layer", str(last))
        + panel.title(title)
    )


def _between(name: str, value: int, low: int, high: int) -> int:
    if count(name, value, at_least=low) > high:
        raise ValueError(f"{name} must be at most {high}, got {value!r}")
    return value
