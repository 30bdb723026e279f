"""A compiled rule is the rule, is compiled once, and gives way where it cannot be."""

import copy
import subprocess
import sys
import warnings
from functools import cache

import pytest
import torch
from torch import nn

from descent.methods import RULES, rule
from descent.pytorch import Optimizer, row
from descent.pytorch import kernel as module
from descent.pytorch.kernel import split


def test_numbers_are_python_floats_computed_once():
    numbers, _ = split(RULES["adam"], torch.float32)
    given = numbers(0.1, 0.9, 0.999, 1e-8, 3)
    assert {1 - 0.9, 1 - 0.999, 1 / (1 - 0.9**3), 1 / (1 - 0.999**3)} <= set(given)
    assert {type(number) for number in given} == {float}


def test_a_thousand_scheduled_steps_equal_eager_and_compile_nothing_again(monkeypatch):
    torch.manual_seed(0)
    params = [nn.Parameter(torch.randn(s, dtype=torch.float64)) for s in [(5, 7), (7,), (7, 3)]]
    twins = copy.deepcopy(params)
    pair = [
        Optimizer(p, RULES["adamw"], lr=0.05, executor=executor)
        for p, executor in ((params, "compile"), (twins, "eager"))
    ]
    schedules = [torch.optim.lr_scheduler.CosineAnnealingLR(o, 1000) for o in pair]
    for step in range(1000):
        for p, q in zip(params, twins, strict=True):
            p.grad = q.grad = torch.randn_like(p)
        for optimizer, schedule in zip(pair, schedules, strict=True):
            optimizer.step()
            schedule.step()
        if step == 0:
            monkeypatch.setattr(module, "compiled", lambda *_: pytest.fail("compiled again"))
    for p, q in zip(params, twins, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-12, atol=1e-12)


def test_what_cannot_be_compiled_steps_eagerly_after_one_warning():
    @rule(source="made up", table={})
    def branches(theta, grad, state, t, *, lr):
        return theta - (lr if t < 2 else 2 * lr) * grad, state

    parameter = nn.Parameter(torch.zeros(3))
    optimizer = Optimizer([parameter], branches, lr=1.0, executor="compile")
    parameter.grad = torch.ones(3)
    with pytest.warns(UserWarning, match="branches runs eagerly.*TraceError"):
        optimizer.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.step()
    assert parameter.tolist() == [-3.0, -3.0, -3.0]


@pytest.mark.parametrize(
    "missing",
    [
        "descent.pytorch.kernel.compiled",
        "torch._C._dynamo.guards.TensorGuards",
        "torch._inductor.codecache.CppCodeCache",
        "torch._inductor.compile_fx.compile_fx_inner",
    ],
)
def test_without_a_compiler_or_torchs_internals_steps_are_eager(missing, monkeypatch):
    monkeypatch.setattr(row, "kernel", cache(module.kernel.__wrapped__))
    monkeypatch.delattr(missing)
    parameter = nn.Parameter(torch.zeros(3))
    parameter.grad = torch.ones(3)
    optimizer = Optimizer([parameter], RULES["gradient_descent"], lr=0.5, executor="compile")
    with pytest.warns(UserWarning, match=f"runs eagerly.*{missing.rpartition('.')[2]}"):
        optimizer.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.step()
    assert parameter.tolist() == [-1.0] * 3


def test_the_import_needs_nothing_private_of_torch():
    program = """
import sys, torch
for private in ("torch._C._dynamo.guards", "torch._inductor"):
    sys.modules[private] = None
import descent.pytorch
"""
    subprocess.run([sys.executable, "-c", program], check=True)
