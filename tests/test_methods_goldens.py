"""Every rule walks as another library does: the same gradients, 1,000 steps in float64, to 1e-12.

Then the tests are tested: one-token mistakes are made in the rules' sources, and all must show.
"""

import functools
import inspect
import io
import json
import math
import runpy
import tokenize
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
import torch

from descent.methods import RULES

FOLDER = Path(__file__).with_name("goldens")
MAKE = runpy.run_path(str(FOLDER / "make.py"))
START, GRADIENTS = MAKE["shared_gradients"]()
STEPS = len(GRADIENTS)
TOLERANCE = 1e-12

# rule -> (the optimiser in torch, its options, the same in the rule's names); eps comes on top
ADAM = {"betas": (0.8, 0.97)}, {"beta1": 0.8, "beta2": 0.97}
TORCH = {
    "gradient_descent": (torch.optim.SGD, {}, {}),
    "momentum": (torch.optim.SGD, {"momentum": 0.83}, {"beta": 0.83}),
    "nesterov": (torch.optim.SGD, {"momentum": 0.83, "nesterov": True}, {"beta": 0.83}),
    "adagrad": (
        torch.optim.Adagrad,
        {"lr_decay": 0.03, "initial_accumulator_value": 0.07},
        {"lr_decay": 0.03, "initial_accumulator": 0.07},
    ),
    "rmsprop": (torch.optim.RMSprop, {"alpha": 0.93}, {"rho": 0.93}),
    "rmsprop_centered": (torch.optim.RMSprop, {"alpha": 0.93, "centered": True}, {"rho": 0.93}),
    "rmsprop_momentum": (
        torch.optim.RMSprop,
        {"alpha": 0.93, "momentum": 0.7},
        {"rho": 0.93, "beta": 0.7},
    ),
    "adadelta": (torch.optim.Adadelta, {"rho": 0.83}, {"rho": 0.83}),
    "adam": (torch.optim.Adam, *ADAM),
    "adamw": (
        torch.optim.AdamW,
        ADAM[0] | {"weight_decay": 0.3},
        ADAM[1] | {"weight_decay": 0.3},
    ),
    "amsgrad": (torch.optim.Adam, ADAM[0] | {"amsgrad": True}, ADAM[1]),
}
# What torch lacks -> the stored run of another library.
STORED = {
    "momentum_classical": ("keras", "SGD", {"momentum": 0.83}),
    "momentum_ema": ("optax", "ema", {"decay": 0.83, "debias": False}),
    "momentum_ema_corrected": ("optax", "ema", {"decay": 0.83, "debias": True}),
}
EPS = (1e-8, 1e-2)


@dataclass(frozen=True)
class Golden:
    """Where another library stands after `steps` (n,): theta and, in rows of torch, its state."""

    hyper: dict[str, float]
    steps: np.ndarray
    rows: np.ndarray
    lr: Any = MAKE["lr_at"]


def torch_rows(optimiser: type, options: dict, lr: Any) -> np.ndarray:
    theta = torch.nn.Parameter(torch.tensor(START))
    walker = optimiser([theta], lr=lr(0), **options)
    rows = []
    for step, grad in enumerate(GRADIENTS):
        walker.param_groups[0]["lr"] = lr(step)
        theta.grad = torch.tensor(grad)
        walker.step()
        memory = [kept for key, kept in walker.state[theta].items() if key != "step"]
        rows.append(np.concatenate([theta.detach(), *(m for m in memory if m is not None)]))
    return np.array(rows)


@functools.cache
def goldens(name: str) -> list[Golden]:
    every = np.arange(1, STEPS + 1)
    if name in STORED:
        library, factory, options = STORED[name]
        table = json.loads((FOLDER / f"{library}.json").read_text(encoding="utf-8"))
        (run,) = (
            run for run in table["runs"] if (run["factory"], run["options"]) == (factory, options)
        )
        return [Golden({"beta": 0.83}, np.array(table["checkpoints"]), np.array(run["positions"]))]
    if name == "nesterov_lookahead":  # asks where torch stands, while lr is constant
        optimiser, options, hyper = TORCH["nesterov"]
        return [
            Golden(hyper, every, torch_rows(optimiser, options, lambda _: 0.02), lambda _: 0.02)
        ]
    optimiser, options, hyper = TORCH[name]
    if "eps" not in RULES[name].hyper_names:
        return [Golden(hyper, every, torch_rows(optimiser, options, MAKE["lr_at"]))]
    return [
        Golden(
            hyper | {"eps": eps},
            every,
            torch_rows(optimiser, options | {"eps": eps}, MAKE["lr_at"]),
        )
        for eps in EPS
    ]


def error(step: Any, query: Any, init: Any, golden: Golden, upto: int = STEPS) -> float:
    """The largest difference, in units of how far each number ever stands from 0."""
    kept = golden.steps <= upto
    theta, state = START, init(START, **golden.hyper)
    walked = []
    for t, grad in enumerate(GRADIENTS[:upto], start=1):
        theta, state = step(theta, grad, state, t, lr=golden.lr(t - 1), **golden.hyper)
        if t in golden.steps:
            asked = query(theta, state, t + 1, lr=golden.lr(t), **golden.hyper)
            walked.append(np.concatenate([asked, *state]))
    expected = golden.rows[kept]
    away = np.abs(np.array(walked)[:, : expected.shape[1]] - expected).max(0)
    away = away / np.abs(expected).max(0)
    return math.inf if np.isnan(away).any() else float(away.max())


