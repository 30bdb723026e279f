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
# # Exercises 10: signal propagation
#
# You will write two initialisations, two activations with their derivatives, three normalisations and the clipping
# of gradients, and repair a step that clips too late. Ten exercises, most of them a few lines, about an hour. Read
# chapter 10 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("he_init", 1)` shows the first of three hints. The marks come from the same
# kinds of cases, with other numbers.

# %%
import numpy as np

from descent import check, hint

# %% [markdown]
# ## A worked example: why 1/fan_in
#
# A unit computes $z = \sum_i x_i w_i$ over `fan_in` inputs. If the weights are independent of each other and of the
# inputs, with mean 0 and variance $\sigma^2$, the mean square of $z$ is `fan_in` $\cdot\, \sigma^2$ times that of the
# inputs. So $\sigma^2 = 1/$`fan_in` keeps it. Run the cell: the mean square of 400 outputs, for inputs of mean square 1.

# %%
rng = np.random.default_rng(1)
x = rng.standard_normal((1000, 100))
for sd in (0.01, np.sqrt(1 / 100), 1.0):
    z = x @ rng.normal(0, sd, size=(100, 400))
    print(f"standard deviation {sd:4.2f}: mean square {np.mean(z**2):8.4f}")

# %% [markdown]
# ## He's initialisation
#
# ReLU sets about half of the outputs to zero, and with them half of the mean square. So the weights need twice the
# variance:
#
# $$w \sim N\bigl(0,\ \sigma^2\bigr), \qquad \sigma^2 = \frac{2}{\text{fan\_in}}.$$
#
# Write `he_init(rng, fan_in, fan_out)`, which returns an array of shape `(fan_in, fan_out)`. Take all chance from
# `rng`, a Generator, and set no seed. For `fan_in` 50 the standard deviation is 0.2.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "he_init"}
def he_init(rng, fan_in, fan_out):
    ### BEGIN SOLUTION
    return rng.normal(0, np.sqrt(2 / fan_in), size=(fan_in, fan_out))
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "he_init_check"}
check("he_init")
### BEGIN HIDDEN TESTS
check("he_init", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Glorot's initialisation
#
# Going backwards, a gradient sums over `fan_out` products, so it would need $1/$`fan_out`. Glorot's compromise takes
# the mean of the two fans:
#
# $$\sigma^2 = \frac{2}{\text{fan\_in} + \text{fan\_out}}.$$
#
# Write `glorot_init(rng, fan_in, fan_out)` with *uniform* weights between $-a$ and $a$, which have the variance
# $a^2/3$: find the bound $a$. For `fan_in` 10 and `fan_out` 14 it is 0.5.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "glorot_init"}
def glorot_init(rng, fan_in, fan_out):
    ### BEGIN SOLUTION
    a = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-a, a, size=(fan_in, fan_out))
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "glorot_init_check"}
check("glorot_init")
### BEGIN HIDDEN TESTS
check("glorot_init", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Predict, then run
#
# Stack 30 layers of 100 units with ReLU, and start them with Glorot's variance, which is 1/100 here, not with He's
# 2/100. The input has the root mean square 1. By which factor is the signal smaller after the 30th layer? Write down
# your guess before you go on (a guess of 10 means: a tenth is left). Any positive number earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_fading"}
### BEGIN GIVEN
# predicted_fading = ...
### END GIVEN
### BEGIN SOLUTION
predicted_fading = 2**15
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_fading_check"}
check("predicted_fading")
### BEGIN HIDDEN TESTS
check("predicted_fading", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it. A deep stack of random layers scatters: look at five of them, and at He's initialisation beside it.

# %%
def fading(init, rng, layers=30, width=100):
    x = rng.standard_normal((200, width))
    before = np.sqrt(np.mean(x**2))
    for _ in range(layers):
        x = np.maximum(x @ init(rng, width, width), 0)
    return before / np.sqrt(np.mean(x**2))


for seed in range(5):
    glorot = fading(glorot_init, np.random.default_rng(seed))
    he = fading(he_init, np.random.default_rng(seed))
    print(f"seed {seed}: {glorot:8.0f} times smaller with Glorot's, {he:5.2f} with He's")

# %% [markdown]
# ## Leaky ReLU
#
# ReLU lets nothing through where $x$ is negative, and no gradient either. Leaky ReLU lets a little through:
#
# $$y = \begin{cases} x & x > 0,\\ s\,x & x \le 0,\end{cases} \qquad
# \frac{dy}{dx} = \begin{cases} 1 & x > 0,\\ s & x \le 0.\end{cases}$$
#
# Write `leaky_relu(x, slope)`, which returns both, `(y, derivative)`. `x` is an array of any shape; do not change it. At 0
# the derivative is the slope. For `x` `[-2, 0, 3]` and the slope 0.5 the results are `[-1, 0, 3]` and `[0.5, 0.5, 1]`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "leaky_relu"}
def leaky_relu(x, slope):
    ### BEGIN SOLUTION
    return np.where(x > 0, x, slope * x), np.where(x > 0, 1.0, slope)
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "leaky_relu_check"}
check("leaky_relu")
### BEGIN HIDDEN TESTS
check("leaky_relu", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## PReLU: a slope that learns
#
# In PReLU each feature $j$ has its own slope $s_j$, a parameter like any other. So the backward pass needs two gradients:
# for $x$, and for the slopes. With $g = \partial L/\partial y$ they are
#
# $$\frac{\partial L}{\partial x_{ij}} = \begin{cases} g_{ij} & x_{ij} > 0,\\ s_j\, g_{ij} & x_{ij} \le 0,\end{cases}
# \qquad
# \frac{\partial L}{\partial s_j} = \sum_{i:\ x_{ij} \le 0} g_{ij}\, x_{ij} .$$
#
# Write `prelu(x, slope, grad)`, which returns `(y, grad_x, grad_slope)`.
#
# - `x` and `grad` (that is $g$) have shape `(n, d)`, one example in each row; `slope` has shape `(d,)`.
# - Do not change them.
#
# The first line is given. For `x` `[[-2], [3]]`, `slope` `[0.5]` and `grad` `[[1], [10]]` the results are `[[-1], [3]]`,
# `[[0.5], [10]]` and `[-2]`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "prelu"}
def prelu(x, slope, grad):
    y = np.where(x > 0, x, slope * x)
    ### BEGIN SOLUTION
    grad_x = np.where(x > 0, grad, slope * grad)
    grad_slope = np.where(x > 0, 0, x * grad).sum(axis=0)
    return y, grad_x, grad_slope
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2.5, "grade_id": "prelu_check"}
check("prelu")
### BEGIN HIDDEN TESTS
check("prelu", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Batch normalisation
#
# In training, each feature is normalised by its mean $\mu$ and variance $\sigma^2$ over the batch (the variance with the
# divisor $n$), then scaled and shifted by parameters that are learned:
#
# $$y = \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta .$$
#
# Beside it the layer keeps running averages, with `momentum` $m$ for the share of the new batch:
#
# $$\text{running} \leftarrow (1 - m)\,\text{running} + m\,\text{batch},$$
#
# where the batch's variance has the divisor $n - 1$. In evaluation the *running* mean and variance take the place of
# $\mu$ and $\sigma^2$, and stay as they are.
#
# Write `batchnorm(x, gamma, beta, running_mean, running_var, momentum, eps, training)`, which returns
# `(y, running_mean, running_var)`.
#
# - `x` has shape `(n, d)`, one example in each row, with $n \ge 2$; `gamma`, `beta` and the running averages have shape
#   `(d,)`. Do not change any of them: return new ones.
# - `training` is `True` or `False`.
#
# For `x` `[[1], [3]]`, `gamma` `[2]`, `beta` `[5]`, running averages `[0]` and `[1]`, `momentum` 0.5 and a tiny `eps`, the
# results in training are about `[[3], [7]]`, `[1]` and `[1.5]`; in evaluation they are `[[7], [11]]`, `[0]` and `[1]`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "batchnorm"}
def batchnorm(x, gamma, beta, running_mean, running_var, momentum, eps, training):
    ### BEGIN SOLUTION
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 4, "grade_id": "batchnorm_check"}
check("batchnorm")
### BEGIN HIDDEN TESTS
check("batchnorm", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ### A worked example: its backward pass
#
# In training $\mu$ and $\sigma$ depend on every example of the batch, so the gradient of one example reaches all. With
# $\hat x = (x - \mu)/\sqrt{\sigma^2 + \varepsilon}$ and $\hat g = \gamma\, \partial L/\partial y$, the chain rule comes to
#
# $$\frac{\partial L}{\partial x} = \frac{\hat g - \overline{\hat g} - \hat x\,\overline{\hat g\,\hat x}}
# {\sqrt{\sigma^2 + \varepsilon}},$$
#
# where the bar is the mean over the batch: what would only move all examples together, or only stretch them, is taken
# out, because the layer undoes it. The cell compares this with differences of your `batchnorm`; nothing is to be written.

# %%
def batchnorm_backward(grad, x, gamma, eps):
    sd = np.sqrt(x.var(axis=0) + eps)
    x_hat, g = (x - x.mean(axis=0)) / sd, gamma * grad
    return (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / sd


rng = np.random.default_rng(2)
x, weights = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
gamma, beta, running = rng.uniform(0.5, 2, size=3), np.zeros(3), np.ones(3)


def loss(x):
    y, _, _ = batchnorm(x, gamma, beta, running, running, 0.1, 1e-5, True)
    return np.sum(weights * y)


def nudged(i, h):
    moved = x.copy()
    moved.flat[i] += h
    return loss(moved)


by_differences = [(nudged(i, 1e-5) - nudged(i, -1e-5)) / 2e-5 for i in range(x.size)]
by_formula = batchnorm_backward(weights, x, gamma, 1e-5)
print(f"largest difference: {abs(by_formula.ravel() - by_differences).max():.1e}")

# %% [markdown]
# ## Layer normalisation
#
# The same, turned round: the mean and the variance are those of each *example*, over its $d$ features (with the divisor
# $d$). There is no batch in it, so there are no running averages and no modes.
#
# Write `layernorm(x, gamma, beta, eps)` for `x` of shape `(n, d)` and `gamma` and `beta` of shape `(d,)`; return an array
# like `x`. An example whose features are all alike comes out as `beta`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "layernorm"}
def layernorm(x, gamma, beta, eps):
    ### BEGIN SOLUTION
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "layernorm_check"}
check("layernorm")
### BEGIN HIDDEN TESTS
check("layernorm", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Weight normalisation
#
# This one normalises the weights, not the signal. Each unit's weights, a column $w$ of the matrix, are written as a
# length and a direction that are learned apart:
#
# $$w = g\,\frac{v}{\lVert v \rVert} .$$
#
# Write `weight_norm(v, g)` for `v` of shape `(fan_in, fan_out)` and `g` of shape `(fan_out,)`; return an array like `v`. For
# `v` `[[3], [4]]` and `g` `[10]` it is `[[6], [8]]`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "weight_norm"}
def weight_norm(v, g):
    ### BEGIN SOLUTION
    return g * v / np.linalg.norm(v, axis=0)
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "weight_norm_check"}
check("weight_norm")
### BEGIN HIDDEN TESTS
check("weight_norm", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Clip gradients by their global norm
#
# A step along a gradient that is a thousand times too long may ruin a network that took hours to train. *Clipping*
# shortens it and keeps its direction: all gradients together are one long vector, and one factor is for all of them.
#
# $$\lVert g \rVert = \sqrt{\textstyle\sum_k \lVert g_k \rVert^2}, \qquad
# g_k \leftarrow \min\Bigl(1, \frac{c}{\lVert g \rVert}\Bigr)\, g_k .$$
#
# Write `clip_by_global_norm(grads, max_norm)`, where `max_norm` is $c$. It returns `(grads, norm)`: a list of new
# gradients, and the norm *before* clipping.
#
# - `grads` is a list of arrays of any shapes. Do not change them.
# - Gradients that are short enough come back as they are, also if all of them are zero.
#
# For `[[3, 0], [4]]` and `max_norm` 1 the result is `([[0.6, 0], [0.8]], 5.0)`.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "clip_by_global_norm"}
def clip_by_global_norm(grads, max_norm):
    ### BEGIN SOLUTION
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    if norm > max_norm:
        grads = [grad * (max_norm / norm) for grad in grads]
    return grads, norm
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "clip_by_global_norm_check"}
check("clip_by_global_norm")
### BEGIN HIDDEN TESTS
check("clip_by_global_norm", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Spot the bug
#
# The program below is meant to take a step of gradient descent with clipped gradients. It clips, and yet the cell after
# it shows a step that is far longer than `lr * max_norm`. Find the mistake and repair it. `thetas` and `grads` are lists of
# arrays of the same shapes; return the list of new parameters.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "clipped_step_repaired"}
### BEGIN GIVEN
# def clipped_step_repaired(thetas, grads, lr, max_norm):
#     new = [theta - lr * grad for theta, grad in zip(thetas, grads)]
#     norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
#     if norm > max_norm:
#         grads = [grad * (max_norm / norm) for grad in grads]
#     return new
### END GIVEN
### BEGIN SOLUTION
def clipped_step_repaired(thetas, grads, lr, max_norm):
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    if norm > max_norm:
        grads = [grad * (max_norm / norm) for grad in grads]
    return [theta - lr * grad for theta, grad in zip(thetas, grads, strict=True)]
### END SOLUTION

# %%
thetas = [np.zeros(2), np.zeros(1)]
grads = [np.array([300.0, 0.0]), np.array([400.0])]
new = clipped_step_repaired(thetas, grads, 0.1, 1.0)
length = np.sqrt(sum(np.sum(theta**2) for theta in new))
print(f"length of the step: {length:.2f}, allowed: 0.10")

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "clipped_step_repaired_check"}
check("clipped_step_repaired")
### BEGIN HIDDEN TESTS
check("clipped_step_repaired", level="hidden").score
### END HIDDEN TESTS
