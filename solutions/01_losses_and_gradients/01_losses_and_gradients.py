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
# # Exercises 1: losses and gradients
#
# You will compute a gradient from values alone, then by hand, hold the two against each other, and take one step
# on paper. Four exercises, about 40 minutes. Read chapter 1 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("numerical_gradient", 1)` shows the first of three hints. The marks come from
# the same kinds of cases, with other numbers.

# %%
import numpy as np

from descent import check, hint

# %% [markdown]
# ## A worked example: the slope of one function
#
# The derivative of $f$ at $x$ is the limit of difference quotients. The *forward* difference looks to one side,
# the *central* difference to both:
#
# $$\frac{f(x + h) - f(x)}{h}, \qquad \frac{f(x + h) - f(x - h)}{2h}.$$
#
# For $f(x) = x^3$ at $x = 1$ the derivative is 3. With $h = 0.1$ the two quotients are off by $3h + h^2 = 0.31$ and
# by $h^2 = 0.01$. Run the cell and check the numbers by hand.

# %%
def cube(x):
    return x**3


h = 0.1
(cube(1 + h) - cube(1)) / h, (cube(1 + h) - cube(1 - h)) / (2 * h)

# %% [markdown]
# ## Predict, then run
#
# A smaller $h$ cuts off less of the Taylor series. But a computer keeps 16 digits of every number, and the
# difference of two nearly equal values has few of them left. For the central difference of $\sin$ at $x = 1$, which
# $h$ gives the smallest error? Write down your guess, for example `1e-3`, before you go on. Any positive number
# earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_h"}
### BEGIN GIVEN
# predicted_h = ...
### END GIVEN
### BEGIN SOLUTION
predicted_h = 1e-5
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_h_check"}
check("predicted_h")
### BEGIN HIDDEN TESTS
check("predicted_h", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it. The error falls to the best $h$ and rises again: how good was your guess?

# %%
sizes = 10.0 ** -np.arange(1, 13)
errors = np.abs((np.sin(1 + sizes) - np.sin(1 - sizes)) / (2 * sizes) - np.cos(1))
print("     h     error")
for size, error in zip(sizes, errors, strict=True):
    print(f"{size:.0e}   {error:.1e}")
print(f"smallest at h = {sizes[np.argmin(errors)]:.0e}")

# %% [markdown]
# ## A gradient from values alone
#
# A function of many numbers has one slope for each of them. Write `numerical_gradient(f, x, h)`, which returns the
# central difference along every element:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h e_i) - f(x - h e_i)}{2h},$$
#
# where $e_i$ is 1 in place $i$ and 0 elsewhere.
#
# - `f` is a function: `f(x)` is a number.
# - `x` is an array with one or more dimensions. It may hold whole numbers. Do not change it.
# - Return an array of floats, of the same shape as `x`.
#
# For `f(x) = x[0]**3 + x[1]` at `[1, 5]` with `h = 0.1` the result is `[3.01, 1]`. Two lines of a solution are given.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "numerical_gradient"}
def numerical_gradient(f, x, h):
    gradient = np.zeros(np.shape(x))
    for i in np.ndindex(gradient.shape):
        ### BEGIN SOLUTION
        right, left = np.array(x, dtype=float), np.array(x, dtype=float)
        right[i] += h
        left[i] -= h
        gradient[i] = (f(right) - f(left)) / (2 * h)
    return gradient
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "numerical_gradient_check"}
check("numerical_gradient")
### BEGIN HIDDEN TESTS
check("numerical_gradient", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Mean squared error and its gradient
#
# A linear model predicts $X\theta$. Each row of $X$ is an example; its last column holds ones, so that the last
# parameter is the intercept. The loss is the mean of the squared residuals, and its gradient follows by the chain
# rule:
#
# $$L(\theta) = \frac1n \sum_{i=1}^n (x_i^\top\theta - y_i)^2, \qquad
# \nabla L(\theta) = \frac2n X^\top (X\theta - y).$$
#
# Write `mse_loss_and_grad(X, y, theta)`, which returns both, `(loss, gradient)`.
#
# - `X` has shape `(n, d)`, `y` shape `(n,)`, `theta` shape `(d,)`. Do not change them.
# - `X` and `y` may hold whole numbers, and `n` may be 1.
# - The loss is a number, the gradient an array of shape `(d,)`.
#
# For `X = [[1, 1], [3, 1]]`, `y = [1, 1]` and `theta = [1, 0]` the residuals are 0 and 2, the loss is 2, and the
# gradient is `[6, 2]`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "mse_loss_and_grad"}
def mse_loss_and_grad(X, y, theta):
    ### BEGIN SOLUTION
    residual = X @ theta - y
    return np.mean(residual**2), 2 / len(y) * X.T @ residual
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "mse_loss_and_grad_check"}
check("mse_loss_and_grad")
### BEGIN HIDDEN TESTS
check("mse_loss_and_grad", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# A gradient by hand is only worth what it was checked against. Hold yours against the values of the loss: the
# largest difference should be about $10^{-9}$ or less.

# %%
rng = np.random.default_rng(1)
X = np.column_stack([rng.normal(size=(20, 2)), np.ones(20)])
y, theta = rng.normal(size=20), rng.normal(size=3)
by_hand = mse_loss_and_grad(X, y, theta)[1]
by_values = numerical_gradient(lambda theta: mse_loss_and_grad(X, y, theta)[0], theta, 1e-5)
float(np.abs(by_hand - by_values).max())

# %% [markdown]
# ## One step on paper
#
# Two points are given: $(x, y) = (2, 3)$ and $(4, 5)$. The model is a line, slope · $x$ + intercept. It begins with
# slope 1 and intercept 0. Take one step of gradient descent on the mean squared error with the learning rate 0.1:
# $\theta \leftarrow \theta - 0.1\,\nabla L(\theta)$. What is the new slope? Do it on paper, and write down the number.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "hand_step"}
### BEGIN GIVEN
# hand_step = ...
### END GIVEN
### BEGIN SOLUTION
hand_step = 1.6
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "hand_step_check"}
check("hand_step")
### BEGIN HIDDEN TESTS
check("hand_step", level="hidden").score
### END HIDDEN TESTS
