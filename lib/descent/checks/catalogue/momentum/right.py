"""`momentum_step`, written correctly in many ways."""

import numpy as np

from descent.methods import momentum


def reference(theta, grad, velocity, lr, beta):
    """The book's own."""
    theta, (velocity,) = momentum(theta, grad, (velocity,), 1, lr=lr, beta=beta)
    return theta, velocity


def _copies_in_place(theta, grad, velocity, lr, beta):
    theta, velocity = theta.copy(), velocity.copy()
    velocity *= beta
    velocity += grad
    theta -= lr * velocity
    return theta, velocity


def _two_parts(theta, grad, velocity, lr, beta):
    return theta - lr * grad - lr * beta * velocity, grad + beta * velocity


def _loop(theta, grad, velocity, lr, beta):
    new_theta, new_velocity = np.empty(theta.shape), np.empty(theta.shape)
    for i in np.ndindex(theta.shape):
        new_velocity[i] = beta * velocity[i] + grad[i]
        new_theta[i] = theta[i] - lr * new_velocity[i]
    return [new_theta, new_velocity]


def _matrix(theta, grad, velocity, lr, beta):
    turn = np.array([[1.0, -lr * beta], [0.0, beta]])
    push = np.array([-lr, 1.0])
    state = np.stack([theta, velocity])
    return np.tensordot(turn, state, axes=1) + np.multiply.outer(push, grad)


def _through_ema(theta, grad, velocity, lr, beta):
    mean = (1 - beta) * velocity
    mean = mean + (1 - beta) * (grad - mean)
    velocity = mean / (1 - beta)
    return theta - lr / (1 - beta) * mean, velocity


def _filter(theta, grad, velocity, lr, beta):
    new = sum(w * x for w, x in ((1.0, grad), (beta, velocity)))
    return np.subtract(theta, np.multiply(new, lr)), new


RIGHT = (_copies_in_place, _two_parts, _loop, _matrix, _through_ema, _filter)
