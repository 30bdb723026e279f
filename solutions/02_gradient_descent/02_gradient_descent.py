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
# # Exercises 2: gradient descent
#
# You will write gradient descent, find the learning rate at which it breaks, search for a good step, and decide
# when to stop. Five exercises, about 50 minutes. Read chapter 2 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("gradient_descent", 1)` shows the first of three hints. The marks come from
# the same kinds of cases, with other numbers.

# %%
import numpy as np

from descent import RULES, check, hint, minimize, problem

# %% [markdown]
# ## A worked example: one step
#
# Gradient descent moves against the gradient:
#
# $$\theta_{k+1} = \theta_k - \eta\, \nabla f(\theta_k).$$
#
# For $f(\theta) = \tfrac12\theta^\top H\theta$ the gradient is $H\theta$. Run the cell and check the numbers by hand.

# %%
H = np.diag([0.2, 4.0])
theta = np.array([-5.0, -2.0])
theta - 0.4 * (H @ theta)  # (-5 + 0.4, -2 + 3.2)

# %% [markdown]
# ## Predict, then run
#
# A quadratic has $\mu = 0.04$ and $L = 4$, so its condition number is $\kappa = L/\mu = 100$. You take the best
# learning rate, $2/(\mu + L)$, and begin at the worst point. After how many steps is the distance to the minimum
# a thousandth of what it was? Write down your guess before you go on. Any whole number earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_steps"}
### BEGIN GIVEN
# predicted_steps = ...
### END GIVEN
### BEGIN SOLUTION
predicted_steps = 346
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_steps_check"}
check("predicted_steps")
### BEGIN HIDDEN TESTS
check("predicted_steps", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it. Each step keeps $(\kappa - 1)/(\kappa + 1)$ of the distance: how good was your guess?

# %%
toy = problem("quadratic", condition=100, smallest=0.04)
run = minimize(
    RULES["gradient_descent"], toy, lr=2 / (0.04 + 4), steps=1000, start=np.array([1.0, 1.0])
)
distances = run.distances(toy.minimisers[0])
int(np.argmax(distances <= distances[0] / 1000))

# %% [markdown]
# ## Gradient descent
#
# Write `gradient_descent(grad, theta0, lr, steps)`.
#
# - `grad` is a function: `grad(theta)` is the gradient at `theta`, an array of shape `(d,)`.
# - `theta0` is the start, shape `(d,)`. It may hold whole numbers. Do not change it.
# - Take exactly `steps` steps with the learning rate `lr`.
# - Return the whole trajectory, start included: an array of shape `(steps + 1, d)`.
#
# With the gradient of the worked example, `gradient_descent(grad, theta0, 0.4, 1)` has the rows
# `[-5, -2]` and `[-4.6, 1.2]`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "gradient_descent"}
def gradient_descent(grad, theta0, lr, steps):
    ### BEGIN SOLUTION
    trajectory = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        theta = trajectory[-1]
        trajectory.append(theta - lr * grad(theta))
    return np.array(trajectory)
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 4, "grade_id": "gradient_descent_check"}
check("gradient_descent")
### BEGIN HIDDEN TESTS
check("gradient_descent", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## The stability wall
#
# On a quadratic with Hessian $H$, gradient descent converges for every learning rate below a wall and for none
# beyond it. Write `largest_stable_lr(H)`, which returns where the wall stands, as a number.
#
# `H` has shape `(d, d)`, is symmetric, and has no negative eigenvalue; it may be singular. For
# $H = \mathrm{diag}(0.2, 4)$ the wall stands at $0.5$.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "largest_stable_lr"}
def largest_stable_lr(H):
    ### BEGIN SOLUTION
    return 2 / np.linalg.eigvalsh(H)[-1]
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "largest_stable_lr_check"}
check("largest_stable_lr")
### BEGIN HIDDEN TESTS
check("largest_stable_lr", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Backtracking line search
#
# The wall is rarely known. A backtracking search tries a step and shortens it until the loss falls enough. Write
# `backtracking_line_search(f, theta, grad, direction, lr0, shrink, c)`, which returns the first `lr` of
# `lr0`, `lr0 * shrink`, `lr0 * shrink**2`, … that meets the Armijo condition
#
# $$f(\theta + \eta d) \le f(\theta) + c\,\eta\,\langle \nabla f(\theta), d\rangle.$$
#
# - `f` is a function, `theta` a point, `grad` the gradient there (an array), `direction` the $d$ above.
# - `0 < shrink < 1` and `0 < c < 1`.
# - Where `direction` leads uphill, so that $\langle \nabla f(\theta), d\rangle > 0$, raise a `ValueError`.
#
# The first line of a solution is given: the slope along the direction.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "backtracking_line_search"}
def backtracking_line_search(f, theta, grad, direction, lr0, shrink, c):
    slope = grad @ direction
    ### BEGIN SOLUTION
    if slope > 0:
        raise ValueError(f"direction leads uphill: the slope is {slope}")
    lr = lr0
    while f(theta + lr * direction) > f(theta) + c * lr * slope:
        lr = lr * shrink
    return lr
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 4, "grade_id": "backtracking_line_search_check"}
check("backtracking_line_search")
### BEGIN HIDDEN TESTS
check("backtracking_line_search", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## A stopping rule
#
# Write `descend_until(grad, theta0, lr, tolerance, max_steps)`: gradient descent that stops at the first point
# where $\lVert\nabla f(\theta)\rVert_2 \le$ `tolerance`, or after `max_steps` steps. Return the point and the
# number of steps taken, `(theta, steps)`. A start that is good enough needs 0 steps. Do not change `theta0`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "descend_until"}
def descend_until(grad, theta0, lr, tolerance, max_steps):
    ### BEGIN SOLUTION
    theta = np.array(theta0, dtype=float)
    for k in range(max_steps):
        g = grad(theta)
        if np.linalg.norm(g) <= tolerance:
            return theta, k
        theta = theta - lr * g
    return theta, max_steps
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "descend_until_check"}
check("descend_until")
### BEGIN HIDDEN TESTS
check("descend_until", level="hidden").score
### END HIDDEN TESTS
