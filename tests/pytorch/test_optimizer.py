"""Both executors against torch.optim, against the rules on NumPy, and in every torch habit."""

import copy
import io
import pickle
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from descent.conventions import follow
from descent.methods import RULES, at_theta, rule
from descent.pytorch import Optimizer, row
from descent.pytorch import Optimizer as EagerOptimizer

pytestmark = pytest.mark.filterwarnings("error:.* runs eagerly")  # every rule here can be compiled

CUDA = pytest.param(
    "cuda",
    marks=[
        pytest.mark.gpu,
        pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    ],
)
DEVICES = ["cpu", CUDA]

# Away from every default; `HYPER[name]` serves all rules.
HYPER = {
    **{"beta": 0.83, "rho": 0.87, "beta1": 0.8, "beta2": 0.97, "eps": 1e-3},
    **{"weight_decay": 0.3, "initial_accumulator": 0.03, "lr_decay": 0.01},
}

# rule -> torch.optim's name of it, written with the numbers of HYPER and lr = 0.02
TORCH = {
    "gradient_descent": lambda p: torch.optim.SGD(p, lr=0.02),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.83),
    "momentum_classical": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.83),
    "momentum_ema": lambda p: torch.optim.SGD(p, lr=0.02 * (1 - 0.83), momentum=0.83),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.83, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(
        p, lr=0.02, lr_decay=0.01, initial_accumulator_value=0.03, eps=1e-3
    ),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.87, eps=1e-3),
    "rmsprop_centered": lambda p: torch.optim.RMSprop(
        p, lr=0.02, alpha=0.87, eps=1e-3, centered=True
    ),
    "rmsprop_momentum": lambda p: torch.optim.RMSprop(
        p, lr=0.02, alpha=0.87, eps=1e-3, momentum=0.83
    ),
    "adadelta": lambda p: torch.optim.Adadelta(p, lr=0.02, rho=0.87, eps=1e-3),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.97), eps=1e-3),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.02, betas=(0.8, 0.97), eps=1e-3, weight_decay=0.3),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.97), eps=1e-3, amsgrad=True),
}
ELSEWHERE = "nesterov_lookahead"  # asks for its gradient at a query point
AT_THETA = [name for name in RULES if RULES[name].query is at_theta]


@pytest.fixture(autouse=True, scope="module", params=["eager", "compile", "compile in rows"])
def executor(request):
    """Every test runs on all: `Optimizer` in this module is the one under test.

    "compile in rows" gathers small parameters, as it does where each kernel call has its price.
    """
    name, _, in_rows = request.param.partition(" ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request.module, "Optimizer", partial(Optimizer, executor=name))
        if in_rows:
            patch.setattr(row, "stays", lambda parameter: False)
        yield name


def hyper(name):
    return {key: HYPER[key] for key in RULES[name].hyper_names if key != "lr"}


def ours(params, name, lr=0.02, **other):
    return Optimizer(params, RULES[name], lr=lr, **hyper(name) | other)


def network(dtype=torch.float64, device="cpu", seed=0):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3))
    return model.to(device, dtype)


def batch(step=0, dtype=torch.float64, device="cpu"):
    generator = torch.Generator().manual_seed(100 + step)
    draw = torch.randn(16, 8, generator=generator, dtype=torch.float64).to(device, dtype)
    return draw[:, :5], draw[:, 5:]


def loss_of(model, step=0):
    parameter = next(model.parameters())
    inputs, targets = batch(step, parameter.dtype, parameter.device)
    return ((model(inputs) - targets) ** 2).mean()


def train(model, optimizer, steps, start=0, scheduler=None):
    for step in range(start, start + steps):
        optimizer.zero_grad()
        loss_of(model, step).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def share_gradients(source, target):
    for p, q in zip(source.parameters(), target.parameters(), strict=True):
        q.grad = p.grad.clone()


def values(model):
    return [p.detach().clone() for p in model.parameters()]


def assert_close(first, second, tolerance=1e-12):
    for p, q in zip(first, second, strict=True):
        torch.testing.assert_close(p, q, rtol=tolerance, atol=tolerance)


def assert_same(first, second):
    assert_close(first, second, 0)


# ---- what a step computes


