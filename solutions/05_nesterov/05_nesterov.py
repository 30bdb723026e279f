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
# # Exercises 5: Nesterov's method
#
# You will write Nesterov's method in both its forms, turn the path of one into that of the other, and repair a
# program that rolls too far. Five exercises, about 55 minutes. Read chapter 5 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("nesterov_lookahead", 1)` shows the first of three hints. The marks come from
# the same kinds of cases, with other numbers.

# %%
import numpy as np

from descent import RULES, check, hint, minimize, problem

# %% [markdown]
# ## A worked example: looking ahead
#
# The old velocity will carry the parameters to $\theta - \eta\beta v$, whatever the new gradient says. Nesterov's
# method asks for the gradient there:
#
# $$v_{k+1} = \beta v_k + \nabla f(\theta_k - \eta\beta v_k), \qquad \theta_{k+1} = \theta_k - \eta\, v_{k+1}.$$
#
# Take $f(\theta) = \theta^2$ with the gradient $2\theta$, at $\theta = 1$ with $v = 2$, $\eta = 0.1$ and
# $\beta = 0.5$. Run the cell and check the numbers by hand.

# %%
theta, velocity = 1.0, 2.0
ahead = theta - 0.1 * 0.5 * velocity  # 0.9
velocity = 0.5 * velocity + 2 * ahead  # 1 + 1.8
theta = theta - 0.1 * velocity  # from theta, not from the point ahead: 0.72
ahead, velocity, theta

# %% [markdown]
# ## Look ahead, then step
#
# Write `nesterov_lookahead(grad_fn, theta, velocity, lr, beta)`, one step as above.
#
# - `grad_fn` is a function: `grad_fn(x)` is the gradient at `x`, an array of shape `(d,)`. A gradient is what a step
#   costs: ask for it once.
# - `theta` and `velocity` have shape `(d,)`. Do not change them.
# - Return the new parameters and the new velocity, `(theta, velocity)`.
#
# The last line is given.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "nesterov_lookahead"}
def nesterov_lookahead(grad_fn, theta, velocity, lr, beta):
    ### BEGIN SOLUTION
    ahead = theta - lr * beta * velocity
    velocity = beta * velocity + grad_fn(ahead)
    theta = theta - lr * velocity
    ### END SOLUTION
    return theta, velocity

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "nesterov_lookahead_check"}
check("nesterov_lookahead")
### BEGIN HIDDEN TESTS
check("nesterov_lookahead", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## From one form's path to the other's
#
# Libraries hand a method the gradient where the parameters are, and let it ask for no other. So they keep the point
# ahead as their parameters:
#
# $$\varphi_k = \theta_k - \eta\beta\, v_k.$$
#
# Write `lookahead_to_nesterov(thetas, velocities, lr, beta)`, which turns a whole path of the first form into that
# of the second. Row $k$ of `thetas` and of `velocities`, both of shape `(n, d)`, is the state after $k$ steps; the
# result has the same shape. Do not change the arguments.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "lookahead_to_nesterov"}
def lookahead_to_nesterov(thetas, velocities, lr, beta):
    ### BEGIN SOLUTION
    return thetas - lr * beta * velocities
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "lookahead_to_nesterov_check"}
check("lookahead_to_nesterov")
### BEGIN HIDDEN TESTS
check("lookahead_to_nesterov", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## One step, with the gradient where the parameters are
#
# In terms of $\varphi$ the method needs no look ahead. With $g_k = \nabla f(\varphi_k)$ it is
#
# $$v_{k+1} = \beta v_k + g_k, \qquad \varphi_{k+1} = \varphi_k - \eta\,(g_k + \beta v_{k+1}).$$
#
# The vector in parentheses is the velocity, rolled once more with the same gradient. Write
# `nesterov_step(theta, grad, velocity, lr, beta)` for this form: `theta` stands for $\varphi$, `grad` is the gradient
# there, all arrays have the same shape, and the result is `(theta, velocity)`.
#
# For `theta` 0.9, `grad` 1.8, `velocity` 2, `lr` 0.1 and `beta` 0.5 it is `(0.58, 2.8)`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "nesterov_step"}
def nesterov_step(theta, grad, velocity, lr, beta):
    ### BEGIN SOLUTION
    velocity = beta * velocity + grad
    theta = theta - lr * (grad + beta * velocity)
    return theta, velocity
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "nesterov_step_check"}
check("nesterov_step")
### BEGIN HIDDEN TESTS
check("nesterov_step", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Spot the bug
#
# The program below is meant to be `nesterov_step`. Its first step from rest leads to the right place. The cell after
# it shows the velocity after that step, under a gradient of 1: it should be 1.
#
# Find the mistake and repair it: `nesterov_repaired` takes and returns what `nesterov_step` does.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "nesterov_repaired"}
### BEGIN GIVEN
# def nesterov_repaired(theta, grad, velocity, lr, beta):
#     velocity = beta * velocity + grad
#     velocity = beta * velocity + grad
#     theta = theta - lr * velocity
#     return theta, velocity
### END GIVEN
### BEGIN SOLUTION
def nesterov_repaired(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    theta = theta - lr * (beta * velocity + grad)
    return theta, velocity
### END SOLUTION

# %%
theta, velocity = nesterov_repaired(np.zeros(1), np.ones(1), np.zeros(1), 0.1, 0.9)
print(f"theta {theta[0]:.2f}   velocity {velocity[0]:.2f}")

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "nesterov_repaired_check"}
check("nesterov_repaired")
### BEGIN HIDDEN TESTS
check("nesterov_repaired", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Predict, then run
#
# A quadratic has $\mu = 0.01$ and $L = 10$: its condition number is $\kappa = 1000$. Gradient descent at its best
# learning rate needs 3,454 steps to come a thousand times closer to the minimum. How many does Nesterov's method need
# with $\eta = 1/L$ and $\beta = (\sqrt\kappa - 1)/(\sqrt\kappa + 1)$? Write down your guess before you go on. Any
# whole number from 1 earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_nesterov_steps"}
### BEGIN GIVEN
# predicted_nesterov_steps = ...
### END GIVEN
### BEGIN SOLUTION
predicted_nesterov_steps = 274
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_nesterov_steps_check"}
check("predicted_nesterov_steps")
### BEGIN HIDDEN TESTS
check("predicted_nesterov_steps", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it. How good was your guess?

# %%
ravine = problem("quadratic", condition=1000, smallest=0.01)
start, root = np.array([1.0, 1.0]), np.sqrt(1000)


def steps_needed(rule, steps, **hyper):
    run = minimize(RULES[rule], ravine, steps=steps, start=start, **hyper)
    distances = run.distances(ravine.minimisers[0])
    return int(np.argmax(distances <= distances[0] / 1000))


print("gradient descent:", steps_needed("gradient_descent", 4000, lr=2 / 10.01))
print("Nesterov:", steps_needed("nesterov", 400, lr=1 / 10, beta=(root - 1) / (root + 1)))
