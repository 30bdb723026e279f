"""Adam's step with one mistake each."""

import numpy as np

from descent.checks.catalogue.adam.right import reference


def _first(m, g, beta):
    return beta * m + (1 - beta) * g


def _second(v, g, beta):
    return beta * v + (1 - beta) * g**2


def _corrected(x, beta, t):
    return x / (1 - beta**t)


def _direct(m_hat, v_hat, eps):
    return m_hat / (v_hat**0.5 + eps)


def adam_with(first=_first, second=_second, m_hat=_corrected, v_hat=_corrected, direct=_direct):
    """Adam, with any of its five lines written otherwise."""

    def program(theta, grad, m, v, t, lr, beta1, beta2, eps):
        m = first(m, grad, beta1)
        v = second(v, grad, beta2)
        return theta - lr * direct(m_hat(m, beta1, t), v_hat(v, beta2, t), eps), m, v

    return program


def _uncorrected(x, beta, t):
    return x


def _corrected_at(time):
    return lambda x, beta, t: x / (1 - beta ** time(t))


def _wrong_time(time):
    return adam_with(m_hat=_corrected_at(time), v_hat=_corrected_at(time))


no_bias_correction = adam_with(m_hat=_uncorrected, v_hat=_uncorrected)
first_uncorrected = adam_with(m_hat=_uncorrected)
second_uncorrected = adam_with(v_hat=_uncorrected)
ignores_t = _wrong_time(lambda t: 1)
t_minus_one = _wrong_time(lambda t: t - 1)
t_plus_one = _wrong_time(lambda t: t + 1)
times_t = adam_with(
    m_hat=lambda x, beta, t: x / (1 - beta * t), v_hat=lambda x, beta, t: x / (1 - beta * t)
)
epsilon_inside = adam_with(direct=lambda m, v, eps: m / (v + eps) ** 0.5)
epsilon_missing = adam_with(direct=lambda m, v, eps: m / v**0.5)
one_plus_root = adam_with(direct=lambda m, v, eps: m / (1 + v**0.5))
root_missing = adam_with(direct=lambda m, v, eps: m / (v + eps))
divided_first = adam_with(direct=lambda m, v, eps: m / v**0.5 / (1 + eps / v**0.5))
ascent = adam_with(direct=lambda m, v, eps: -m / (v**0.5 + eps))
absolute = adam_with(second=lambda v, g, beta: beta * v + (1 - beta) * np.abs(g))
not_squared = adam_with(second=lambda v, g, beta: beta * v + (1 - beta) * g)
norm = adam_with(second=lambda v, g, beta: beta * v + (1 - beta) * (g**2).sum())
larger = adam_with(second=lambda v, g, beta: np.maximum(beta * v, (1 - beta) * g**2))
summed = adam_with(first=lambda m, g, beta: beta * m + g, second=lambda v, g, beta: beta * v + g**2)
factors_exchanged = adam_with(
    first=lambda m, g, beta: (1 - beta) * m + beta * g,
    second=lambda v, g, beta: (1 - beta) * v + beta * g**2,
)


def beta2_hard_coded(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """0.9 for beta2."""
    return reference(theta, grad, m, v, t, lr, beta1, 0.9, eps)


def defaults_hard_coded(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """0.9 and 0.999, whatever was asked for."""
    return reference(theta, grad, m, v, t, lr, 0.9, 0.999, eps)


def betas_exchanged(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """beta2 for m, beta1 for v."""
    return reference(theta, grad, m, v, t, lr, beta2, beta1, eps)


def corrected_moments_stored(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """Returns m_hat and v_hat for m and v."""
    theta, m, v = reference(theta, grad, m, v, t, lr, beta1, beta2, eps)
    return theta, _corrected(m, beta1, t), _corrected(v, beta2, t)


def epsilon_inside_uncorrected(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """Epsilon inside the root, and divided by the correction as well."""
    m, v = _first(m, grad, beta1), _second(v, grad, beta2)
    return theta - lr * _corrected(m, beta1, t) / _corrected(v + eps, beta2, t) ** 0.5, m, v


def epsilon_before_correction(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """Keras's epsilon, the hatted one of Kingma & Ba's remark."""
    m, v = _first(m, grad, beta1), _second(v, grad, beta2)
    rate = lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
    return theta - rate * m / (v**0.5 + eps), m, v


def gradient_for_m(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """Steps along the gradient itself."""
    m, v = _first(m, grad, beta1), _second(v, grad, beta2)
    return theta - lr * _direct(grad, _corrected(v, beta2, t), eps), m, v


def squared_mean(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """The average of m squared for the average of g squared."""
    m = _first(m, grad, beta1)
    v = _second(v, m, beta2)
    return theta - lr * _direct(_corrected(m, beta1, t), _corrected(v, beta2, t), eps), m, v


def old_moments(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """Steps with the moments from before this gradient."""
    step = _direct(_corrected(m, beta1, t), _corrected(v, beta2, t), eps)
    return theta - lr * step, _first(m, grad, beta1), _second(v, grad, beta2)


def decaying_lr(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """lr / sqrt(t), as in the paper's proof."""
    return reference(theta, grad, m, v, t, lr / t**0.5, beta1, beta2, eps)


def results_exchanged(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """v before m."""
    theta, m, v = reference(theta, grad, m, v, t, lr, beta1, beta2, eps)
    return theta, v, m


def zero_skipped(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """No step where the gradient is zero."""
    if not grad.any():
        return theta, m, v
    return reference(theta, grad, m, v, t, lr, beta1, beta2, eps)


def moments_in_place(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """Writes into the moments it was given."""
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad**2
    return theta - lr * _direct(_corrected(m, beta1, t), _corrected(v, beta2, t), eps), m, v