def test_every_rule_has_a_counterpart_or_a_reason():
    without = {"momentum_ema_corrected", ELSEWHERE}  # followed on NumPy; with a closure
    assert set(TORCH) | without == {
        name for name in RULES if RULES[name].__module__.endswith("methods")
    }


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("device", DEVICES)
def test_equals_torch_over_200_steps(name, device):
    model = network(device=device)
    twin = copy.deepcopy(model)
    optimizer, other = ours(model.parameters(), name), TORCH[name](twin.parameters())
    start = values(model)
    for step in range(200):  # on shared gradients: what differs is the step alone
        optimizer.zero_grad()
        loss_of(model, step).backward()
        share_gradients(model, twin)
        optimizer.step()
        other.step()
    assert_close(values(model), values(twin))
    assert all((p - q).abs().max() > 1e-2 for p, q in zip(values(model), start, strict=True))


@pytest.mark.parametrize("name", AT_THETA)
def test_equals_the_rule_on_numpy(name):
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(3, 2)), rng.normal(size=(60, 3, 2))
    parameter = nn.Parameter(torch.tensor(start))
    optimizer = ours([parameter], name)
    for grad in gradients:
        parameter.grad = torch.tensor(grad)
        optimizer.step()
    expected = follow(RULES[name], start, gradients, lr=lambda _: 0.02, **hyper(name))[-1]
    np.testing.assert_allclose(parameter.detach().numpy(), expected, rtol=1e-13, atol=1e-13)


def test_the_rules_own_defaults_are_the_defaults():
    optimizer = Optimizer(network().parameters(), RULES["adamw"])
    (group,) = optimizer.param_groups
    assert {name: group[name] for name in RULES["adamw"].hyper_names} == RULES["adamw"].defaults


# ---- rules that ask for the gradient elsewhere


def closure_for(model, optimizer, step=0):
    def closure():
        optimizer.zero_grad()
        loss = loss_of(model, step)
        loss.backward()
        return loss

    return closure


def test_look_ahead_with_a_closure_is_torchs_nesterov_at_the_query_point():
    model = network()
    twin = copy.deepcopy(model)
    optimizer, other = ours(model.parameters(), ELSEWHERE), TORCH["nesterov"](twin.parameters())
    for step in range(200):
        loss = optimizer.step(closure_for(model, optimizer, step))
        other_loss = other.step(closure_for(twin, other, step))
        torch.testing.assert_close(loss, other_loss, rtol=1e-10, atol=0)
    queries = [p - 0.02 * 0.83 * optimizer.state[p]["v"] for p in model.parameters()]
    assert_close(queries, values(twin), 1e-10)
    assert (queries[0] - values(model)[0]).abs().max() > 1e-6


def test_look_ahead_without_a_closure_says_what_it_needs():
    model = network()
    optimizer = ours(model.parameters(), ELSEWHERE)
    loss_of(model).backward()
    before = values(model)
    with pytest.raises(TypeError, match="nesterov_lookahead wants the gradient at a query point"):
        optimizer.step()
    assert_same(values(model), before)


def test_parameters_return_from_the_query_point_when_the_closure_fails():
    model = network()
    optimizer = ours(model.parameters(), ELSEWHERE)
    optimizer.step(closure_for(model, optimizer))
    before, seen = values(model), []

    def fails():
        seen.extend(values(model))
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        optimizer.step(fails)
    assert_same(values(model), before)
    assert all((p != q).any() for p, q in zip(seen, before, strict=True))


def test_a_parameter_without_gradient_returns_from_the_query_point():
    used, unused = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    optimizer = ours([used, unused], ELSEWHERE)
    used.grad, unused.grad = torch.ones(2), torch.ones(2)
    optimizer.step(lambda: 0.0)
    unused.grad, before = None, unused.detach().clone()
    memory = optimizer.state[unused]
    optimizer.step(lambda: 0.0)
    assert_same([unused.detach()], [before])
    assert optimizer.state[unused] == memory
    assert optimizer.state[used]["step"] == 2


# ---- the habits of torch


@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_a_closure_is_called_once_with_gradients_enabled_and_its_loss_returned(name):
    model = network()
    optimizer, calls = ours(model.parameters(), name), []

    def closure():
        calls.append(torch.is_grad_enabled())
        return closure_for(model, optimizer)()

    with torch.no_grad():
        loss = optimizer.step(closure)
    assert calls == [True]
    assert loss == loss_of(network())
    assert optimizer.step() is None


