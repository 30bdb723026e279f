"""What Adam's steps are tried on."""

import numpy as np

from descent.checks.catalogue.steps import (
    direction,
    epsilon,
    gradient,
    learning_rate,
    shape,
    sizes,
)


def running(rng):
    """An early step: sometimes the first, from rest, mostly a later one from any state."""
    d, settings = shape(rng), _settings(rng)
    theta = rng.normal(size=d)
    if rng.random() < 0.125:
        return theta, direction(rng, d), np.zeros(d), np.zeros(d), 1, *settings
    return (
        theta,
        gradient(rng, d),
        direction(rng, d),
        sizes(rng, d) ** 2,
        _time(rng, settings),
        *settings,
    )


def resting(rng):
    """A zero gradient at the first step: 0 / (0 + eps) is 0."""
    zero = np.zeros(shape(rng))
    return rng.normal(size=zero.shape), zero, zero, zero, 1, *_settings(rng)


def coasting(rng):
    """A zero gradient later on: the moments fade, and theta moves on."""
    d, settings = shape(rng), _settings(rng)
    m, v = direction(rng, d), sizes(rng, d) ** 2
    return rng.normal(size=d), np.zeros(d), m, v, _time(rng, settings), *settings


def _settings(rng):
    """lr, beta1, beta2, eps."""
    return learning_rate(rng), rng.uniform(0.1, 0.9), rng.uniform(0.7, 0.999), epsilon(rng)


def _time(rng, settings):
    """A step from 2 to 50, so early that the bias beta1**t is at least 1e-5: mistakes in it must show."""
    _, beta1, _, _ = settings
    return int(rng.integers(2, min(50, int(np.log(1e-5) / np.log(beta1))) + 1))
