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
# # Exercises 3: stochastic gradients
#
# You will cut an epoch into mini-batches, run stochastic gradient descent through it, and compute how noisy a
# mini-batch's gradient is. Four exercises, about 45 minutes. Read chapter 3 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("minibatches", 1)` shows the first of three hints. The marks come from the
# same kinds of cases, with other numbers.

# %%
import numpy as np

from descent import check, hint

# %% [markdown]
# ## A worked example: a Generator
#
# All chance in these exercises comes from a NumPy `Generator`, which is passed as an argument. Two Generators with
# the same seed give the same numbers; one Generator gives new numbers each time it is asked. So a run can be
# repeated, and yet its epochs differ.

# %%
rng, twin = np.random.default_rng(7), np.random.default_rng(7)
rng.permutation(6), twin.permutation(6), rng.permutation(6)

# %% [markdown]
# ## Cut an epoch into mini-batches
#
# An epoch shows every example once. Write `minibatches(n, batch_size, rng)`, which returns a list of arrays of
# indices:
#
# - Shuffle the indices 0 … `n - 1` with `rng`, a Generator; then cut them into batches.
# - Every batch has `batch_size` indices, only the last may have fewer. `batch_size` is between 1 and `n`.
# - Take all chance from `rng`, and set no seed.
#
# `minibatches(5, 2, rng)` gives batches of 2, 2 and 1 indices. The first line of a solution is given.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "minibatches"}
def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    ### BEGIN SOLUTION
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "minibatches_check"}
check("minibatches")
### BEGIN HIDDEN TESTS
check("minibatches", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## One epoch of stochastic gradient descent
#
# Write `sgd_epoch(theta, X, y, batches, lr)`: linear regression with the mean squared error of chapter 1, one step
# for each batch. For a batch $B$ of $b$ examples the step is
#
# $$\theta \leftarrow \theta - \eta\,\frac2b \sum_{i \in B} (x_i^\top\theta - y_i)\, x_i.$$
#
# - `theta` has shape `(d,)`, `X` shape `(n, d)`, `y` shape `(n,)`. Do not change them.
# - `batches` is a list of arrays of indices. They may be of different sizes, and an index may come twice.
# - Return theta after the last batch.
#
# This notebook is complete in itself: functions of other notebooks do not exist here. With one example, `X = [[2]]`,
# `y = [0]`, `theta = [1]`, `batches = [[0]]` and `lr = 0.1`, the result is `[0.2]`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "sgd_epoch"}
def sgd_epoch(theta, X, y, batches, lr):
    ### BEGIN SOLUTION
    for batch in batches:
        residual = X[batch] @ theta - y[batch]
        theta = theta - lr * 2 / len(batch) * X[batch].T @ residual
    return theta
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 4, "grade_id": "sgd_epoch_check"}
check("sgd_epoch")
### BEGIN HIDDEN TESTS
check("sgd_epoch", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Both together: twenty epochs on points about a line with slope 2 and intercept -1. Theta should come near these numbers.

# %%
rng = np.random.default_rng(3)
X = np.column_stack([rng.uniform(-1, 1, size=200), np.ones(200)])
y = X @ [2.0, -1.0] + 0.1 * rng.normal(size=200)
theta = np.zeros(2)
for _ in range(20):
    theta = sgd_epoch(theta, X, y, minibatches(200, 16, rng), 0.1)
theta

# %% [markdown]
# ## How noisy is a mini-batch?
#
# Let $g_1, \dots, g_N$ be the gradients of the single examples, and $g$ their mean. A batch of $b$ of them has the
# mean $g_B$, which lies off $g$ by chance. On average its squared distance is
#
# $$\mathbb{E}\,\lVert g_B - g \rVert^2 = \frac{S}{b} \cdot
# \begin{cases} 1 & \text{with replacement,}\\ \dfrac{N - b}{N - 1} & \text{without,}\end{cases}
# \qquad S = \frac1N \sum_{i=1}^N \lVert g_i - g \rVert^2 .$$
#
# This is the trace of the covariance matrix of $g_B$. Write `gradient_variance(per_example, batch_size,
# replacement)`, which returns it as a number.
#
# - `per_example` has shape `(N, d)`: one gradient in each row. Do not change it.
# - `replacement` is `True` or `False`.
# - A single example ($N = 1$) always gives the same batch: the variance is 0.
#
# For the gradients `[[1], [3]]` and a batch size of 2 it is 0.5 with replacement, and 0 without.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "gradient_variance"}
def gradient_variance(per_example, batch_size, replacement):
    ### BEGIN SOLUTION
    N = len(per_example)
    variance = per_example.var(axis=0).sum() / batch_size
    if replacement:
        return variance
    return variance * (N - batch_size) / (N - 1) if N > 1 else 0.0
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "gradient_variance_check"}
check("gradient_variance")
### BEGIN HIDDEN TESTS
check("gradient_variance", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Predict, then run
#
# Near a minimum the noise takes over: with a constant learning rate, stochastic gradient descent does not settle
# but hovers about. Take $f(x) = x^2/2$, whose gradient is $x$, and add noise of variance 1 to it. At the learning
# rate 0.1 the mean of $x^2$ settles at a floor. At the learning rate 0.05, how high is the floor, as a multiple of
# that? Write down your guess before you go on. Any positive number earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_floor_ratio"}
### BEGIN GIVEN
# predicted_floor_ratio = ...
### END GIVEN
### BEGIN SOLUTION
predicted_floor_ratio = 0.49
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_floor_ratio_check"}
check("predicted_floor_ratio")
### BEGIN HIDDEN TESTS
check("predicted_floor_ratio", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it: 2,000 walks of 400 steps each, of which the second half counts.

# %%
def noise_floor(lr, rng, walks=2000, steps=400):
    x, squares = np.zeros(walks), []
    for _ in range(steps):
        x = x - lr * (x + rng.normal(size=walks))
        squares.append(np.mean(x**2))
    return np.mean(squares[steps // 2 :])


rng = np.random.default_rng(5)
high, low = noise_floor(0.1, rng), noise_floor(0.05, rng)
print(f"floor at 0.1: {high:.4f}, at 0.05: {low:.4f}, ratio {low / high:.3f}")