def test_groups_have_their_own_hyper_parameters():
    model, twin = network(), network()

    def groups(m):
        return [
            {"params": [m[0].weight], "lr": 0.05},
            {"params": m[2].weight, "weight_decay": 0.0},
            {"params": [m[0].bias, m[2].bias], "eps": 0.1},
        ]

    optimizer = Optimizer(groups(model), RULES["adamw"], lr=0.01, weight_decay=0.4)
    other = torch.optim.AdamW(groups(twin), lr=0.01, weight_decay=0.4)
    train(model, optimizer, 20)
    train(twin, other, 20)
    assert_close(values(model), values(twin))


def test_a_group_added_later_starts_at_its_own_first_step():
    model, twin = network(), network()
    optimizer = Optimizer(model[0].parameters(), RULES["adam"], lr=0.01)
    other = torch.optim.Adam(twin[0].parameters(), lr=0.01)
    train(model, optimizer, 7)
    train(twin, other, 7)
    optimizer.add_param_group({"params": model[2].parameters(), "lr": 0.1})
    other.add_param_group({"params": twin[2].parameters(), "lr": 0.1})
    train(model, optimizer, 7)
    train(twin, other, 7)
    assert_close(values(model), values(twin))
    assert [optimizer.state[p]["step"] for p in model.parameters()] == [14, 14, 7, 7]


def test_named_parameters_keep_their_names():
    optimizer = Optimizer(network().named_parameters(), RULES["adam"])
    assert optimizer.state_dict()["param_groups"][0]["param_names"][0] == "0.weight"


@pytest.mark.parametrize(
    "schedule",
    [
        lambda o: torch.optim.lr_scheduler.StepLR(o, 5, gamma=0.5),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 20),
        lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, max_lr=0.1, total_steps=25, cycle_momentum=False
        ),
        lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda k: 1 / (1 + k)),
    ],
)
def test_learning_rate_schedulers(schedule):
    model, twin = network(), network()
    optimizer = Optimizer(model.parameters(), RULES["adamw"], lr=0.05)
    other = torch.optim.AdamW(twin.parameters(), lr=0.05)
    train(model, optimizer, 20, scheduler=schedule(optimizer))
    train(twin, other, 20, scheduler=schedule(other))
    assert optimizer.param_groups[0]["lr"] == other.param_groups[0]["lr"] != 0.05
    assert_close(values(model), values(twin))


def test_reduce_on_plateau():
    optimizer = Optimizer(network().parameters(), RULES["momentum"], lr=0.4)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    for _ in range(3):
        scheduler.step(1.0)
    assert optimizer.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize("device", DEVICES)
def test_grad_scaler_skips_the_step_that_overflowed(device):
    model, twin = network(torch.float32, device), network(torch.float32, device)
    optimizer = Optimizer(model.parameters(), RULES["adam"], lr=0.01)
    other = torch.optim.Adam(twin.parameters(), lr=0.01)
    for m, o in ((model, optimizer), (twin, other)):
        scaler = torch.amp.GradScaler(device, init_scale=1024.0)
        for step in range(6):
            o.zero_grad()
            scaler.scale(loss_of(m, step)).backward()
            if step == 3:
                next(m.parameters()).grad[0] = torch.inf
            scaler.step(o)
            scaler.update()
    assert {optimizer.state[p]["step"] for p in model.parameters()} == {5}
    assert_close(values(model), values(twin), 1e-6)


def test_parameters_without_gradient_wait_with_state_and_t():
    model, twin = network(), network()
    optimizer = Optimizer(model.parameters(), RULES["adam"], lr=0.01)
    other = torch.optim.Adam(twin.parameters(), lr=0.01)
    for step in range(12):
        for m, o in ((model, optimizer), (twin, other)):
            o.zero_grad()
            loss_of(m, step).backward()
            if step % 3:
                m[0].weight.grad = None
            before = m[0].weight.detach().clone()
            o.step()
            assert torch.equal(m[0].weight, before) == bool(step % 3)
    assert_close(values(model), values(twin))
    assert optimizer.state[model[0].weight]["step"] == 4
    assert optimizer.state[model[0].bias]["step"] == 12


