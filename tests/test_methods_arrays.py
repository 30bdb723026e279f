"""The same lines on NumPy, on torch of any dtype and device, and on any array library."""

import subprocess
import sys

import array_api_strict
import numpy as np
import pytest
import torch

from descent.methods import RULES

every_rule = pytest.mark.parametrize("name", RULES)
RNG = np.random.default_rng(5)
START, GRADIENTS = RNG.normal(size=6), RNG.normal(size=(20, 6))


def walk(name, asarray):
    """The last position, the last state and the last query, as arrays of `asarray`'s library."""
    rule, theta = RULES[name], asarray(START)
    state = rule.init(theta)
    for t, grad in enumerate(GRADIENTS, start=1):
        theta, state = rule(theta, asarray(grad), state, t, lr=0.01)
    return [theta, *state, rule.query(theta, state, len(GRADIENTS) + 1, lr=0.01)]


def same_on(name, device):
    there = walk(name, lambda array: torch.asarray(array, device=device))
    for ours, theirs in zip(walk(name, np.asarray), there, strict=True):
        assert theirs.device.type == device
        np.testing.assert_allclose(theirs.cpu().numpy(), ours, rtol=1e-12, atol=1e-15)


@every_rule
def test_torch_equals_numpy(name):
    same_on(name, "cpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_equals_numpy():
    for name in RULES:
        same_on(name, "cuda")


@every_rule
def test_nothing_beyond_the_array_standard(name):
    strict = walk(name, array_api_strict.asarray)
    for ours, theirs in zip(walk(name, np.asarray), strict, strict=True):
        assert type(theirs).__module__.startswith("array_api_strict")
        np.testing.assert_array_equal(np.asarray(theirs), ours)


@every_rule
@pytest.mark.parametrize(
    ("module", "dtype"),
    [(np, "float32"), (np, "float64"), (np, "float16"), (torch, "float32"), (torch, "bfloat16")],
)
def test_the_dtype_is_kept(name, module, dtype):
    kind = getattr(module, dtype)
    kept = walk(name, lambda array: module.asarray(array, dtype=kind))
    assert {array.dtype for array in kept} == {module.zeros(1, dtype=kind).dtype}


@every_rule
def test_the_bias_corrections_are_exact_in_float32(name):
    single = walk(name, lambda array: np.asarray(array, dtype=np.float32))
    np.testing.assert_allclose(single[0], walk(name, np.asarray)[0], rtol=3e-6, atol=3e-7)


FAKE = """
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from descent.methods import RULES

with torch.no_grad(), FakeTensorMode():
    theta = torch.empty(3, 2, device="cuda")
    grad = torch.empty(3, 2, device="cuda")
    for name, rule in RULES.items():
        state = rule.init(theta)
        for t in (1, 2):
            asked = rule.query(theta, state, t, lr=0.1)
            moved, state = rule(theta, grad, state, t, lr=0.1)
        for array in (asked, moved, *state):
            assert array.device.type == "cuda", (name, array.device)
            assert array.shape == (3, 2) and array.dtype == torch.float32, name
        try:
            rule(theta, grad, tuple(array.cpu() for array in state), 3, lr=0.1)
        except RuntimeError:
            pass  # a state left on another device is an error
        else:
            assert not state, name
    print(len(RULES), "rules")
"""


def test_every_rule_runs_on_a_gpu_that_is_not_there():
    run = subprocess.run([sys.executable, "-c", FAKE], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert run.stdout == f"{len(RULES)} rules\n"
