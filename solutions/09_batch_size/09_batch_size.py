# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 9: batch size
#
# You will put a big batch together from small ones, repair a program that does it wrongly, convert a learning rate
# from one batch size to another, and measure from two batch sizes how large a batch is worth its price. Five
# exercises, about 50 minutes. Read chapter 9 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("accumulate", 1)` shows the first of three hints. The marks come from
# the same kinds of cases, with other numbers.

# %%
from itertools import chain, islice

import numpy as np

from descent import check, hint
from descent.batches import epochs, fit_batch_tradeoff
from descent.data import digits

# %% [markdown]
# ## A worked example: two batches of one size
#
# The loss is a mean over the examples, and so is its gradient. If a batch of four does not fit into the memory, take
# two batches of two, one after the other, at the same $\theta$: the mean of their gradients is the gradient of the
# four. Here with the loss $\frac1n\sum_i (\theta - y_i)^2$, whose gradient is the mean of $2(\theta - y_i)$:

# %%
y = np.array([1.0, 2.0, 4.0, 9.0])
theta = 3.0


def gradient(part):
    return np.mean(2 * (theta - part))


print("all four:  ", gradient(y))
print("two by two:", (gradient(y[:2]) + gradient(y[2:])) / 2)

# %% [markdown]
# ## One big batch from small ones
#
# Three examples and one: now the plain mean is wrong.

# %%
print("all four:     ", gradient(y))
print("three and one:", (gradient(y[:3]) + gradient(y[3:])) / 2)