def test_a_parameter_that_never_has_a_gradient_has_no_state():
    model = network()
    optimizer = Optimizer(model.parameters(), RULES["adam"])
    optimizer.step()
    assert len(optimizer.state) == 0
    assert_same(values(model), values(network()))


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad_either_way(set_to_none):
    model = network()
    optimizer = ours(model.parameters(), "momentum")
    train(model, optimizer, 1)
    memory = {p: optimizer.state[p]["v"].clone() for p in model.parameters()}
    before = values(model)
    optimizer.zero_grad(set_to_none=set_to_none)
    assert_same([optimizer.state[p]["v"] for p in model.parameters()], list(memory.values()))
    optimizer.step()
    moved = [not torch.equal(p, q) for p, q in zip(values(model), before, strict=True)]
    assert moved == [not set_to_none] * 4  # a zero gradient leaves the velocity at work
    assert {s["step"] for s in optimizer.state.values()} == {1 if set_to_none else 2}


@pytest.mark.parametrize("name", AT_THETA)
def test_gradients_are_left_bit_identical(name):
    model = network()
    optimizer = ours(model.parameters(), name)
    loss_of(model).backward()
    kept = [p.grad for p in model.parameters()]
    copies = [g.clone() for g in kept]
    versions = [g._version for g in kept]
    optimizer.step()
    assert all(p.grad is g for p, g in zip(model.parameters(), kept, strict=True))
    assert_same(kept, copies)
    assert [g._version for g in kept] == versions


def test_frozen_parameters_stay():
    model = network()
    model[0].requires_grad_(False)
    optimizer = ours(model.parameters(), "adamw")
    train(model, optimizer, 3)
    assert_same(values(model[0]), values(network()[0]))
    assert not torch.equal(model[2].weight, network()[2].weight)


def test_a_shared_parameter_takes_one_step():
    def tied():
        model = network()
        model.append(nn.Linear(3, 7, dtype=torch.float64))
        model.append(nn.Linear(7, 3, dtype=torch.float64))
        model[4].weight = model[2].weight
        return model

    torch.manual_seed(1)
    model = tied()
    twin = copy.deepcopy(model)
    train(model, Optimizer(model.parameters(), RULES["adam"], lr=0.01), 10)
    train(twin, torch.optim.Adam(twin.parameters(), lr=0.01), 10)
    assert model[4].weight is model[2].weight
    assert_close(values(model), values(twin))


@pytest.mark.parametrize("parts", [[(0, 6), (0, 6)], [(0, 6), (3, 9)], [(4, 9), (1, 6)], [(0, 9)]])
@pytest.mark.filterwarnings("ignore:.*duplicate parameters")
def test_parameters_that_share_memory_are_stepped_one_after_the_other(parts):
    bases, optimizers = (torch.linspace(-1, 1, 9), torch.linspace(-1, 1, 9)), []
    for base, make in zip(bases, (Optimizer, EagerOptimizer), strict=True):
        params = [nn.Parameter(base[begin:end]) for begin, end in parts]
        params = params * 2 if len(params) == 1 else params  # the same one, twice
        optimizers.append(make(params, RULES["momentum"], lr=0.1))
        for k, p in enumerate(params):
            p.grad = torch.linspace(k, -2, p.numel())
    for _ in range(3):
        for optimizer in optimizers:
            optimizer.step()
    torch.testing.assert_close(*bases)
    assert (bases[0] != torch.linspace(-1, 1, 9)).any()


@pytest.mark.parametrize(
    "change",
    [
        lambda state, p: state[p].update(m=torch.full_like(p, 0.3)),
        lambda state, p: state[p].update(step=9),
        lambda state, p: state.update({p: {**state[p], "v": torch.full_like(p, 2.0)}}),
        lambda state, p: state.pop(p),
        lambda state, p: state.clear(),
        lambda state, p: state.update(note=3),
    ],
)
def test_a_state_that_the_user_changes_is_used(change):
    pairs = [[nn.Parameter(torch.ones(3)) for _ in range(2)] for _ in range(2)]
    optimizers = [
        make(params, RULES["adam"], lr=0.1)
        for make, params in zip((Optimizer, EagerOptimizer), pairs, strict=True)
    ]
    for step in range(4):
        for params, optimizer in zip(pairs, optimizers, strict=True):
            for k, p in enumerate(params):
                p.grad = torch.tensor([1.0, -2.0, 3.0 + step]) * (k + 1)
            if step == 2:
                change(optimizer.state, params[0])
            optimizer.step()
    assert_close(*pairs, 1e-6)
    for p, q in zip(*pairs, strict=True):
        assert optimizers[0].state[p]["step"] == optimizers[1].state[q]["step"]
        assert_close(*([o.state[x]["m"]] for o, x in zip(optimizers, (p, q), strict=True)), 1e-6)


