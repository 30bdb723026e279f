"""The plan's exercises, their calls and mistakes, copied here as plain data: the catalogue has them all."""

import pytest

from descent.checks import EXERCISES

CALLS = {
    "01_losses_and_gradients": {
        "numerical_gradient": "numerical_gradient(f, x, h)",
        "mse_loss_and_grad": "mse_loss_and_grad(X (n, d), y (n,), theta (d,))",
        "hand_step": "hand_step",
        "predicted_h": "predicted_h",
    },
    "02_gradient_descent": {
        "gradient_descent": "gradient_descent(grad, theta0, lr, steps)",
        "largest_stable_lr": "largest_stable_lr(H (d, d))",
        "backtracking_line_search": "backtracking_line_search(f, theta, grad, direction, lr0, shrink, c)",
        "descend_until": "descend_until(grad, theta0, lr, tolerance, max_steps)",
        "predicted_steps": "predicted_steps",
    },
    "03_stochastic_gradients": {
        "minibatches": "minibatches(n, batch_size, rng)",
        "sgd_epoch": "sgd_epoch(theta (d,), X (n, d), y (n,), batches, lr)",
        "gradient_variance": "gradient_variance(per_example (N, d), batch_size, replacement)",
        "predicted_floor_ratio": "predicted_floor_ratio",
    },
    "04_momentum": {
        "momentum_step": "momentum_step(theta, grad, velocity, lr, beta)",
        "ema_to_classical": "ema_to_classical(lr, beta)",
        "momentum_repaired": "momentum_repaired(theta, grad, velocity, lr, beta)",
        "best_heavy_ball": "best_heavy_ball(mu, L)",
        "predicted_momentum_steps": "predicted_momentum_steps",
    },
    "05_nesterov": {
        "nesterov_lookahead": "nesterov_lookahead(grad_fn, theta, velocity, lr, beta)",
        "nesterov_step": "nesterov_step(theta, grad, velocity, lr, beta)",
        "lookahead_to_nesterov": "lookahead_to_nesterov(thetas (n, d), velocities (n, d), lr, beta)",
        "nesterov_repaired": "nesterov_repaired(theta, grad, velocity, lr, beta)",
        "predicted_nesterov_steps": "predicted_nesterov_steps",
    },
    "06_adagrad_rmsprop": {
        "adagrad_step": "adagrad_step(theta, grad, accumulator, lr, eps)",
        "rmsprop_step": "rmsprop_step(theta, grad, average, lr, rho, eps)",
        "ema_half_life": "ema_half_life(rho)",
        "predicted_invariant": "predicted_invariant",
        "rmsprop_repaired": "rmsprop_repaired(theta, grad, average, lr, rho, eps)",
    },
    "07_adam": {
        "predicted_first_step": "predicted_first_step",
        "adam_step": "adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps)",
        "test_adam_step": "test_adam_step(adam_step)",
        "adam_repaired": "adam_repaired(theta, grad, m, v, t, lr, beta1, beta2, eps)",
        "adamw_step": "adamw_step(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay)",
        "decay_groups": "decay_groups(named_shapes)",
    },
    "08_schedules": {
        "step_decay": "step_decay(step, base_lr, every, factor)",
        "exponential_decay": "exponential_decay(step, base_lr, gamma)",
        "cosine_with_warmup": "cosine_with_warmup(step, base_lr, warmup_steps, total_steps, final_lr)",
        "one_cycle": "one_cycle(step, max_lr, total_steps, warmup_fraction, start_div, final_div)",
        "scheduled_repaired": "scheduled_repaired(grad, theta0, schedule, epochs, steps_per_epoch)",
        "predicted_floor_left": "predicted_floor_left",
    },
    "09_batch_size": {
        "accumulate": "accumulate(grads, sizes)",
        "accumulation_repaired": "accumulation_repaired(X (n, d), y (n,), theta (d,), piece)",
        "scale_lr": "scale_lr(lr, batch, base_batch, optimiser)",
        "gradient_noise_scale": "gradient_noise_scale(small (n,), big (n,), small_batch, big_batch)",
        "predicted_critical_batch": "predicted_critical_batch",
    },
    "10_signal_propagation": {
        "he_init": "he_init(rng, fan_in, fan_out)",
        "glorot_init": "glorot_init(rng, fan_in, fan_out)",
        "predicted_fading": "predicted_fading",
        "leaky_relu": "leaky_relu(x, slope)",
        "prelu": "prelu(x (n, d), slope (d,), grad (n, d))",
        "batchnorm": "batchnorm(x (n, d), gamma (d,), beta (d,), running_mean (d,), running_var (d,), momentum, eps, training)",
        "layernorm": "layernorm(x (n, d), gamma (d,), beta (d,), eps)",
        "weight_norm": "weight_norm(v (fan_in, fan_out), g (fan_out,))",
        "clip_by_global_norm": "clip_by_global_norm(grads, max_norm)",
        "clipped_step_repaired": "clipped_step_repaired(thetas, grads, lr, max_norm)",
    },
    "11_fair_comparison": {
        "predicted_lead": "predicted_lead",
        "train_step": "train_step(model, optimizer, X (n, d), y (n,))",
        "comparison_repaired": "comparison_repaired(model, rates, batches, X_valid (n, d), y_valid (n,))",
        "paired_difference": "paired_difference(scores_a (n,), scores_b (n,), level)",
        "test_paired_difference": "test_paired_difference(paired_difference)",
        "plot_faults": "plot_faults",
    },
}
RESULTS = {
    "numerical_gradient": "like x",
    "mse_loss_and_grad": "(float, (d,))",
    "gradient_descent": "(steps + 1, d)",
    "largest_stable_lr": "float",
    "backtracking_line_search": "float",
    "minibatches": "list of index arrays",
    "sgd_epoch": "theta (d,)",
    "gradient_variance": "float",
    "he_init": "(fan_in, fan_out)",
    "glorot_init": "(fan_in, fan_out)",
    "clip_by_global_norm": "(grads, norm)",
    "batchnorm": "(y (n, d), running_mean (d,), running_var (d,))",
    "paired_difference": "(mean, low, high)",
}
# The plan's mistakes, by the names that they have here.
MISTAKES = {
    "numerical_gradient": {
        "forward difference",
        "input mutated",
        "integer input truncates",
        "cast to float32",
    },
    "mse_loss_and_grad": {
        "no factor X",
        "sum for mean",
        "missing 2",
        "half the squared error",
        "broadcast to (n, n)",
        "no intercept",
    },
    "gradient_descent": {
        "ascent",
        "aliased history",
        "one step short",
        "start missing",
        "start changed",
    },
    "largest_stable_lr": {
        "one over L",
        "smallest eigenvalue",
        "trace",
    },
    "backtracking_line_search": {
        "wrong slope sign",
        "never shrinks",
        "simple decrease",
    },
    "minibatches": {
        "with replacement",
        "tail dropped",
        "never shuffled",
        "global seed",
        "indices repeated",
        "indices lost",
    },
    "sgd_epoch": {
        "summed, not averaged",
        "random walk",
        "full batch each step",
    },
    "gradient_variance": {
        "one example",
        "N for b",
        "replacement factor forgotten",
        "replacement factor for both",
        "mean for trace",
    },
    "momentum_step": {
        "moving average",
        "velocity ignored",
        "lr inside the velocity",
        "ascent",
    },
    "ema_to_classical": {
        "beta for 1 - beta",
    },
    "nesterov_step": {
        "plain momentum",
        "rolled with the old velocity",
        "second roll stored",
    },
    "nesterov_lookahead": {
        "gradient at the old point",
        "looks back",
        "asks twice",
    },
    "adagrad_step": {
        "sum of |g|",
        "accumulator ignored",
        "whole-vector norm",
    },
    "rmsprop_step": {
        "accumulates g",
        "rho and 1 - rho swapped",
        "epsilon inside the root",
        "whole-vector norm",
    },
    "adam_step": {
        "no bias correction",
        "corrected moments stored",
        "epsilon inside the root",
        "epsilon inside the root, before the correction",
        "epsilon before the correction",
        "one plus the root",
        "beta2 hard-coded",
        "ignores t",
        "t - 1",
        "t + 1",
        "first moment uncorrected",
        "second moment uncorrected",
        "|g| for g squared",
        "arguments changed in place",
        "ascent",
    },
    "adamw_step": {
        "L2 in the gradient",
        "decay without lr",
        "wrong sign",
        "decay after the step",
        "no decay where the gradient is zero",
        "exponential decay",
    },
    "decay_groups": {
        "everything decays",
        "by the name bias",
        "by the names bias and norm",
    },
    "step_decay": {
        "gradual",
        "lowered at step 0",
        "lowered after the first step",
        "a step early",
        "a step late",
        "restarts every epoch",
        "per epoch for per step",
        "stateful",
    },
    "exponential_decay": {
        "a step early",
        "a step late",
        "stateful",
    },
    "cosine_with_warmup": {
        "first lr zero",
        "zero for the whole warm-up",
        "off by one at the end",
        "restarts after the end",
        "rises after the end",
        "per epoch for per step",
        "stateful",
    },
    "one_cycle": {
        "starts from zero",
        "off by one at the end",
        "restarts every epoch",
        "goes on after the end",
        "per epoch for per step",
        "stateful",
    },
    "scheduled_repaired": {
        "set after the epoch",
        "one epoch early",
    },
    "accumulate": {
        "not divided",
        "unequal batches averaged as equal",
    },
    "scale_lr": {
        "linear for Adam",
    },
    "gradient_noise_scale": {
        "biased estimate",
    },
    "he_init": {
        "fan_out",
        "root missing",
    },
    "glorot_init": {
        "root missing",
        "standard deviation for the bound",
        "3 for 6",
        "root of the 6 alone",
    },
    "leaky_relu": {
        "the other derivative at 0",
        "slope on the wrong side",
    },
    "prelu": {
        "the other derivative at 0",
        "slope on the wrong side",
    },
    "batchnorm": {
        "wrong axis",
        "unbiased variance normalises",
        "biased running variance",
        "the two variances exchanged",
        "running statistics updated in eval",
        "momentum convention reversed",
        "batch statistics in eval",
    },
    "layernorm": {
        "wrong axis",
        "unbiased variance",
    },
    "weight_norm": {
        "wrong axis",
    },
    "clip_by_global_norm": {
        "per tensor",
        "value for norm",
        "NaN at zero",
    },
    "clipped_step_repaired": {
        "clips after the step",
    },
    "train_step": {
        "gradients not zeroed",
        "shared network",
        "training mode not set",
        "step before backward",
        "softmax before the loss",
        "a number cannot go backward",
    },
    "comparison_repaired": {
        "shared network",
        "eval mode forgotten",
        "ranked by training loss",
    },
    "paired_difference": {
        "unpaired",
        "standard deviation for standard error",
        "n for n - 1",
        "z for t",
    },
}
# The documents' mistakes that the plan names for an exercise,
NUMBERS = {
    "mse_loss_and_grad": {
        5,
        6,
    },
    "gradient_descent": {
        32,
    },
    "sgd_epoch": {
        1,
        15,
        30,
        31,
    },
}
# and all those for which a program of a chapter has a number.
ALL_NUMBERS = {
    "04_momentum": {23, 32},
    "05_nesterov": {23, 32},
    "06_adagrad_rmsprop": {4, 22, 32},
    "07_adam": {3, 22, 24, 27, 28, 29, 32},
    "08_schedules": {17, 32, 46},
    "09_batch_size": {16, 19, 32},
    "11_fair_comparison": {18, 21, 36},
}
# What the program that a student is to repair has wrong.
GIVEN = {
    "momentum_repaired": "lr inside the velocity",
    "nesterov_repaired": "second roll stored",
    "rmsprop_repaired": "epsilon inside the root",
    "adam_repaired": "corrected moments stored",
    "scheduled_repaired": "set after the epoch",
    "accumulation_repaired": "unequal pieces averaged as equal",
    "clipped_step_repaired": "clips after the step",
    "comparison_repaired": "one network, no evaluation mode",
}