def test_every_rule_has_a_golden():
    assert set(RULES) == {*TORCH, *STORED, "nesterov_lookahead"}


@pytest.mark.parametrize("name", RULES)
def test_every_hyper_parameter_is_away_from_its_default(name):
    rule = RULES[name]
    for golden in goldens(name):
        assert set(golden.hyper) == set(rule.hyper_names) - {"lr"}
    for key in golden.hyper:
        used = {golden.hyper[key] for golden in goldens(name)}
        assert used - {rule.defaults[key]}


@pytest.mark.parametrize("name", RULES)
def test_walks_as_the_other_library(name):
    rule = RULES[name]
    for golden in goldens(name):
        assert golden.steps[-1] == STEPS
        assert error(rule, rule.query, rule.init, golden) <= TOLERANCE


@pytest.mark.parametrize("name", TORCH)
def test_defaults_are_those_of_torch(name):
    optimiser = TORCH[name][0]
    theirs = {key: p.default for key, p in inspect.signature(optimiser).parameters.items()}
    theirs |= dict(zip(("beta1", "beta2"), theirs.get("betas", ()), strict=False))
    theirs |= {"rho": theirs.get("rho", theirs.get("alpha"))}
    theirs |= {"initial_accumulator": theirs.get("initial_accumulator_value")}
    chosen_here = {"beta": 0.9}  # torch's default is no momentum at all
    for key, value in RULES[name].defaults.items():
        assert value == chosen_here.get(key, theirs.get(key)), key


# One-token mistakes

MISTAKES = {
    tokenize.OP: {"+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "**": ["*"]},
    tokenize.NUMBER: {"0": ["1"], "1": ["2", "0"], "2": ["1", "3"], "0.5": ["1.0", "0.25"]},
}
SPECIAL = {"t": ["(t - 1)", "(t + 1)"], "grad": ["abs(grad)", "(-grad)"]}


def mutants(function: FunctionType) -> list[tuple[str, str]]:
    """(what was changed, source) for each token of the body and each mistake that it invites.

    Operators and numbers turn into others, names into each other name of the function. Untouched:
    what array library is asked (`namespace(…)`), the left side of assignments, keywords of calls.
    """
    source = inspect.getsource(function)
    source = source[source.index("def ") :]
    lines = source.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    docstring = next((i for i, token in enumerate(tokens) if token.type == tokenize.STRING), None)
    signature = next(i for i, token in enumerate(tokens) if token.type == tokenize.INDENT)
    names = {*function.__code__.co_varnames} - {"state", "hyper"}
    made = []
    for i in range(docstring or signature, len(tokens) - 1):
        token = tokens[i]
        choices = MISTAKES.get(token.type, {}).get(token.string, [])
        left_side = " = " in token.line and token.start[1] < token.line.index(" = ")
        asked = tokens[i - 2].string == "namespace"
        keyword = tokens[i + 1].string == "="
        if token.string in names and not (left_side or asked or keyword):
            squared = tokens[i + 1].string == "**"  # (-g)**2 is no mistake
            choices = sorted(names - {token.string})
            choices += [] if squared else SPECIAL.get(token.string, [])
        for choice in choices:
            row, line = token.start[0] - 1, token.line
            changed = line[: token.start[1]] + choice + line[token.end[1] :]
            what = f"{token.string} -> {choice}, column {token.start[1]} of {line.strip()}"
            made.append((what, "".join([*lines[:row], changed, *lines[row + 1 :]])))
    return made


def compiled(function: FunctionType, source: str) -> Any:
    space = dict(function.__globals__)
    exec(compile(source, "<mutant>", "exec"), space)
    return space[function.__name__]


def verdict(step: Any, query: Any, init: Any, name: str) -> str:
    """ "crashes", "differs" or "survives" under the golden test, cut to its first 60 steps."""
    try:
        errors = [error(step, query, init, golden, upto=60) for golden in goldens(name)]
    except (ArithmeticError, NameError, TypeError, ValueError):
        return "crashes"
    return "differs" if max(errors) > TOLERANCE else "survives"


@pytest.mark.parametrize("name", RULES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_one_token_mistake_shows(name):
    rule = RULES[name]
    assert verdict(rule, rule.query, rule.init, name) == "survives"  # the right one does
    verdicts = {
        change: verdict(compiled(rule, source), rule.query, rule.init, name)
        for change, source in mutants(rule)
    }
    if name == "nesterov_lookahead":
        verdicts |= {
            change: verdict(rule, compiled(rule.query, source), rule.init, name)
            for change, source in mutants(rule.query)
        }
    assert [change for change, outcome in verdicts.items() if outcome == "survives"] == []
    wanted = {"adam": 20, "gradient_descent": 5}.get(name, 10)
    assert sum(outcome == "differs" for outcome in verdicts.values()) >= wanted