def test_steps_with_gradients_of_another_precision_between_others():
    pairs = [[nn.Parameter(torch.ones(3)) for _ in range(2)] for _ in range(2)]
    optimizers = [
        make(params, RULES["adam"], lr=0.1)
        for make, params in zip((Optimizer, EagerOptimizer), pairs, strict=True)
    ]
    for step in range(4):
        for params, optimizer in zip(pairs, optimizers, strict=True):
            for p in params:
                p.grad = torch.tensor([1.0, -2.0, 3.0 + step])
            if step == 2:
                params[0].grad.data = params[0].grad.double()
            optimizer.step()
    assert_close(*pairs, 1e-6)


def test_a_gradient_of_another_length_is_an_error():
    parameters = [nn.Parameter(torch.ones(n)) for n in (3, 4)]
    optimizer = ours(parameters, "adam")
    for p in parameters:
        p.grad = torch.ones_like(p)
    optimizer.step()
    parameters[0].data = torch.ones(5)
    with pytest.raises(RuntimeError, match="size"):
        optimizer.step()


@pytest.mark.parametrize("name", ["adam", ELSEWHERE])
def test_values_are_written_into_the_parameters_own_memory(name):
    base = torch.arange(12.0, dtype=torch.float64).reshape(3, 4)
    parameter = nn.Parameter(base.T[1:])  # neither contiguous nor at the start of its storage
    optimizer = ours([parameter], name, lr=0.1)
    address, strides = parameter.data_ptr(), parameter.stride()
    parameter.grad = torch.ones_like(parameter)
    optimizer.step(lambda: 0.0)
    assert (parameter.data_ptr(), parameter.stride()) == (address, strides)
    assert torch.equal(base.T[1:], parameter)
    expected = torch.arange(12.0, dtype=torch.float64).reshape(3, 4).T
    assert torch.equal(base.T[0], expected[0])
    assert ((expected[1:] - base.T[1:]) > 0.05).all()


def test_memory_formats_are_kept():
    convolution = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    optimizer = Optimizer(convolution.parameters(), RULES["adam"])
    for _ in range(2):
        optimizer.zero_grad()
        convolution(torch.ones(2, 3, 5, 5)).sum().backward()
        optimizer.step()
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    weight = convolution.weight
    for tensor in (weight, optimizer.state[weight]["m"], optimizer.state[weight]["v"]):
        assert tensor.is_contiguous(memory_format=torch.channels_last)


# ---- precision and places


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("device", DEVICES)
def test_half_precision_is_updated_in_float32_and_rounded_once(dtype, device):
    generator = torch.Generator().manual_seed(3)
    half = nn.Parameter(torch.randn(50, generator=generator).to(device, dtype))
    optimizer = ours([half], "adam", lr=0.05)
    theta, state = half.detach().float(), RULES["adam"].init(half.detach().float())
    for t in range(1, 6):
        half.grad = torch.randn(50, generator=generator).to(device, dtype)
        theta, state = RULES["adam"](theta, half.grad.float(), state, t, lr=0.05, **hyper("adam"))
        theta = theta.to(dtype).float()
        optimizer.step()
        assert half.dtype == dtype
        assert torch.equal(half.detach().float(), theta)
    assert torch.equal(optimizer.state[half]["m"], state[0])
    assert optimizer.state[half]["v"].dtype == torch.float32


def test_mixed_dtypes_in_one_group():
    params = [nn.Parameter(torch.ones(3, dtype=d)) for d in (torch.float64, torch.bfloat16)]
    optimizer = ours(params, "adam", lr=0.1)
    for p in params:
        p.grad = torch.full_like(p, 0.5)
    optimizer.step()
    assert [optimizer.state[p]["m"].dtype for p in params] == [torch.float64, torch.float32]
    for p in params:
        step = 0.1 * 0.5 / (0.5 + 1e-3)
        expected = torch.tensor(1 - step, dtype=torch.float64).to(p.dtype)
        torch.testing.assert_close(p.detach(), expected.expand(3), rtol=1e-15, atol=0)