# %% [markdown]
# Write `accumulate(grads, sizes)`, which returns the gradient of the big batch:
#
# $$g = \frac{\sum_i n_i\, g_i}{\sum_i n_i}.$$
#
# - `grads` is a list of arrays of one shape, which may have any number of axes: $g_i$ is the mean gradient over the
#   examples of batch $i$. Do not change them.
# - `sizes` is a list of whole numbers, the $n_i$.
#
# For `grads` `[[1, 2], [5, 6]]`, two arrays, and `sizes` `[3, 1]` it is `[2, 3]`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "accumulate"}
def accumulate(grads, sizes):
    ### BEGIN SOLUTION
    total = sum(n * grad for grad, n in zip(grads, sizes, strict=True))
    return total / sum(sizes)
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2.5, "grade_id": "accumulate_check"}
check("accumulate")
### BEGIN HIDDEN TESTS
check("accumulate", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Spot the bug
#
# The program below computes the gradient of the mean squared error of chapter 1, $\frac1n\lVert X\theta - y\rVert^2$,
# over all $n$ examples; but it never holds more than `piece` of them at once. It is run with pieces of 2, 3 and 4
# rows. The right gradient does not depend on the pieces.
#
# Find the mistake and repair it. `X` has shape `(n, d)`, `y` shape `(n,)`, `theta` shape `(d,)`; `piece` may be larger
# than `n`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "accumulation_repaired"}
### BEGIN GIVEN
# def accumulation_repaired(X, y, theta, piece):
#     total, count = np.zeros(len(theta)), 0
#     for start in range(0, len(y), piece):
#         A, c = X[start : start + piece], y[start : start + piece]
#         total = total + 2 / len(c) * A.T @ (A @ theta - c)
#         count = count + 1
#     return total / count
### END GIVEN
### BEGIN SOLUTION
def accumulation_repaired(X, y, theta, piece):
    total = np.zeros(len(theta))
    for start in range(0, len(y), piece):
        A, c = X[start : start + piece], y[start : start + piece]
        total = total + 2 * A.T @ (A @ theta - c)
    return total / len(y)
### END SOLUTION

# %%
X = np.array([[0.0, 1], [1, 1], [2, 1], [3, 1]])
y = np.array([1.0, 0, 2, 7])
for piece in (2, 3, 4):
    found = accumulation_repaired(X, y, np.zeros(2), piece)
    print(f"pieces of {piece}:", found)

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "accumulation_repaired_check"}
check("accumulation_repaired")
### BEGIN HIDDEN TESTS
check("accumulation_repaired", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## A learning rate for another batch size
#
# A learning rate was tuned with one batch size; you want to use another. As long as both are below the critical
# batch size, a good start for tuning anew is
#
# $$\eta' = \eta \cdot \Bigl(\frac{b'}{b}\Bigr)^p,$$
#
# with $p = 1$ where the step is proportional to the gradient, and $p = \frac12$ where it is divided by the root of a
# mean of squared gradients.
#
# Write `scale_lr(lr, batch, base_batch, optimiser)`: `lr` was tuned with `base_batch`, and `batch` is the new size,
# which may be smaller. `optimiser` is one of `"gradient_descent"`, `"momentum"`, `"nesterov"`, `"adagrad"`,
# `"rmsprop"`, `"adam"`, `"adamw"`.
#
# From 64 to 256 a learning rate of 0.1 becomes 0.4 for `"momentum"`, and 0.2 for `"adam"`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "scale_lr"}
def scale_lr(lr, batch, base_batch, optimiser):
    ### BEGIN SOLUTION
    proportional = optimiser in ("gradient_descent", "momentum", "nesterov")
    power = 1 if proportional else 0.5
    return lr * (batch / base_batch) ** power
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "scale_lr_check"}
check("scale_lr")
### BEGIN HIDDEN TESTS
check("scale_lr", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## How large a batch is worth it?
#
# The gradient $G_b$ of a batch of $b$ examples is the true one, $G$, plus noise, so on average it is too long:
#
# $$\mathbb{E}\,\lVert G_b\rVert^2 = \lVert G\rVert^2 + \frac{\operatorname{tr}\Sigma}{b},$$
#
# where $\operatorname{tr}\Sigma$ is the variance of the gradients of single examples. The *noise scale*
# $\operatorname{tr}\Sigma / \lVert G\rVert^2$ is the batch size at which both terms are equal. Neither of them can be
# measured alone; but two batch sizes $b < B$ give two equations:
#
# $$\operatorname{tr}\Sigma = \frac{\lVert G_b\rVert^2 - \lVert G_B\rVert^2}{1/b - 1/B}, \qquad
# \lVert G\rVert^2 = \frac{B\,\lVert G_B\rVert^2 - b\,\lVert G_b\rVert^2}{B - b}.$$
#
# Write `gradient_noise_scale(small, big, small_batch, big_batch)`.
#
# - `small` and `big` have shape `(n,)`: $n$ measurements of $\lVert G_b\rVert^2$ and of $\lVert G_B\rVert^2$. They are
#   squared already. Do not change them.
# - `small_batch` and `big_batch` are $b$ and $B$.
# - Average both quantities over the measurements, and divide the averages: an average of ratios would be biased.
# - By chance an estimate may come out negative. Return 0 where that of $\operatorname{tr}\Sigma$ is below 0, and
#   `np.inf` where that of $\lVert G\rVert^2$ is not above 0.
#
# For `small` `[5, 7]`, `big` `[2, 4]` and the batch sizes 1 and 4, it is 2.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "gradient_noise_scale"}
def gradient_noise_scale(small, big, small_batch, big_batch):
    ### BEGIN SOLUTION
    b, B = small_batch, big_batch
    variance = (small.mean() - big.mean()) / (1 / b - 1 / B)
    squared_norm = (B * big.mean() - b * small.mean()) / (B - b)
    if squared_norm <= 0:
        return np.inf
    return max(variance, 0) / squared_norm
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "gradient_noise_scale_check"}
check("gradient_noise_scale")
### BEGIN HIDDEN TESTS
check("gradient_noise_scale", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Predict, then run
#
# Softmax regression learns 1,000 images of digits, until the loss on 400 others is below 0.25. Each batch size gets
# the learning rate that suits it best. The numbers of steps are then fitted by $S + E/b$: at least $S$ steps, and at
# least $E$ examples. At the *critical* batch size $E/S$ both are twice their least.
#
# Where will it be? Write down your guess before you go on. Any whole number from 1 earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_critical_batch"}
### BEGIN GIVEN
# predicted_critical_batch = ...
### END GIVEN
### BEGIN SOLUTION
predicted_critical_batch = 100
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_critical_batch_check"}
check("predicted_critical_batch")
### BEGIN HIDDEN TESTS
check("predicted_critical_batch", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it: five batch sizes, eight learning rates side by side, three splits of the images. How good was your guess?

# %%
images, labels = digits()
rates = 2.0 ** np.arange(-1, 7)


def probabilities(theta, X):
    Z = X @ theta
    P = np.exp(Z - Z.max(-1, keepdims=True))
    return P / P.sum(-1, keepdims=True)


def steps_needed(batch_size, seed, goal=0.25):
    """For each rate the steps until the loss is below the goal, or 1,000."""
    order = np.random.default_rng(seed).permutation(len(images))
    X = np.column_stack([images, np.ones(len(images))])[order]
    Y = np.eye(10)[labels[order]]
    X = X - np.append(images[order[:1000]].mean(0), 0)
    theta, steps = np.zeros((len(rates), 65, 10)), np.full(len(rates), 1000)
    batches = chain.from_iterable(epochs(1000, batch_size, seed=seed, number=1000))
    for step, batch in enumerate(islice(batches, 999), start=1):
        residual = probabilities(theta, X[batch]) - Y[batch]
        grad = X[batch].T @ residual / len(batch)
        theta = theta - rates[:, None, None] * grad
        if batch_size > 8 or step % 4 == 0:  # looking costs more than a step
            right = (probabilities(theta, X[1000:1400]) * Y[1000:1400]).sum(-1)
            loss = -np.log(np.maximum(right, 1e-300)).mean(-1)
            steps[loss < goal] = np.minimum(steps[loss < goal], step)
            if step > 2 * steps.min():
                break
    return steps


sizes = (4, 16, 64, 256, 1000)
needed = []
for size in sizes:
    steps = np.mean([steps_needed(size, seed) for seed in range(3)], axis=0)
    needed.append(steps.min())
    print(f"b = {size:4}: {steps.min():5.1f} steps at lr {rates[steps.argmin()]:g}")
fit = fit_batch_tradeoff(sizes, needed)
print(f"critical batch size: {fit.critical_batch_size:.0f}")
