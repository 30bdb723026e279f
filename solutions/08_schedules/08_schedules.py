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
# # Exercises 8: schedules
#
# You will write four schedules, repair a program that sets its rate too late, and predict how much of the noise a
# schedule takes away. Six exercises, about 55 minutes. Read chapter 8 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("step_decay", 1)` shows the first of three hints. The marks come from
# the same kinds of cases, with other numbers.

# %%
import math

import numpy as np

from descent import check, hint

# %% [markdown]
# ## A worked example: a straight line
#
# A schedule is a function: it takes the number of a step, $k = 0, 1, \dots$, and returns the learning rate *of that
# step*. It remembers nothing, so it can be asked in any order, and past its end it stays at its last rate. A line from
# $\eta$ down to 0 over $T$ steps is
#
# $$\eta_k = \eta\,\bigl(1 - \min(k, T)/T\bigr).$$
#
# Step 0 has the full rate, step $T$ is the first with rate 0. All your schedules are to be of this kind.

# %%
def straight_line(step, base_lr, total_steps):
    left = 1 - min(step, total_steps) / total_steps
    return base_lr * left


[straight_line(step, 1.0, 4) for step in (0, 1, 2, 3, 4, 5, 100, 2)]

# %% [markdown]
# ## A staircase
#
# Write `step_decay(step, base_lr, every, factor)`, the schedule
#
# $$\eta_k = \eta\, f^{\lfloor k/e \rfloor}$$
#
# where $\eta$ is `base_lr`, $f$ is `factor` and $e$ is `every`, a whole number from 1. The first `every` steps have
# `base_lr`, the next `every` have `base_lr * factor`, and so on. The last line is given: find `drops`, the number
# of times that the rate has been lowered.
#
# With `base_lr` 1, `every` 3 and `factor` 0.5 the first seven rates are 1, 1, 1, 0.5, 0.5, 0.5, 0.25.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "step_decay"}
def step_decay(step, base_lr, every, factor):
    ### BEGIN SOLUTION
    drops = step // every
    ### END SOLUTION
    return base_lr * factor**drops

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "step_decay_check"}
check("step_decay")
### BEGIN HIDDEN TESTS
check("step_decay", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## The same factor at every step
#
# Write `exponential_decay(step, base_lr, gamma)`. Step 0 has the rate `base_lr`, and every later step `gamma` times
# that of the one before it. With `base_lr` 8 and `gamma` 0.5 the first four rates are 8, 4, 2, 1.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "exponential_decay"}
def exponential_decay(step, base_lr, gamma):
    ### BEGIN SOLUTION
    return base_lr * gamma**step
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "exponential_decay_check"}
check("exponential_decay")
### BEGIN HIDDEN TESTS
check("exponential_decay", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Warm-up and cosine
#
# Write `cosine_with_warmup(step, base_lr, warmup_steps, total_steps, final_lr)`. With $W$ for `warmup_steps` and $T$
# for `total_steps`, $0 \le W < T$, it is
#
# $$\eta_k = \begin{cases}
# \eta\,\dfrac{k + 1}{W} & k < W \\
# \eta_{\text{end}} + (\eta - \eta_{\text{end}})\,\dfrac{1 + \cos \pi x}{2},\quad
# x = \dfrac{k - W}{T - W} & W \le k < T \\
# \eta_{\text{end}} & T \le k
# \end{cases}$$
#
# The warm-up is given. `warmup_steps` may be 0. With `base_lr` 1, `warmup_steps` 2, `total_steps` 6 and `final_lr` 0
# the rates are 0.5, 1, 1, 0.854, 0.5, 0.146, 0, 0, …

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "cosine_with_warmup"}
def cosine_with_warmup(step, base_lr, warmup_steps, total_steps, final_lr):
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    ### BEGIN SOLUTION
    x = (min(step, total_steps) - warmup_steps) / (total_steps - warmup_steps)
    return final_lr + (base_lr - final_lr) * (1 + math.cos(math.pi * x)) / 2
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 4, "grade_id": "cosine_with_warmup_check"}
check("cosine_with_warmup")
### BEGIN HIDDEN TESTS
check("cosine_with_warmup", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## One cycle
#
# Write `one_cycle(step, max_lr, total_steps, warmup_fraction, start_div, final_div)`: a straight line up, a straight
# line down, and then the last rate.
#
# - Step 0 has the rate `max_lr / start_div`.
# - The peak, `max_lr`, is at step `round(warmup_fraction * total_steps) - 1`. It comes after step 0 and before the end.
# - The end is step `total_steps - 1`, with `max_lr / start_div / final_div`. All later steps have this rate too.
#
# With `max_lr` 1, `total_steps` 8, `warmup_fraction` 0.4, `start_div` 5 and `final_div` 2 the rates are
# 0.2, 0.6, 1, 0.82, 0.64, 0.46, 0.28, 0.1, 0.1, …

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "one_cycle"}
def one_cycle(step, max_lr, total_steps, warmup_fraction, start_div, final_div):
    ### BEGIN SOLUTION
    steps = [0, round(warmup_fraction * total_steps) - 1, total_steps - 1]
    rates = [max_lr / start_div, max_lr, max_lr / start_div / final_div]
    return np.interp(step, steps, rates)
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 4, "grade_id": "one_cycle_check"}
check("one_cycle")
### BEGIN HIDDEN TESTS
check("one_cycle", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Spot the bug
#
# The program below runs gradient descent for some epochs of a few steps each. `schedule(epoch)` is the learning rate
# that all steps of that epoch are to have, for `epoch` 0, 1, … The program runs, and the rates that it uses fall as
# they should; and yet one rate is used for an epoch too long, and another never.
#
# Find the mistake and repair it. `grad` is a function, `theta0` an array, which must not be changed; `epochs` may
# be 0. Return theta after the last step.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "scheduled_repaired"}
### BEGIN GIVEN
# def scheduled_repaired(grad, theta0, schedule, epochs, steps_per_epoch):
#     theta = np.array(theta0, dtype=float)
#     lr = schedule(0)
#     for epoch in range(epochs):
#         for _ in range(steps_per_epoch):
#             theta = theta - lr * grad(theta)
#         lr = schedule(epoch)
#     return theta
### END GIVEN
### BEGIN SOLUTION
def scheduled_repaired(grad, theta0, schedule, epochs, steps_per_epoch):
    theta = np.array(theta0, dtype=float)
    for epoch in range(epochs):
        lr = schedule(epoch)
        for _ in range(steps_per_epoch):
            theta = theta - lr * grad(theta)
    return theta
### END SOLUTION

# %% [markdown]
# With a gradient that is always 1 and the rates 4, 2, 1 in epochs of one step, the way is $4 + 2 + 1 = 7$:

# %%
scheduled_repaired(lambda theta: 1.0, [0.0], lambda epoch: 4 / 2**epoch, 3, 1)

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "scheduled_repaired_check"}
check("scheduled_repaired")
### BEGIN HIDDEN TESTS
check("scheduled_repaired", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Predict, then run
#
# On $f(x) = x^2/2$, with noise of variance 1 added to each gradient, a constant learning rate of 0.1 does not settle:
# the mean of $x^2$ stays at a floor of about 0.053 (chapter 3). Now let the rate fall from 0.1 to 0 along half a
# cosine, over 400 steps. The mean of $x^2$ after the last step is the floor times … what? Write down your guess before
# you go on. Any positive number earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_floor_left"}
### BEGIN GIVEN
# predicted_floor_left = ...
### END GIVEN
### BEGIN SOLUTION
predicted_floor_left = 0.12
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_floor_left_check"}
check("predicted_floor_left")
### BEGIN HIDDEN TESTS
check("predicted_floor_left", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it, as 4,000 walks side by side, with the schedule that you wrote:

# %%
def mean_square(schedule, rng, walks=4000, steps=400):
    x = np.ones(walks)
    for step in range(steps):
        x = x - schedule(step) * (x + rng.normal(size=walks))
    return np.mean(x**2)


rng = np.random.default_rng(8)
floor = mean_square(lambda step: 0.1, rng)
left = mean_square(lambda step: cosine_with_warmup(step, 0.1, 0, 400, 0.0), rng)
print(f"constant {floor:.4f}, cosine {left:.4f}, ratio {left / floor:.2f}")