@pytest.mark.parametrize(
    ("first", "cast"),
    [
        (torch.float32, torch.bfloat16),
        (torch.float32, torch.float64),
        (torch.float64, torch.float16),
        (torch.bfloat16, torch.float32),
    ],
)
def test_the_state_follows_a_model_that_is_cast_later(first, cast):
    model = network(first)
    optimizer = ours(model.parameters(), "adam")
    train(model, optimizer, 3)
    memory = [optimizer.state[p]["m"].clone() for p in model.parameters()]
    model.to(cast)
    optimizer.zero_grad()
    loss_of(model, 3).backward()
    before = values(model)
    optimizer.step()
    for p, m, old in zip(model.parameters(), memory, before, strict=True):
        wide = torch.float64 if cast == torch.float64 else torch.float32
        new = optimizer.state[p]["m"]
        assert (new.dtype, p.dtype) == (wide, cast)
        torch.testing.assert_close(new, 0.8 * m.to(wide) + 0.2 * p.grad.to(wide))
        assert (p != old).any()
    assert {s["step"] for s in optimizer.state.values()} == {4}


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_state_follows_a_model_that_is_moved_later():
    model, twin = network(), network()
    optimizer, other = ours(model.parameters(), "adam"), ours(twin.parameters(), "adam")
    train(model, optimizer, 3)
    train(twin, other, 6)
    model.to("cuda")
    train(model, optimizer, 3, start=3)
    assert all(s["m"].is_cuda for s in optimizer.state.values())
    assert_close([p.cpu() for p in values(model)], values(twin), 1e-10)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", RULES)
def test_a_step_does_not_wait_for_the_device(name):
    model = network(device="cuda")
    optimizer = ours(model.parameters(), name)
    loss_of(model).backward()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(2):
            optimizer.step(lambda: None)
    finally:
        torch.cuda.set_sync_debug_mode("default")


# ---- saving, loading, copying


