"""Adam's step, written correctly in many ways."""

import math

import numpy as np

from descent.methods import adam


def reference(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """The book's own."""
    theta, (m, v) = adam(theta, grad, (m, v), t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    return theta, m, v


def copies_in_place(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """In place, as libraries do, but on copies."""
    theta, m, v = theta.copy(), m.copy(), v.copy()
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad * grad
    theta -= lr / (1 - beta1**t) * m / (np.sqrt(v / (1 - beta2**t)) + eps)
    return theta, m, v


def folded(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """Both corrections in the learning rate, and so in epsilon too."""
    root = math.sqrt(1 - beta2**t)
    rate = lr * root / (1 - beta1**t)
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * np.square(grad)
    return [theta - rate * m / (np.sqrt(v) + eps * root), m, v]


def pulled(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """Each average pulled towards the newest value; 1 - beta^t without cancellation."""
    m = m + (1 - beta1) * (grad - m)
    v = v + (1 - beta2) * (grad**2 - v)
    m_hat = m / -math.expm1(t * math.log(beta1))
    v_hat = v / -math.expm1(t * math.log(beta2))
    return theta + lr * (-m_hat) / (eps + v_hat**0.5), m, v


def looped(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """One number after the other."""
    result = np.empty((3, *theta.shape))
    for i in np.ndindex(theta.shape):
        first = beta1 * float(m[i]) + (1 - beta1) * float(grad[i])
        second = beta2 * float(v[i]) + (1 - beta2) * float(grad[i]) ** 2
        step = lr * (first / (1 - beta1**t)) / (math.sqrt(second / (1 - beta2**t)) + eps)
        result[(0, *i)] = theta[i] - step
        result[(1, *i)], result[(2, *i)] = first, second
    return result


def hypotenuse(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """The root of the average of squares as the hypotenuse of two roots."""
    m = np.tensordot([beta1, 1 - beta1], np.stack([m, grad]), axes=1)
    root = np.hypot(np.sqrt(beta2 * v), math.sqrt(1 - beta2) * grad)
    m_hat = m / (1 - np.power(beta1, t))
    return (
        theta - lr * m_hat / (root / math.sqrt(1 - beta2**t) + eps),
        m,
        beta2 * v + grad * grad * (1 - beta2),
    )


def weighted(theta, grad, m, v, t, lr, beta1, beta2, eps):
    """With the sum of an average's weights by the geometric series."""
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / sum((1 - beta1) * beta1**k for k in range(t))
    v_hat = v / sum((1 - beta2) * beta2**k for k in range(t))
    return theta - np.divide(lr * m_hat, np.add(np.sqrt(v_hat), eps)), m, v


RIGHT = (copies_in_place, folded, pulled, looped, hypotenuse, weighted)
