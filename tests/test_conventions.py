"""The table of conventions: every row against the library that it speaks of."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from descent.conventions import (
    CONVENTIONS,
    NAMES,
    VARIANTS,
    classical_to_ema,
    decay_with_lr,
    difference,
    ema_to_classical,
    eps_after_correction,
    lookahead_to_nesterov,
    nesterov_to_lookahead,
)
from descent.methods import RULES
from descent.minimize import follow

FOLDER = Path(__file__).with_name("goldens")
MAKE = runpy.run_path(str(FOLDER / "make.py"))
START, GRADIENTS = MAKE["shared_gradients"]()
LIBRARIES = {
    name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("keras", "optax")
}
RUNS = [
    pytest.param(library, run, id=f"{library}-{run['method']}-{run['factory']}-{i}")
    for library, table in LIBRARIES.items()
    for i, run in enumerate(table["runs"])
]
TORCH = {
    "SGD(momentum=beta)": lambda theta: torch.optim.SGD(theta, momentum=0.9),
    "SGD(momentum=beta, dampening=beta)": lambda theta: torch.optim.SGD(
        theta, momentum=0.9, dampening=0.9
    ),
    "SGD(momentum=beta, nesterov=True)": lambda theta: torch.optim.SGD(
        theta, momentum=0.9, nesterov=True
    ),
    "Adagrad": torch.optim.Adagrad,
    "RMSprop": torch.optim.RMSprop,
    "RMSprop(centered=True)": lambda theta: torch.optim.RMSprop(theta, centered=True),
    "RMSprop(momentum=beta)": lambda theta: torch.optim.RMSprop(theta, momentum=0.9),
    "Adadelta": torch.optim.Adadelta,
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
    "Adam(weight_decay=...)": lambda theta: torch.optim.Adam(theta, weight_decay=0.3),
    "Adam(amsgrad=True)": lambda theta: torch.optim.Adam(theta, amsgrad=True),
}


def walk(rule, hyper):
    return follow(rule, START, GRADIENTS, lr=MAKE["lr_at"], **hyper)


def walk_torch(call):
    """The same way in this machine's torch, with its own defaults."""
    theta = torch.nn.Parameter(torch.tensor(START))
    optimiser = TORCH[call]([theta])
    positions = [START]
    for step, grad in enumerate(GRADIENTS):
        optimiser.param_groups[0]["lr"] = MAKE["lr_at"](step)
        theta.grad = torch.tensor(grad)
        optimiser.step()
        positions.append(theta.detach().numpy().copy())
    return np.array(positions)


def same(ours, theirs):
    away = np.abs(ours - theirs).max(0) / np.abs(theirs).max(0)
    assert away.max() <= 1e-12


def in_our_names(library, run):
    names = NAMES[library] | ({"decay": "beta"} if run["factory"] == "ema" else {})
    options = {names.get(key, key): value for key, value in run["options"].items()}
    return {key: value for key, value in options.items() if not isinstance(value, bool)}


@pytest.mark.parametrize(("library", "run"), RUNS)
def test_keras_and_optax_walk_as_the_table_says(library, run):
    rows = [row for row in CONVENTIONS if (row.library, row.method) == (library, run["method"])]
    rows = [row for row in rows if row.call.startswith(f"{run['factory']}(")] or [
        row for row in rows if row.call == run["factory"]
    ]
    (row,) = rows
    steps = LIBRARIES[library]["checkpoints"]
    ours = walk(row.rule, row.defaults | in_our_names(library, run))[steps]
    same(ours, np.array(run["positions"]))


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_row_has_a_stored_run(library):
    rows = [row for row in CONVENTIONS if row.library == library]
    runs = LIBRARIES[library]["runs"]
    for row in rows:
        assert [run for run in runs if run["factory"] == row.call.partition("(")[0]], row.call
    assert {row.method for row in rows} == {run["method"] for run in runs}


@pytest.mark.parametrize(
    "row", [row for row in CONVENTIONS if row.library == "torch"], ids=lambda row: row.call
)
def test_this_torch_walks_as_the_table_says(row):
    hyper = row.defaults | ({"weight_decay": 0.3} if row.rule.__name__ == "adam_l2" else {})
    same(walk(row.rule, hyper), walk_torch(row.call))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("method", ["adagrad", "rmsprop", "adadelta", "adam", "adamw", "amsgrad"])
def test_measured_differences_from_this_torch(method, library):
    """The distance that the table computes is the one between the libraries themselves."""
    (ours,) = (r for r in CONVENTIONS if r.library == "torch" and r.rule is RULES[method])
    theirs = next(r for r in CONVENTIONS if (r.library, r.method) == (library, method))
    steps = LIBRARIES[library]["checkpoints"]
    run = next(run for run in LIBRARIES[library]["runs"] if run["method"] == method)
    measured = np.abs(walk_torch(ours.call)[steps] - np.array(run["positions"])).max()
    computed = np.abs(
        walk(ours.rule, ours.defaults)[steps] - walk(theirs.rule, theirs.defaults)[steps]
    ).max()
    assert computed == pytest.approx(measured, rel=1e-9, abs=1e-12)