def saved(state_dict):
    buffer = io.BytesIO()
    torch.save(state_dict, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


@pytest.mark.parametrize("name", AT_THETA)
def test_a_run_continues_from_its_state_dict(name):
    model = network()
    optimizer = ours(model.parameters(), name)
    train(model, optimizer, 5)
    twin = copy.deepcopy(model)
    resumed = Optimizer(twin.parameters(), RULES[name], lr=0.9)
    resumed.load_state_dict(saved(optimizer.state_dict()))
    assert resumed.param_groups[0]["lr"] == 0.02
    train(model, optimizer, 5, start=5)
    train(twin, resumed, 5, start=5)
    assert_same(values(model), values(twin))


def test_a_state_dict_is_a_snapshot():
    model = network()
    optimizer = ours(model.parameters(), "adam")
    train(model, optimizer, 2)
    snapshot = optimizer.state_dict()
    copied = copy.deepcopy(snapshot)
    resumed = ours(copy.deepcopy(model).parameters(), "adam")
    resumed.load_state_dict(snapshot)
    train(model, optimizer, 2)
    for key, kept in copied["state"].items():
        assert snapshot["state"][key]["step"] == kept["step"] == 2
        assert torch.equal(snapshot["state"][key]["m"], kept["m"])
    loaded = resumed.state[resumed.param_groups[0]["params"][0]]["m"]
    snapshot["state"][0]["m"].zero_()
    assert loaded.any()


def trained(dtype):
    params = [nn.Parameter(torch.ones(20, dtype=dtype)) for _ in range(2)]
    optimizer = ours(params, "adam")
    for p in params:
        p.grad = torch.linspace(0.1, 1, 20).to(dtype)
    optimizer.step()
    return optimizer


def test_loading_keeps_the_full_precision_of_half_precision_state():
    optimizer = trained(torch.bfloat16)
    resumed = ours([nn.Parameter(torch.ones(20, dtype=torch.bfloat16)) for _ in range(2)], "adam")
    resumed.load_state_dict(saved(optimizer.state_dict()))
    for old, new in zip(optimizer.state.values(), resumed.state.values(), strict=True):
        assert new["v"].dtype == torch.float32
        assert torch.equal(new["v"], old["v"])
        assert not torch.equal(new["v"], new["v"].bfloat16().float())


def test_loading_fits_the_state_to_the_parameters():
    resumed = ours([nn.Parameter(torch.ones(20, dtype=torch.float16)) for _ in range(2)], "adam")
    resumed.load_state_dict(trained(torch.float64).state_dict())
    assert {state["v"].dtype for state in resumed.state.values()} == {torch.float32}


def test_load_hooks_rewrite_before_and_see_after():
    source, target = trained(torch.bfloat16), trained(torch.bfloat16)
    expected, seen = [], []

    def multiply(_, state_dict):
        state = {
            key: {**kept, "v": 1.001 * kept["v"] * (1 + len(expected))}
            for key, kept in state_dict["state"].items()
        }
        expected.append(state[0]["v"])
        return {**state_dict, "state": state}

    target.register_load_state_dict_pre_hook(multiply)
    target.register_load_state_dict_post_hook(
        lambda optimizer: seen.append(next(iter(optimizer.state.values()))["v"])
    )
    for _ in range(2):  # a second load knows nothing of the first
        target.load_state_dict(source.state_dict())
    assert_same(seen, expected)
    assert not torch.equal(seen[0], seen[1])
    assert len(target._optimizer_load_state_dict_pre_hooks) == 1
    assert len(target._optimizer_load_state_dict_post_hooks) == 1


def test_loading_what_does_not_fit_raises_and_changes_nothing():
    model = network()
    optimizer = ours(model.parameters(), "momentum")
    train(model, optimizer, 1)
    before = copy.deepcopy(optimizer.state_dict())
    other = ours(network().parameters(), "nesterov")
    with pytest.raises(ValueError, match="must come from the rule 'momentum', got one from 'nest"):
        optimizer.load_state_dict(other.state_dict())
    with pytest.raises(ValueError, match="must come from the rule 'momentum', got one from None"):
        optimizer.load_state_dict(torch.optim.SGD(network().parameters()).state_dict())
    wide = nn.Sequential(nn.Linear(4, 7), nn.Tanh(), nn.Linear(7, 3)).double()
    other = ours(wide.parameters(), "momentum")
    wide(torch.ones(1, 4, dtype=torch.float64)).sum().backward()
    other.step()
    with pytest.raises(ValueError, match=r"v of shape \(7, 4\) for parameter 0, expected \(7, 5\)"):
        optimizer.load_state_dict(other.state_dict())
    with pytest.raises(ValueError, match="doesn't match the size"):
        optimizer.load_state_dict(ours([model[0].weight], "momentum").state_dict())
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    assert_same(
        [s["v"] for s in after["state"].values()], [s["v"] for s in before["state"].values()]
    )


@pytest.mark.parametrize("copying", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_train_on_by_themselves(copying):
    model = network()
    optimizer = ours(model.parameters(), "adam")
    train(model, optimizer, 3)
    twin, other = copying((model, optimizer))
    train(model, optimizer, 3, start=3)
    untouched = values(twin)
    train(twin, other, 3, start=3)
    assert_same(values(model), values(twin))
    assert not torch.equal(untouched[0], values(twin)[0])
    assert other.rule is RULES["adam"]
    twin.append(nn.Linear(3, 3))
    other.add_param_group({"params": twin[3].parameters()})
    assert other.param_groups[1]["beta2"] == 0.97


def test_memory_does_not_share_what_the_rule_hands_back():
    def from_theta(theta, **hyper):
        return (theta, theta)

    @rule(source="made up", state="start last", init=from_theta, table={})
    def keeps_its_arguments(theta, grad, state, t, *, lr):
        return theta - lr * grad, (state[0], grad)

    parameter = nn.Parameter(torch.ones(2))
    optimizer = Optimizer([parameter], keeps_its_arguments, lr=0.5)
    parameter.grad = torch.ones(2)
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    state = optimizer.state[parameter]
    assert_same([state["start"], state["last"]], [torch.ones(2), torch.ones(2)])


# ---- errors


def test_errors_as_torch_raises_them():
    model = network()
    adam = RULES["adam"]
    for params in (torch.ones(2), [1.0, 2.0], [], model, [model[0].weight * 2]):
        with pytest.raises(Exception) as torchs:  # noqa: PT011
            torch.optim.Adam(params)
        with pytest.raises(type(torchs.value)) as own:
            Optimizer(params, adam)
        assert str(own.value) == str(torchs.value)
    weight = model[0].weight
    optimizer, other = Optimizer([weight], adam), torch.optim.Adam([weight])
    for group in ({"params": weight}, {"params": {weight}}, [weight], {"params": ["0.weight"]}):
        with pytest.raises(Exception) as torchs:  # noqa: PT011
            other.add_param_group(copy.copy(group))
        with pytest.raises(type(torchs.value)) as own:
            optimizer.add_param_group(copy.copy(group))
        assert str(own.value) == str(torchs.value)
    assert len(optimizer.param_groups) == 1
    with pytest.warns(UserWarning, match="duplicate parameters"):
        Optimizer([weight, weight], adam)


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("adam", {"lr": -1.0}, ValueError, "lr must be a finite number >= 0, got -1.0"),
        ("adam", {"lr": float("nan")}, ValueError, "lr must be a finite number >= 0, got nan"),
        ("adam", {"lr": "fast"}, TypeError, "lr must be a real number, got str: 'fast'"),
        ("adam", {"beta1": 1.0}, ValueError, "beta1 must be a finite number >= 0 and < 1, got 1.0"),
        ("adamw", {"weight_decay": -0.1}, ValueError, "weight_decay must be .* >= 0, got -0.1"),
        ("adam", {"weight_decay": 0.1}, TypeError, "adam has no hyper-parameter 'weight_decay'"),
        ("momentum", {"lr": 0.1, "momentum": 0.9}, TypeError, "besides lr it has: beta"),
        ("momentum", {}, ValueError, "lr is missing: momentum has no default"),
    ],
)
def test_bad_hyper_parameters(name, arguments, error, message):
    with pytest.raises(error, match=message):
        Optimizer(network().parameters(), RULES[name], **arguments)
    if "momentum" in arguments:
        return  # in a group torch keeps the keys that it does not know
    with pytest.raises(error, match=message):
        Optimizer([{"params": network().parameters(), **arguments}], RULES[name])


