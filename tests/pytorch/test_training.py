"""The loop against a loop written out, its measurements, and what it does to devices and generators."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from descent.batches import epochs as epochs_of_batches
from descent.data import Examples, digits
from descent.methods import RULES
from descent.pytorch import Optimizer
from descent.pytorch.models import mlp
from descent.pytorch.training import accuracy, evaluate, train
from descent.schedules import cosine, warmup

N = 90


def examples(start=0, n=N):
    images, labels = digits()
    return Examples(images.astype(np.float32), labels).take(slice(start, start + n))


def network(seed=0, p=0.2):
    first, second = mlp((64, 24, 12), seed=seed), mlp((12, 10), seed=seed)
    return nn.Sequential(first, nn.BatchNorm1d(12), nn.Dropout(p), second)


OPTIMIZERS = {
    "eager": lambda params: Optimizer(params, RULES["adam"], lr=0.01),
    "look-ahead": lambda params: Optimizer(params, RULES["nesterov_lookahead"], lr=0.01),
    "torch": lambda params: torch.optim.Adam(params, lr=0.01),
}


def run(optimizer="eager", model=None, **changes):
    model = model or network()
    given = {"epochs": 3, "batch_size": 16, "seed": 4} | changes
    made = OPTIMIZERS[optimizer](model.parameters())
    return model, train(model, made, given.pop("examples", None) or examples(), **given)


def assert_same(first, second):
    for p, q in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(p, q)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_loop_does_what_a_loop_written_out_does(optimizer):
    model, history = run(optimizer, schedule=warmup(4, cosine(0.02, 14)))

    plain, losses, rates, step = network(), [], [], 0
    made = OPTIMIZERS[optimizer](plain.parameters())
    images, labels = map(torch.as_tensor, examples())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        for epoch in epochs_of_batches(N, 16, seed=4, number=3):
            for batch in epoch:
                made.param_groups[0]["lr"] = warmup(4, cosine(0.02, 14))(step)
                rates.append(made.param_groups[0]["lr"])

                def closure(batch=batch):
                    made.zero_grad()
                    loss = cross_entropy(plain(images[batch]), labels[batch])
                    loss.backward()
                    return loss

                losses.append(made.step(closure).item())
                step += 1
    assert_same(model, plain)
    assert history.losses == losses
    assert [epoch["step"] for epoch in history.epochs] == [6, 12, 18]
    assert [epoch["lr"] for epoch in history.epochs] == [rates[5], rates[11], rates[17]]
    sizes = [16] * 5 + [10]
    for index, epoch in enumerate(history.epochs):
        own = losses[6 * index : 6 * index + 6]
        assert epoch["loss"] == pytest.approx(np.dot(own, sizes) / N, rel=1e-14)


def test_a_model_learns():
    _, history = run(model=network(p=0), epochs=20, validation=examples(N, 200))
    assert history.epochs[-1]["loss"] < 0.05
    assert history.epochs[-1]["validation_accuracy"] > 0.8


def test_the_same_seed_gives_the_same_curve():
    first, same, other = run(), run(), run(seed=5)
    assert_same(first[0], same[0])
    assert first[1] == same[1]
    assert first[1].losses[0] != other[1].losses[0]


@pytest.mark.parametrize("p", [0.0, 0.5])
def test_only_dropout_needs_random_numbers_besides_the_batches(p, monkeypatch):
    first = run(model=network(p=p))[1].losses
    monkeypatch.setattr(torch, "manual_seed", lambda seed: None)
    torch.rand(3)
    assert (run(model=network(p=p))[1].losses == first) == (p == 0)


def test_generators_stand_where_they_stood_afterwards():
    torch.rand(3)
    before = torch.random.get_rng_state()
    run()
    assert torch.equal(torch.random.get_rng_state(), before)
    with pytest.raises(KeyboardInterrupt):
        run(callbacks=[lambda model, history: (_ for _ in ()).throw(KeyboardInterrupt)])
    assert torch.equal(torch.random.get_rng_state(), before)
    first = torch.rand(3)
    torch.random.set_rng_state(before)
    assert torch.equal(torch.rand(3), first)


def test_validation_is_measured_after_each_epoch_in_eval_mode():
    seen = []
    validation = examples(N, 50)

    def own(logits, labels):
        return (logits**2).mean()

    model, history = run(
        validation=validation,
        metrics={"accuracy": accuracy, "size": own},
        callbacks=[lambda model, history: seen.append(evaluate(model, validation))],
    )
    for epoch, found in zip(history.epochs, seen, strict=True):
        assert epoch["validation_loss"] == found["loss"]
        assert epoch["validation_accuracy"] == found["accuracy"]
    model.eval()
    with torch.no_grad():
        logits = model(torch.as_tensor(validation.images))
    assert history.epochs[-1]["validation_size"] == pytest.approx((logits**2).mean().item())
    assert_same(run()[0], model)  # and looking changes nothing


def test_evaluate_gives_the_means_over_all_examples():
    model = network().eval()
    images, labels = map(torch.as_tensor, examples())
    with torch.no_grad():
        logits = model(images)
    expected = {
        "loss": cross_entropy(logits, labels).item(),
        "accuracy": (logits.argmax(1) == labels).double().mean().item(),
    }
    for batch_size in (1, 7, 32, 90, 1000):
        assert evaluate(model, examples(), batch_size=batch_size) == pytest.approx(expected)


def test_evaluate_changes_nothing():
    model = network().train()
    model[1].eval()  # one that is frozen
    modes = [module.training for module in model.modules()]
    before = [value.clone() for value in model.state_dict().values()]
    state = torch.random.get_rng_state()
    evaluate(model, examples())
    with pytest.raises(ZeroDivisionError):
        evaluate(model, examples(), loss=lambda outputs, labels: 1 / 0)
    assert [module.training for module in model.modules()] == modes
    assert all(map(torch.equal, before, model.state_dict().values()))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(p.grad is None for p in model.parameters())


def test_accuracy_takes_the_last_axis():
    logits = torch.tensor([[[1.0, 2.0], [3.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
    assert accuracy(logits, torch.tensor([[1, 0], [1, 0]])).item() == 0.75


def test_numbers_can_be_fitted_too():
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    y = x @ torch.tensor([[1.0], [-2.0], [3.0]]) + 4
    model = mlp((3, 1))
    optimizer = Optimizer(model.parameters(), RULES["momentum"], lr=0.05)
    data = Examples(x, y)
    history = train(
        model,
        optimizer,
        data,
        epochs=100,
        loss=mse_loss,
        metrics={},
        validation=data,
        batch_size=20,
    )
    assert set(history.epochs[-1]) == {"step", "lr", "loss", "validation_loss"}
    assert model[0].weight.tolist()[0] == pytest.approx([1, -2, 3], abs=1e-4)
    assert model[0].bias.item() == pytest.approx(4, abs=1e-4)


def test_callbacks_see_every_epoch_and_may_end_the_run():
    seen = []

    def stop(model, history):
        return len(history.epochs) == 2

    def watch(model, history):
        seen.append((history.epochs[-1]["step"], model.training))

    _, history = run(epochs=5, callbacks=[stop, watch])
    assert seen == [(6, True), (12, True)]
    assert history.stopped
    assert len(history.epochs) == 2
    assert len(history.losses) == 12
    assert not run(callbacks=[watch])[1].stopped


def test_a_bar_is_shown_only_when_asked_for(capsys):
    run()
    assert capsys.readouterr() == ("", "")
    run(progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "18/18" in err
    assert "loss " in err


def test_an_optimizer_of_some_of_the_parameters_trains_those():
    model = network()
    before = model[3][0].weight.clone()
    train(model, Optimizer(model[0].parameters(), RULES["adam"]), examples(), epochs=1)
    assert torch.equal(model[3][0].weight, before)
    assert not torch.equal(model[0][0].weight, network()[0][0].weight)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"epochs": 0}, ValueError, "epochs must be at least 1, got 0"),
        ({"epochs": 1.5}, TypeError, "epochs must be a whole number"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"schedule": 0.1}, TypeError, "schedule must be a schedule, step -> lr"),
        ({"checkpoint_steps": 3}, ValueError, "checkpoint must name a file"),
        (
            {"checkpoint_steps": 0, "checkpoint": "x"},
            ValueError,
            "checkpoint_steps must be at least 1",
        ),
        ({"model": "mlp"}, TypeError, "model must be a torch.nn.Module, got str"),
        ({"optimizer": "adam"}, TypeError, "optimizer must be a torch.optim.Optimizer, got str"),
        ({"optimizer": OPTIMIZERS["eager"](network().parameters())}, ValueError, "another one"),
        (
            {"examples": Examples(np.zeros((3, 64), np.float32), np.zeros(2, int))},
            ValueError,
            "examples must be as many images as labels, and at least one, got 3 and 2",
        ),
        (
            {"examples": Examples(np.zeros((0, 64), np.float32), np.zeros(0, int))},
            ValueError,
            "at least one, got 0 and 0",
        ),
        (
            {"validation": Examples(np.zeros((2, 64)), np.zeros(2, int))},
            TypeError,
            r"validation.images must be torch.float32, as the model, got torch.float64",
        ),
    ],
)
def test_bad_arguments_are_named(changes, error, said):
    model = network()
    before = [value.clone() for value in model.state_dict().values()]
    given = {
        **{"model": model, "optimizer": OPTIMIZERS["eager"](model.parameters())},
        **{"examples": examples(), "epochs": 1},
    } | changes
    with pytest.raises(error, match=said):
        train(**given)
    assert all(map(torch.equal, before, model.state_dict().values()))


def test_the_host_waits_once_an_epoch(monkeypatch):
    """A meta tensor has no values: asking for one raises, apart from the one place that is counted."""
    asked = []
    monkeypatch.setattr(
        torch.Tensor, "tolist", lambda self: asked.append(self.device.type) or [0.0] * len(self)
    )
    model = network().to("meta")
    made = Optimizer(model.parameters(), RULES["adam"])
    data = Examples(*(part.to("meta") for part in examples().to("cpu")))
    history = train(
        model, made, data, epochs=3, batch_size=16, schedule=cosine(0.1, 18), metrics={}
    )
    assert asked == ["meta"] * 3
    assert len(history.losses) == 18
    assert {p.device.type for p in model.parameters()} == {"meta"}
    assert made.state[model[0][0].weight]["step"] == 18


def test_evaluation_stays_on_a_cuda_device(tmp_path):
    """In a process of its own: fake CUDA tensors raise where devices mix."""
    script = Path(__file__).with_name("fake_cuda.py")
    child = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    assert child.stdout.split() == ["waits:", "1"]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_sees_the_same_batches():
    before = torch.cuda.get_rng_state()
    losses = [
        run(model=network(p=0).to(device), validation=examples())[1].losses
        for device in ("cpu", "cuda")
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert torch.equal(torch.cuda.get_rng_state(), before)
