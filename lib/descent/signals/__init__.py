"""What keeps signals and gradients in range on their way through a network."""

from descent.signals.activations import (
    gelu,
    gelu_derivative,
    leaky_relu,
    leaky_relu_derivative,
    prelu,
    prelu_backward,
    relu,
    relu_derivative,
)
from descent.signals.clipping import clip_by_global_norm, clip_by_value
from descent.signals.initialisation import gain, glorot_init, he_init, orthogonal_init
from descent.signals.normalisation import (
    batchnorm,
    batchnorm_backward,
    layernorm,
    layernorm_backward,
    weight_norm,
    weight_norm_backward,
)
from descent.signals.propagation import Propagation, propagate

__all__ = [
    "Propagation",
    "batchnorm",
    "batchnorm_backward",
    "clip_by_global_norm",
    "clip_by_value",
    "gain",
    "gelu",
    "gelu_derivative",
    "glorot_init",
    "he_init",
    "layernorm",
    "layernorm_backward",
    "leaky_relu",
    "leaky_relu_derivative",
    "orthogonal_init",
    "prelu",
    "prelu_backward",
    "propagate",
    "relu",
    "relu_derivative",
    "weight_norm",
    "weight_norm_backward",
]