@pytest.mark.parametrize("chapter", CALLS)
def test_a_chapter_holds_the_planned_exercises_and_no_others(chapter):
    own = [exercise for exercise in EXERCISES.values() if exercise.chapter == chapter]
    calls = [(e.name, e.signature.partition(" -> ")[0]) for e in own]
    assert calls == list(CALLS[chapter].items())


def test_every_chapter_is_planned():
    assert {exercise.chapter for exercise in EXERCISES.values()} == set(CALLS)


@pytest.mark.parametrize("name", RESULTS)
def test_every_exercise_returns_what_is_planned(name):
    assert EXERCISES[name].signature.endswith(f" -> {RESULTS[name]}")


@pytest.mark.parametrize("name", MISTAKES)
def test_every_planned_mistake_is_known(name):
    assert MISTAKES[name] <= {wrong.name for wrong in EXERCISES[name].wrong}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_documents_mistakes_are_there(name):
    assert NUMBERS[name] <= {wrong.mistake for wrong in EXERCISES[name].wrong}


@pytest.mark.parametrize("chapter", ALL_NUMBERS)
def test_a_chapters_numbered_mistakes_occur_and_no_others(chapter):
    own = [exercise for exercise in EXERCISES.values() if exercise.chapter == chapter]
    found = {wrong.mistake for exercise in own for wrong in exercise.wrong}
    assert found == {None, *ALL_NUMBERS[chapter]}


def test_adam_has_many_versions():
    assert len(EXERCISES["adam_step"].wrong) >= 20


@pytest.mark.parametrize("name", GIVEN)
def test_given_programs_reach_the_student_and_are_named(name, given, mark):
    result = mark(name, given(name))
    assert result.diagnosis == GIVEN[name]
    assert result.score < result.points
