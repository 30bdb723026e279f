"""What the exercises with torch are tried on: small networks, optimisers, and data."""

import numpy as np

from descent.checks.networks import Network

INPUTS, HIDDEN, CLASSES = 3, 5, 4
SHAPES = ((HIDDEN, INPUTS), (HIDDEN,), (HIDDEN,), (CLASSES, HIDDEN), (CLASSES,))


def network(rng, *, training, gradients=None):
    """A random network; `gradients` draws what an earlier backward pass left, shape by shape."""
    return Network(
        parameters=tuple(rng.normal(size=shape) for shape in SHAPES),
        statistics=(rng.normal(size=HIDDEN), rng.uniform(0.5, 2.0, size=HIDDEN)),
        gradients=tuple(gradients(shape) if gradients else None for shape in SHAPES),
        training=training,
    )


def examples(rng, n):
    """n random inputs, and labels that they have nothing to do with."""
    return rng.normal(size=(n, INPUTS)), rng.integers(CLASSES, size=n)


def learning_rate(rng):
    """Between 0.03 and 0.3."""
    return float(10 ** rng.uniform(-1.5, -0.5))


def flat(arrays):
    """All numbers of a list of arrays, in one row."""
    return np.concatenate([np.ravel(array) for array in arrays])
