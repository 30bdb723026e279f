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
# # Exercises 11: A fair comparison
#
# You will write one step of training, repair a comparison in which one network serves all, compute by how much one
# method beats another and how sure that is, write a test for it, and take a plot apart. Six exercises, about 55
# minutes. Read chapter 11 first.
#
# Each exercise has a cell for your answer and a cell that checks it. Run the check as often as you like: it says
# in one sentence what is wrong. `hint("train_step", 1)` shows the first of three hints. The marks come from
# the same kinds of cases, with other numbers.
#
# Two exercises, `train_step` and `comparison_repaired`, need PyTorch (`pip install torch`). In a browser it is not
# there; the other four work without it.

# %%
import copy

import numpy as np

from descent import check, hint

try:
    import torch
except ImportError:
    print("PyTorch is not here: two exercises have to wait.")

# %% [markdown]
# ## Predict, then run
#
# Seven optimisers are all equally good: whatever you train with, the test accuracy is 88 on average, and from seed to
# seed it varies with a standard deviation of 0.3 points. You do not know that. You run each once, and announce the
# best. By how many points, on average, does the winner lie above the true 88? Write down your guess before you go on.
# Any positive number earns the point.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "predicted_lead"}
### BEGIN GIVEN
# predicted_lead = ...
### END GIVEN
### BEGIN SOLUTION
predicted_lead = 0.4
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 1, "grade_id": "predicted_lead_check"}
check("predicted_lead")
### BEGIN HIDDEN TESTS
check("predicted_lead", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# Now run it: ten thousand such contests. How good was your guess?

# %%
rng = np.random.default_rng(0)
accuracies = 88 + 0.3 * rng.normal(size=(10_000, 7))
lead = accuracies.max(axis=1).mean() - 88
print(f"the winner's lead over the truth: {lead:.2f} points")
print(f"first to last: {np.ptp(accuracies, axis=1).mean():.2f} points")

# %% [markdown]
# ## One step of training
#
# Write `train_step(model, optimizer, X, y)`: one step on the mini-batch of inputs `X` $(n, d)$ and labels `y` $(n,)$,
# for a classifier whose outputs are logits $z$. The loss is the mean cross-entropy
#
# $$\frac1n \sum_{i=1}^n \Bigl(\ln \sum_j e^{z_{ij}} - z_{i y_i}\Bigr).$$
#
# - `model` is a `torch.nn.Module` with batch normalisation in it; `optimizer` is one of `torch.optim` with the model's
#   parameters. Which one, you do not know.
# - The model may come straight from an evaluation, and gradients of an earlier backward pass may still be there. Rely
#   on neither.
# - Return the loss, as a float: the one that was differentiated, before the step.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "train_step"}
def train_step(model, optimizer, X, y):
    ### BEGIN SOLUTION
    model.train()
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(X), y)
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "train_step_check"}
check("train_step")
### BEGIN HIDDEN TESTS
check("train_step", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Bug lab: one network for all
#
# The program below is meant to compare learning rates fairly: for each of `rates` it trains the network for one pass
# over `batches`, a list of pairs `(X, y)`, by gradient descent, and measures the loss on validation examples. It
# returns these losses, in the order of the rates.
#
# It has two mistakes: one about where each rate starts, one about how the loss is measured. Repair both. All rates
# must start from the weights and running statistics that `model` has when it comes, and `model` itself must be left
# with them.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "comparison_repaired"}
### BEGIN GIVEN
# def comparison_repaired(model, rates, batches, X_valid, y_valid):
#     cross_entropy = torch.nn.functional.cross_entropy
#     losses = []
#     for lr in rates:
#         optimizer = torch.optim.SGD(model.parameters(), lr=lr)
#         model.train()
#         for X, y in batches:
#             optimizer.zero_grad()
#             cross_entropy(model(X), y).backward()
#             optimizer.step()
#         with torch.no_grad():
#             losses.append(cross_entropy(model(X_valid), y_valid).item())
#     return losses
### END GIVEN
### BEGIN SOLUTION
def comparison_repaired(model, rates, batches, X_valid, y_valid):
    cross_entropy = torch.nn.functional.cross_entropy
    losses = []
    for lr in rates:
        network = copy.deepcopy(model)
        optimizer = torch.optim.SGD(network.parameters(), lr=lr)
        network.train()
        for X, y in batches:
            optimizer.zero_grad()
            cross_entropy(network(X), y).backward()
            optimizer.step()
        network.eval()
        with torch.no_grad():
            losses.append(cross_entropy(network(X_valid), y_valid).item())
    return losses
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "comparison_repaired_check"}
check("comparison_repaired")
### BEGIN HIDDEN TESTS
check("comparison_repaired", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## By how much, and how sure
#
# Two methods ran with the same $n$ seeds: `scores_a[i]` and `scores_b[i]` belong to one seed, so they share its start
# and its batches. With the differences $d_i = a_i - b_i$, their mean $\bar d$ and their sample deviation
# $s = \sqrt{\sum_i (d_i - \bar d)^2 / (n - 1)}$, the interval
#
# $$\bar d \pm t\,\frac{s}{\sqrt n}$$
#
# holds the true mean difference with probability `level`, where $t$ is the quantile of $(1 + \text{level})/2$ of
# Student's distribution with $n - 1$ degrees of freedom. (That is exact for normal differences, and nearly so for many
# others.) The next cell gives you the quantile.

# %%
def t_quantile(p, degrees):
    """Student's t lies below it with probability p; 0.5 <= p < 1."""
    odd = degrees % 2
    power = np.arange(2 + odd, degrees - 1, 2)

    def central(angle):
        """Of (-t, t), where t = sqrt(degrees) * tan(angle)."""
        sin, cos = np.sin(angle), np.cos(angle)
        terms = np.cumprod((power - 1) / power * cos**2)
        series = (degrees > 1) * sin * cos**odd * (1 + terms.sum())
        return (angle + series) * 2 / np.pi if odd else series

    low, high = 0.0, np.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        if central(middle) < 2 * p - 1:
            low = middle
        else:
            high = middle
    return np.sqrt(degrees) * np.tan(low)


for degrees in (1, 4, 9, 100):
    print(f"{degrees:3} degrees: t = {t_quantile(0.975, degrees):.4f}")

# %% [markdown]
# Write `paired_difference(scores_a, scores_b, level)`. It returns `(mean, low, high)` of $a - b$. Leave the arrays as
# they are.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "paired_difference"}
def paired_difference(scores_a, scores_b, level):
    ### BEGIN SOLUTION
    differences = scores_a - scores_b
    n, mean = len(differences), differences.mean()
    reach = t_quantile((1 + level) / 2, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return mean, mean - reach, mean + reach
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "paired_difference_check"}
check("paired_difference")
### BEGIN HIDDEN TESTS
check("paired_difference", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Write the test that fails
#
# A wrong interval looks like a right one: two numbers around a mean. Write `test_paired_difference(paired_difference)`,
# which returns `True` for a function that is right and `False` for one that is not.
#
# Yours will be tried on right functions, which may differ from yours in the last bits, and on four wrong ones: one
# treats the scores as two separate groups, one uses the standard deviation for the standard error, one divides by $n$
# where $n - 1$ is meant, one uses the normal quantile. All four return the right mean.
#
# Call `paired_difference(scores_a, scores_b, level)` with arrays and a number in this order, without keywords.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "test_paired_difference"}
def test_paired_difference(paired_difference):
    ### BEGIN SOLUTION
    scores_a = np.array([11.0, 22.0, 33.0, 44.0, 55.0])
    scores_b = np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    reach = 2.7764451 * np.sqrt(0.5)  # the differences are 1, 2, 3, 4, 5
    return bool(np.allclose(paired_difference(scores_a, scores_b, 0.95), [3, 3 - reach, 3 + reach]))
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 3, "grade_id": "test_paired_difference_check"}
check("test_paired_difference")
### BEGIN HIDDEN TESTS
check("test_paired_difference", level="hidden").score
### END HIDDEN TESTS

# %% [markdown]
# ## Three faults of a plot
#
# The next cell makes a plot with the title "Adam wins". Everything in it was computed, nothing is made up. Run it, and
# read its code.

# %%
from descent import plots
from descent.data import digits

images, labels = digits()
X = np.column_stack([images - images.mean(0), np.ones(len(images))])[:1000]
hot = np.eye(10)[labels[:1000]]
lr, rng = 0.01, np.random.default_rng(0)
batches = [rng.choice(1000, size=50, replace=False) for _ in range(100)]


def loss_and_gradient(theta, X, hot):
    logits = X @ theta
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    return -np.log((p * hot).sum(1)).mean(), X.T @ (p - hot) / len(X)


def run(method):
    theta, m, v = np.zeros((65, 10)), 0.0, 0.0
    losses = []
    for t, batch in enumerate(batches, start=1):
        loss, g = loss_and_gradient(theta, X[batch], hot[batch])
        losses.append(loss)
        if method == "gradient descent":
            step = g
        elif method == "momentum":
            step = m = 0.9 * m + g
        elif method == "Adagrad":
            v = v + g**2
            step = g / (np.sqrt(v) + 1e-8)
        else:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
            step = m_hat / (np.sqrt(v_hat) + 1e-8)
        theta = theta - lr * step
    return losses


plots.use_style()
methods = ("gradient descent", "momentum", "Adagrad", "Adam")
ax = plots.losses({method: run(method) for method in methods})
ax = ax.set(title="Adam wins", ylabel="loss on the batch")

# %% [markdown]
# Here are eight remarks on it. Three of them name a fault, which could have made another method win. The other five
# describe what is harmless or right.
#
# - **A** All methods start from the same weights.
# - **B** All methods run at the same learning rate.
# - **C** All methods see the same batches, in the same order.
# - **D** Each method is run with one seed.
# - **E** The loss axis is logarithmic.
# - **F** The curves are drawn against steps, not against seconds.
# - **G** The loss is that of the training images.
# - **H** The curves are not smoothed.
#
# Give `plot_faults` the three letters, such as `"ACE"`, in any order.

# %% nbgrader={"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "plot_faults"}
### BEGIN GIVEN
# plot_faults = ...
### END GIVEN
### BEGIN SOLUTION
plot_faults = "BDG"
### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "points": 2, "grade_id": "plot_faults_check"}
check("plot_faults")
### BEGIN HIDDEN TESTS
check("plot_faults", level="hidden").score
### END HIDDEN TESTS
