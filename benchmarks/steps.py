"""What is timed: optimiser steps, whole training steps, and copies of the same traffic."""

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from descent.methods import RULES
from descent.pytorch import Optimizer

CASES = {
    "MLP": [(128, 784), (128,), (64, 128), (64,), (10, 64), (10,)],
    "100 x 10k": [(10_000,)] * 100,
    "1 x 10M": [(10_000_000,)],
}
# rule -> torch's class, what makes it the same method, and whether it has a fused kernel
METHODS = {
    "adam": (torch.optim.Adam, {}, True),
    "adamw": (torch.optim.AdamW, {}, True),
    "amsgrad": (torch.optim.Adam, {"amsgrad": True}, True),
    "rmsprop": (torch.optim.RMSprop, {}, False),
    "adadelta": (torch.optim.Adadelta, {}, False),
}


def optimizers(method: str) -> dict[str, Callable]:
    """Name -> a function that makes the optimiser of given parameters; all start with lr 1e-3."""
    theirs, hyper, has_fused = METHODS[method]

    def torchs(**how: bool) -> Callable:
        return lambda params: theirs(params, lr=1e-3, **hyper, **how)

    def ours(executor: str) -> Callable:
        return lambda params: Optimizer(params, RULES[method], lr=1e-3, executor=executor)

    return {
        "torch default": torchs(foreach=False),
        "torch foreach": torchs(foreach=True),
        **({"torch fused": torchs(fused=True)} if has_fused else {}),
        "ours eager": ours("eager"),
        "ours compiled": ours("compile"),
    }


def steps(case: str, method: str) -> dict[str, Callable[[], None]]:
    """The step alone, on parameters and gradients of its own for each optimiser."""
    made = {}
    for name, make in optimizers(method).items():
        params = [nn.Parameter(torch.randn(shape)) for shape in CASES[case]]
        for p in params:
            p.grad = torch.randn_like(p)
        made[name] = make(params).step
    return made


def optax_step(case: str, method: str) -> Callable[[], None]:
    """The same step by optax, compiled by jax.jit, in the memory of the parameters and the state."""
    import jax
    import optax

    names = {"adam": optax.adam, "adamw": optax.adamw, "amsgrad": optax.amsgrad}
    rule = (names | {"rmsprop": optax.rmsprop, "adadelta": optax.adadelta})[method](1e-3)
    keys = jax.random.split(jax.random.key(0), len(CASES[case]))
    params = [jax.random.normal(key, shape) for key, shape in zip(keys, CASES[case], strict=True)]
    grads = [param + 1 for param in params]
    held = [params, rule.init(params)]

    def update(params: list, state: object, grads: list) -> tuple:
        updates, state = rule.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    compiled = jax.jit(update, donate_argnums=(0, 1))

    def step() -> None:
        held[:] = compiled(*held, grads)
        jax.block_until_ready(held)

    return step


def training_steps(method: str) -> dict[str, Callable[[], None]]:
    """Forward, backward and step of the MLP on one batch of 64."""
    inputs, labels = torch.randn(64, 784), torch.randint(10, (64,))
    made = {}
    for name, make in optimizers(method).items():
        model = nn.Sequential(
            nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
        )
        optimizer = make(model.parameters())

        def step(model: nn.Module = model, optimizer: torch.optim.Optimizer = optimizer) -> None:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), labels).backward()
            optimizer.step()

        made[name] = step
    return made


LOOP = """
extern "C" void loop(float* theta, const float* g, float* m, float* v, long n) {
#pragma omp parallel for simd
    for (long i = 0; i < n; i++) { m[i] += g[i]; v[i] += g[i]; theta[i] += g[i]; }
}
"""


def plain_loop(case: str, folder: Path) -> Callable[[], None]:
    """The bandwidth limit: Adam's traffic, 4 numbers read and 3 written, with hardly any work."""
    source, library = folder / "loop.cpp", folder / "loop.so"
    source.write_text(LOOP)
    command = ["g++", "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC"]
    subprocess.run([*command, str(source), "-o", str(library)], check=True)
    n = sum(torch.Size(shape).numel() for shape in CASES[case])
    arrays = [torch.zeros(n) for _ in range(4)]
    loop, pointers = ctypes.CDLL(str(library)).loop, [ctypes.c_void_p(a.data_ptr()) for a in arrays]
    return lambda held=arrays: loop(*pointers, ctypes.c_long(n))
