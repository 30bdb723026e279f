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
# # Exercises 7: Adam and AdamW
#
# You will write Adam, write a test that tells right Adams from wrong ones, repair an Adam that stalls, and add weight
# decay where it belongs. Six exercises, about 65 minutes. Read chapter 7 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("adam_step", 1)` shows the first of three hints. The marks come from
# the same kinds of cases, with other numbers.

# %%
import numpy as np

from descent import check, hint

# %% [markdown]
# ## A worked example: the bias of a zero start
#
# A moving average that starts at zero is too small at first: $m_{k+1} = \beta m_k + (1 - \beta) g_k$ with $m_0 = 0$
# and $\beta = 0.9$ begins with a tenth of the first gradient. After $t$ steps its weights sum to $1 - \beta^t$, so
# that is what to divide by. Run the cell and check the first two lines by hand: under a gradient of 2 the corrected
# average is 2 from the start.

# %%
mean = 0.0
for t in range(1, 5):
    mean = 0.9 * mean + 0.1 * 2.0
    print(f"t = {t}: average {mean:.4f}, corrected {mean / (1 - 0.9**t):.4f}")

# %% [markdown]
# ## Predict, then run
#
# Adam steps along the average of the gradients, $m$, divided by the root of the average of their squares, $v$. Both
# start at zero. With $\beta_1 = 0.9$ and $\beta_2 = 0.999$, how many times as long as the right one is the very first
# step when *neither* is corrected? Write down your guess before you go on. Any positive number earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_first_step"}
### BEGIN GIVEN
# predicted_first_step = ...
### END GIVEN
### BEGIN SOLUTION
predicted_first_step = 3.16
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_first_step_check"}
check("predicted_first_step")
### BEGIN HIDDEN TESTS
check("predicted_first_step", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it. How good was your guess?

# %%
gradient = 2.0
m, v = (1 - 0.9) * gradient, (1 - 0.999) * gradient**2
uncorrected = m / np.sqrt(v)
corrected = (m / (1 - 0.9)) / np.sqrt(v / (1 - 0.999))
print(f"{uncorrected / corrected:.4f}")

# %% [markdown]
# ## One step of Adam
#
# With $g$ the gradient at $\theta$, all operations element by element, and $t$ counting the steps from 1:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\,g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\,g^2,$$
#
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad
# \theta \leftarrow \theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon}.$$
#
# Write `adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps)`, which returns `(theta, m, v)`.
#
# - `theta`, `grad`, `m` and `v` are arrays of the same shape, which may have any number of axes. Do not change them.
# - `m` and `v` come back as the next step needs them.
#
# The first line is given.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "adam_step"}
def adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    ### BEGIN SOLUTION
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 4, "grade_id": "adam_step_check"}
check("adam_step")
### BEGIN HIDDEN TESTS
check("adam_step", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Write the test that fails
#
# Most wrong Adams move, and many converge. A good test tells them from right ones. Write
# `test_adam_step(adam_step)`, which returns `True` for an Adam that is right and `False` for one that is not.
#
# Yours will be tried on right Adams, which may differ from yours in the last bits, and on six wrong ones: one goes
# uphill, one has no bias correction, one ignores `t`, one stores the corrected moments, one has epsilon inside the
# root, one ignores its betas.
#
# Call `adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps)` with arrays and numbers in this order, without
# keywords. Compare what it returns with numbers that you trust: worked out by hand, or by a loop of your own inside
# the test.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "test_adam_step"}
def test_adam_step(adam_step):
    ### BEGIN SOLUTION
    lr, beta1, beta2, eps = 0.05, 0.6, 0.8, 1e-2
    theta, m, v = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    right_theta, right_m, right_v = theta, m, v
    gradients = np.array([[0.3, -1.0], [-0.1, 2.0], [0.02, 0.0], [0.5, -0.7]])
    for t, grad in enumerate(gradients, start=1):
        theta, m, v = adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps)
        right_m = beta1 * right_m + (1 - beta1) * grad
        right_v = beta2 * right_v + (1 - beta2) * grad**2
        m_hat, v_hat = right_m / (1 - beta1**t), right_v / (1 - beta2**t)
        right_theta = right_theta - lr * m_hat / (np.sqrt(v_hat) + eps)
        if not np.allclose([theta, m, v], [right_theta, right_m, right_v]):
            return False
    return True
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 4, "grade_id": "test_adam_step_check"}
check("test_adam_step")
### BEGIN HIDDEN TESTS
check("test_adam_step", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Bug lab: the Adam that stalls
#
# The program below is meant to be `adam_step`. The cell after it runs it on $f(\theta) = \theta^2$ from 1, for 1,000
# steps, which should bring a right Adam close to 0. Does your test catch it? Try `test_adam_step(adam_repaired)`.
#
# Find the mistake and repair it: `adam_repaired` takes and returns what `adam_step` does.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "adam_repaired"}
### BEGIN GIVEN
# def adam_repaired(theta, grad, m, v, t, lr, beta1, beta2, eps):
#     m = beta1 * m + (1 - beta1) * grad
#     v = beta2 * v + (1 - beta2) * grad**2
#     m = m / (1 - beta1**t)
#     v = v / (1 - beta2**t)
#     theta = theta - lr * m / (np.sqrt(v) + eps)
#     return theta, m, v
### END GIVEN
### BEGIN SOLUTION
def adam_repaired(theta, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v
### END SOLUTION

# %%
theta, m, v = np.ones(1), np.zeros(1), np.zeros(1)
with np.errstate(over="ignore", invalid="ignore"):
    for t in range(1, 1001):
        theta, m, v = adam_repaired(theta, 2 * theta, m, v, t, 0.01, 0.9, 0.999, 1e-8)
print(f"theta {theta[0]:.4f}")

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 4, "grade_id": "adam_repaired_check"}
check("adam_repaired")
### BEGIN HIDDEN TESTS
check("adam_repaired", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## One step of AdamW
#
# Weight decay pulls the weights towards zero. AdamW keeps the pull out of the gradient, and so out of the moments and
# of the denominator: $\theta$ first shrinks by the factor $1 - \eta\lambda$, whatever the gradient is, and then takes
# Adam's step. The gradient is the one at the old $\theta$.
#
# Write `adamw_step(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay)` with $\lambda$ = `weight_decay`. It
# returns `(theta, m, v)`. It may call your `adam_step`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "adamw_step"}
def adamw_step(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    ### BEGIN SOLUTION
    theta = (1 - lr * weight_decay) * theta
    return adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps)
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "adamw_step_check"}
check("adamw_step")
### BEGIN HIDDEN TESTS
check("adamw_step", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## What should decay
#
# Decay is meant for the weights that multiply inputs: matrices and the kernels of convolutions. Biases, the scales
# and shifts of normalisation, and single numbers such as a temperature are left alone. Models name their parameters
# as they like, but the number of axes tells the two kinds apart: the first have two or more, the second one or none.
#
# Write `decay_groups(named_shapes)`. `named_shapes` is a list of pairs of a name and a shape, such as
# `("0.weight", (64, 784))` or `("1.weight", (64,))`. Return two lists of names, `(decay, no_decay)`, in any order.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "decay_groups"}
def decay_groups(named_shapes):
    ### BEGIN SOLUTION
    decay = [name for name, shape in named_shapes if len(shape) >= 2]
    no_decay = [name for name, shape in named_shapes if len(shape) < 2]
    return decay, no_decay
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "decay_groups_check"}
check("decay_groups")
### BEGIN HIDDEN TESTS
check("decay_groups", level="hidden").score
### END HIDDEN TESTS
