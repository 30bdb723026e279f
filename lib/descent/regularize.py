"""What keeps weights small, and which of them it is for."""

from collections.abc import Iterable, Sequence


def decay_groups(
    named_shapes: Iterable[tuple[str, Sequence[int]]],
) -> tuple[list[str], list[str]]:
    """The names of the parameters that weight decay is for, and of those that it leaves alone.

    named_shapes: (name, shape) pairs, as a model lists them. A parameter with two axes or more is a
    matrix or a kernel, and decays; biases, the scales and shifts of normalisation and single numbers
    have fewer, and do not. Both lists keep the order. Source: common practice with AdamW.
    """
    decay, no_decay = [], []
    for name, shape in named_shapes:
        (decay if len(shape) >= 2 else no_decay).append(name)
    return decay, no_decay
