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
# # Exercises 4: momentum
#
# You will write one step of momentum, convert a learning rate from one form to another, repair a program that
# fails only under a schedule, and work out the best heavy ball. Five exercises, about 50 minutes. Read chapter 4
# first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("momentum_step", 1)` shows the first of three hints. The marks come from
# the same kinds of cases, with other numbers.

# %%
import numpy as np

from descent import RULES, check, hint, minimize, problem

# %% [markdown]
# ## A worked example: two steps
#
# Momentum keeps a velocity $v$, a sum of past gradients that fades by $\beta$ in each step, and moves along it:
#
# $$v_{k+1} = \beta v_k + \nabla f(\theta_k), \qquad \theta_{k+1} = \theta_k - \eta\, v_{k+1}.$$
#
# Take $f(\theta) = \theta^2$, so that the gradient is $2\theta$, and begin at $\theta = 1$ with $v = 0$. Run the
# cell and check the numbers by hand, with $\eta = 0.1$ and $\beta = 0.5$.

# %%
theta, velocity = 1.0, 0.0
for _ in range(2):
    velocity = 0.5 * velocity + 2 * theta  # 2, then 1 + 1.6
    theta = theta - 0.1 * velocity  # 0.8, then 0.54
    print(f"velocity {velocity:.4f}   theta {theta:.4f}")

# %% [markdown]
# ## One step of momentum
#
# Write `momentum_step(theta, grad, velocity, lr, beta)`, which takes one step with the two equations above.
#
# - `theta`, `grad` and `velocity` are arrays of the same shape, which may have any number of axes. `grad` is the
#   gradient at `theta`. Do not change them.
# - Return the new parameters and the new velocity, `(theta, velocity)`.
#
# The last line is given. For `theta` 0.8, `grad` 1.6, `velocity` 2, `lr` 0.1 and `beta` 0.5 the result is
# `(0.54, 2.6)`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "momentum_step"}
def momentum_step(theta, grad, velocity, lr, beta):
    ### BEGIN SOLUTION
    velocity = beta * velocity + grad
    theta = theta - lr * velocity
    ### END SOLUTION
    return theta, velocity

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "momentum_step_check"}
check("momentum_step")
### BEGIN HIDDEN TESTS
check("momentum_step", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## From one form to the other
#
# Some write momentum as a moving average of gradients:
#
# $$m_{k+1} = \beta m_k + (1 - \beta)\,\nabla f(\theta_k), \qquad \theta_{k+1} = \theta_k - \eta\, m_{k+1}.$$
#
# From rest, the two forms walk the same path when each has its own learning rate. Write
# `ema_to_classical(lr, beta)`: given the learning rate of the moving average, it returns the one with which
# `momentum_step` takes the same steps. For `lr` 0.5 and `beta` 0.75 that is 0.125. `beta` may be 0.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "ema_to_classical"}
def ema_to_classical(lr, beta):
    ### BEGIN SOLUTION
    return lr * (1 - beta)
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "ema_to_classical_check"}
check("ema_to_classical")
### BEGIN HIDDEN TESTS
check("ema_to_classical", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Spot the bug
#
# The program below is meant to be `momentum_step`. With a constant learning rate it walks the right path. With a
# schedule it does not: the cell after it lowers the learning rate from 0.1 to 0.01 for the last of three steps,
# under a gradient that is always 1. The right program ends at −0.3171.
#
# Find the mistake and repair it: `momentum_repaired` takes and returns what `momentum_step` does.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "momentum_repaired"}
### BEGIN GIVEN
# def momentum_repaired(theta, grad, velocity, lr, beta):
#     velocity = beta * velocity + lr * grad
#     theta = theta - velocity
#     return theta, velocity
### END GIVEN
### BEGIN SOLUTION
def momentum_repaired(theta, grad, velocity, lr, beta):
    velocity = beta * velocity + grad
    theta = theta - lr * velocity
    return theta, velocity
### END SOLUTION

# %%
theta, velocity = np.zeros(1), np.zeros(1)
for lr in (0.1, 0.1, 0.01):
    theta, velocity = momentum_repaired(theta, np.ones(1), velocity, lr, 0.9)
print(f"ends at {theta[0]:.4f}")

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "momentum_repaired_check"}
check("momentum_repaired")
### BEGIN HIDDEN TESTS
check("momentum_repaired", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Predict, then run
#
# On the quadratic with the curvatures 0.2 and 4, gradient descent at its best learning rate comes within $10^{-6}$
# of the minimum after 155 steps. Now take momentum with $\beta = 0.9$, and try many learning rates. How many steps
# does the best of them need? Write down your guess before you go on. Any whole number from 1 earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_momentum_steps"}
### BEGIN GIVEN
# predicted_momentum_steps = ...
### END GIVEN
### BEGIN SOLUTION
predicted_momentum_steps = 222
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_momentum_steps_check"}
check("predicted_momentum_steps")
### BEGIN HIDDEN TESTS
check("predicted_momentum_steps", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it. How good was your guess?

# %%
toy = problem("quadratic", condition=20, smallest=0.2)


def steps_needed(lr):
    run = minimize(RULES["momentum"], toy, lr=lr, beta=0.9, steps=400, start=np.array([-5.0, -2.0]))
    near = run.distances(toy.minimisers[0]) < 1e-6
    return int(np.argmax(near)) if near.any() else 401


min(steps_needed(lr) for lr in np.linspace(0.02, 0.9, 89))

# %% [markdown]
# ## The best heavy ball
#
# Momentum can do better, with another $\beta$. On a quadratic each direction with curvature $\lambda$ is a damped
# oscillation of its own. Once $\beta \ge (1 - \sqrt{\eta\lambda})^2$, it shrinks by $\sqrt\beta$ a step in the long
# run, whatever its $\lambda$. So the fastest choice is the smallest $\beta$ for which this holds in all directions,
# from the flattest, $\mu$, to the steepest, $L$: both are then just at the border.
#
# Write `best_heavy_ball(mu, L)`, which returns that choice as `(lr, beta)`, for $0 < \mu \le L$. For $\mu = 1$ and
# $L = 9$ it is $(0.25, 0.25)$. When $\mu = L$, $\beta$ is 0.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "best_heavy_ball"}
def best_heavy_ball(mu, L):
    ### BEGIN SOLUTION
    lr = (2 / (np.sqrt(L) + np.sqrt(mu))) ** 2
    beta = ((np.sqrt(L) - np.sqrt(mu)) / (np.sqrt(L) + np.sqrt(mu))) ** 2
    return lr, beta
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "best_heavy_ball_check"}
check("best_heavy_ball")
### BEGIN HIDDEN TESTS
check("best_heavy_ball", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Your numbers on the quadratic above:

# %%
lr, beta = best_heavy_ball(0.2, 4.0)
run = minimize(RULES["momentum"], toy, lr=lr, beta=beta, steps=400, start=np.array([-5.0, -2.0]))
int(np.argmax(run.distances(toy.minimisers[0]) < 1e-6))