def test_a_group_may_bring_the_lr_that_the_rule_has_not():
    model = network()
    optimizer = Optimizer([{"params": model.parameters(), "lr": 0.1}], RULES["momentum"])
    assert optimizer.param_groups[0]["lr"] == 0.1
    with pytest.raises(ValueError, match="lr is missing"):
        optimizer.add_param_group({"params": nn.Linear(2, 2).parameters()})


def test_hyper_parameters_become_floats():
    group = {"params": network().parameters(), "eps": np.float32(0.5)}
    optimizer = Optimizer([group], RULES["adam"], lr=torch.tensor(0.25), beta1=0)
    saved(optimizer.state_dict())
    (group,) = optimizer.param_groups
    assert (group["lr"], group["eps"], group["beta1"]) == (0.25, 0.5, 0.0)
    assert {type(group[name]) for name in RULES["adam"].hyper_names} == {float}


def test_a_group_keeps_foreign_keys_but_not_another_rule():
    params = [nn.Parameter(torch.ones(2))]
    optimizer = Optimizer([{"params": params, "layer": "first"}], RULES["adam"])
    assert optimizer.param_groups[0]["layer"] == "first"
    with pytest.raises(ValueError, match="rule must be 'adam', got 'adamw'"):
        Optimizer([{"params": params, "rule": "adamw"}], RULES["adam"])


def test_what_is_not_a_rule():
    for wrong in ("adam", torch.optim.Adam, network().parameters()):
        with pytest.raises(TypeError, match=r"rule must be a rule of descent\.RULES"):
            Optimizer(network().parameters(), wrong)


def test_sparse_and_complex_gradients():
    embedding = nn.Embedding(4, 2, sparse=True)
    embedding(torch.tensor([1])).sum().backward()
    with pytest.raises(RuntimeError, match=r"adam does not support sparse .* torch\.sparse_coo"):
        Optimizer(embedding.parameters(), RULES["adam"]).step()
    parameter = nn.Parameter(torch.ones(2, dtype=torch.complex64))
    parameter.grad = torch.ones_like(parameter)
    with pytest.raises(RuntimeError, match=r"sparse or complex .* torch\.complex64"):
        Optimizer([parameter], RULES["adam"]).step()


# ---- in another process

CHILD = Path(__file__).with_name("child.py")


def test_in_a_fresh_process(tmp_path, executor):
    """The child, always eager, also steps on fake CUDA tensors, where reading a value back is an error."""
    model = network()
    optimizer = ours(model.parameters(), "adam")
    train(model, optimizer, 3)
    loss_of(model, 3).backward()
    torch.save(
        {
            "model": values(model),
            "grad": [p.grad for p in model.parameters()],
            "optimizer": optimizer.state_dict(),
        },
        tmp_path / "before.pt",
    )
    result = subprocess.run(
        [sys.executable, CHILD, tmp_path], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    optimizer.step()
    after = torch.load(tmp_path / "after.pt", weights_only=True)  # by the eager executor
    assert_close(after, values(model), 0 if executor == "eager" else 1e-15)
