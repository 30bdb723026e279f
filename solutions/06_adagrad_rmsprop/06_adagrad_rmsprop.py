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
# # Exercises 6: Adagrad and RMSprop
#
# You will write both methods, find out how long a moving average remembers, and repair a program that stands still
# where gradients are small. Five exercises, about 50 minutes. Read chapter 6 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("adagrad_step", 1)` shows the first of three hints. The marks come from
# the same kinds of cases, with other numbers.

# %%
import numpy as np

from descent import RULES, check, hint, minimize, problem

# %% [markdown]
# ## A worked example: a step of one's own for each coordinate
#
# Adagrad adds up the squared gradients of each coordinate and divides by the root of the sum:
#
# $$s_{k+1} = s_k + g_k^2, \qquad \theta_{k+1} = \theta_k - \eta\,\frac{g_k}{\sqrt{s_{k+1}} + \varepsilon}.$$
#
# All operations are element by element. Two coordinates have gradients of very different size, 3 and 0.003. Run the
# cell and check the numbers by hand, with $\eta = 0.1$: from $s = 0$ both take the same first step. In the second,
# under the same gradient, $s$ has doubled, and both steps are shorter by $\sqrt 2$.

# %%
grad, total = np.array([3.0, 0.003]), np.zeros(2)
for _ in range(2):
    total = total + grad**2
    print(0.1 * grad / (np.sqrt(total) + 1e-8))

# %% [markdown]
# ## One step of Adagrad
#
# Write `adagrad_step(theta, grad, accumulator, lr, eps)`, one step with the two equations above.
#
# - `theta`, `grad` and `accumulator` ($s$) are arrays of the same shape, which may have any number of axes. Do not
#   change them. An element of `grad` and of `accumulator` may be zero.
# - Return the new parameters and the new accumulator, `(theta, accumulator)`.
#
# The first line is given.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "adagrad_step"}
def adagrad_step(theta, grad, accumulator, lr, eps):
    accumulator = accumulator + grad**2
    ### BEGIN SOLUTION
    theta = theta - lr * grad / (np.sqrt(accumulator) + eps)
    return theta, accumulator
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "adagrad_step_check"}
check("adagrad_step")
### BEGIN HIDDEN TESTS
check("adagrad_step", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## One step of RMSprop
#
# Adagrad never forgets, so its steps shrink for ever. RMSprop replaces the sum by a moving average, which fades by
# $\rho$ in each step:
#
# $$v_{k+1} = \rho\, v_k + (1 - \rho)\, g_k^2, \qquad
# \theta_{k+1} = \theta_k - \eta\,\frac{g_k}{\sqrt{v_{k+1}} + \varepsilon}.$$
#
# Write `rmsprop_step(theta, grad, average, lr, rho, eps)`, where `average` is $v$. It returns `(theta, average)`.
#
# For `theta` 1, `grad` 2, `average` 0, `lr` 0.1, `rho` 0.75 and `eps` 0 the result is `(0.8, 1)`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "rmsprop_step"}
def rmsprop_step(theta, grad, average, lr, rho, eps):
    ### BEGIN SOLUTION
    average = rho * average + (1 - rho) * grad**2
    theta = theta - lr * grad / (np.sqrt(average) + eps)
    return theta, average
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "rmsprop_step_check"}
check("rmsprop_step")
### BEGIN HIDDEN TESTS
check("rmsprop_step", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## How long an average remembers
#
# After $k$ steps the weight of a value in a moving average has been multiplied by $\rho$ another $k$ times. Write
# `ema_half_life(rho)`, the number of steps, a real number, after which the weight is half of what it was. For
# $\rho = 0.5$ it is 1, for $\rho = 0.9$ it is 6.58. `rho` lies strictly between 0 and 1.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "ema_half_life"}
def ema_half_life(rho):
    ### BEGIN SOLUTION
    return np.log(0.5) / np.log(rho)
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "ema_half_life_check"}
check("ema_half_life")
### BEGIN HIDDEN TESTS
check("ema_half_life", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Spot the bug
#
# The program below is meant to be `rmsprop_step`. With gradients of ordinary size it seems right. The cell after it
# runs it under a gradient that is always $10^{-5}$. After many steps each step should be about as long as `lr`,
# 0.001.
#
# Find the mistake and repair it: `rmsprop_repaired` takes and returns what `rmsprop_step` does.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "rmsprop_repaired"}
### BEGIN GIVEN
# def rmsprop_repaired(theta, grad, average, lr, rho, eps):
#     average = rho * average + (1 - rho) * grad**2
#     theta = theta - lr * grad / np.sqrt(average + eps)
#     return theta, average
### END GIVEN
### BEGIN SOLUTION
def rmsprop_repaired(theta, grad, average, lr, rho, eps):
    average = rho * average + (1 - rho) * grad**2
    theta = theta - lr * grad / (np.sqrt(average) + eps)
    return theta, average
### END SOLUTION

# %%
theta, average = np.zeros(1), np.zeros(1)
for _ in range(200):
    before = theta
    theta, average = rmsprop_repaired(theta, np.full(1, 1e-5), average, 0.001, 0.9, 1e-8)
print(f"length of the last step: {abs(theta - before)[0]:.6f}")

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "rmsprop_repaired_check"}
check("rmsprop_repaired")
### BEGIN HIDDEN TESTS
check("rmsprop_repaired", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Predict, then run
#
# The quadratic of chapter 4 has curvatures 0.2 and 4 along the axes. Turn it by 45 degrees: the same ravine, now
# askew. Which of `"gradient_descent"`, `"momentum"`, `"adagrad"` and `"rmsprop"` need as many steps as before?
# Write down a list of names before you go on. Any list of these names earns the point, an empty one too.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_invariant"}
### BEGIN GIVEN
# predicted_invariant = ...
### END GIVEN
### BEGIN SOLUTION
predicted_invariant = ["gradient_descent", "momentum"]
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_invariant_check"}
check("predicted_invariant")
### BEGIN HIDDEN TESTS
check("predicted_invariant", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it. For each method the best of 20 learning rates, straight and turned, until $\lVert\theta\rVert < 10^{-6}$:

# %%
def steps_needed(rule, lr, degrees):
    ravine = problem("quadratic", condition=20, smallest=0.2, degrees=degrees)
    run = minimize(RULES[rule], ravine, lr=lr, steps=400)
    near = run.distances(ravine.minimisers[0]) < 1e-6
    return int(np.argmax(near)) if near.any() else 401


for rule, lowest, highest in (
    ("gradient_descent", 0.1, 0.5),
    ("momentum", 0.05, 0.9),
    ("adagrad", 0.3, 10.0),
    ("rmsprop", 0.01, 1.0),
):
    rates = np.geomspace(lowest, highest, 20)
    print(rule, *(min(steps_needed(rule, lr, degrees) for lr in rates) for degrees in (0, 45)))