def test_same_formula_same_way_other_formula_other_way():
    for row in CONVENTIONS:
        apart = difference(row, defaults=False)
        if row.rule is RULES[row.method]:
            assert apart == 0, row
        else:
            assert apart > 0.01, row


def test_defaults_alone_part_the_libraries():
    apart = {(row.library, row.call): difference(row, defaults=True) for row in CONVENTIONS}
    assert apart["optax", "adagrad"] > 0.1
    assert apart["keras", "Adam"] < 1e-3  # only eps differs, and it is tiny
    assert apart["optax", "adamw"] > 0.01  # weight_decay 1e-4 and 1e-2
    assert apart["optax", "adam"] == 0


def test_every_variant_is_in_the_table_and_says_what_it_is():
    used = {row.rule.__name__ for row in CONVENTIONS}
    assert set(VARIANTS) <= used
    assert not set(VARIANTS) & set(RULES)
    for variant in VARIANTS.values():
        assert variant.__doc__.startswith("`")


def test_every_rule_of_the_book_is_compared():
    compared = {row.method for row in CONVENTIONS}
    own = {"gradient_descent", "momentum_classical", "nesterov_lookahead"}  # one formula everywhere
    assert compared | own == set(RULES)


def test_ema_and_classical():
    ema = follow(RULES["momentum_ema"], START, GRADIENTS, lr=lambda k: 0.05, beta=0.83)
    lr = ema_to_classical(0.05, 0.83)
    same(follow(RULES["momentum"], START, GRADIENTS, lr=lambda k: lr, beta=0.83), ema)
    assert classical_to_ema(lr, 0.83) == pytest.approx(0.05, rel=1e-15)


def test_eps_after_correction():
    """Keras's formula, written as Keras writes it."""
    lr, beta1, beta2, eps = 0.02, 0.8, 0.97, 1e-2
    theta, (m, v) = START, np.zeros((2, START.size))
    state = RULES["adam"].init(START)
    ours = START
    for t, grad in enumerate(GRADIENTS[:100], start=1):
        m += (grad - m) * (1 - beta1)
        v += (grad**2 - v) * (1 - beta2)
        alpha = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        theta = theta - m * alpha / (np.sqrt(v) + eps)
        ours, state = RULES["adam"](
            ours,
            grad,
            state,
            t,
            lr=lr,
            beta1=beta1,
            beta2=beta2,
            eps=eps_after_correction(eps, beta2, t),
        )
    np.testing.assert_allclose(ours, theta, rtol=1e-12)


def test_decay_with_lr():
    paper, book = VARIANTS["adamw_paper"], RULES["adamw"]
    theirs = follow(paper, START, GRADIENTS, lr=lambda k: 0.02, weight_decay=0.003)
    decay = decay_with_lr(0.003, 0.02)
    same(follow(book, START, GRADIENTS, lr=lambda k: 0.02, weight_decay=decay), theirs)


def test_points_of_both_forms_of_nesterov():
    hyper = {"lr": 0.02, "beta": 0.83}
    ahead, here = RULES["nesterov_lookahead"], RULES["nesterov"]
    x, v = START, ahead.init(START)
    y, w = START, here.init(START)
    for t, grad in enumerate(GRADIENTS[:50], start=1):
        x, v = ahead(x, grad, v, t, **hyper)
        y, w = here(y, grad, w, t, **hyper)
        np.testing.assert_allclose(lookahead_to_nesterov(x, *v, **hyper), y, rtol=1e-11, atol=1e-15)
        np.testing.assert_allclose(nesterov_to_lookahead(y, *w, **hyper), x, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ema_to_classical(0.1, 1.0), "beta must be .* < 1, got 1.0"),
        (lambda: classical_to_ema(-0.1, 0.9), "lr must be .* > 0, got -0.1"),
        (lambda: eps_after_correction(1e-8, 0.9, 0), "t must be at least 1, got 0"),
        (lambda: decay_with_lr(0.1, 0.0), "lr must be .* > 0, got 0.0"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_polyaks_own_formula():
    """x_{k+1} = x_k - lr_k*g_k + beta*(x_k - x_{k-1}): the lr is inside the velocity."""
    before = theta = START
    for step, grad in enumerate(GRADIENTS):
        theta, before = theta - MAKE["lr_at"](step) * grad + 0.83 * (theta - before), theta
    classical = walk(RULES["momentum_classical"], {"beta": 0.83})[-1]
    np.testing.assert_allclose(classical, theta, rtol=1e-11)


def test_amsgrad_of_the_paper_is_the_corrected_step_with_the_factors_taken_off():
    rule, book = VARIANTS["amsgrad_uncorrected"], RULES["amsgrad"]
    state = book.init(START)
    for t, grad in enumerate(GRADIENTS[:50], start=1):
        theirs, _ = rule(0 * START, grad, state, t, lr=0.1, eps=0.0)
        ours, state = book(0 * START, grad, state, t, lr=0.1, eps=0.0)
        factor = (1 - 0.9**t) / (1 - 0.999**t) ** 0.5
        np.testing.assert_allclose(theirs, ours * factor, rtol=1e-12)
