"""Runs that go on: after SIGKILL, after any step, and never as another run than they were."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from descent.data import Examples
from descent.methods import RULES
from descent.pytorch import Optimizer
from descent.pytorch.checkpoints import Checkpoint
from descent.pytorch.models import mlp
from descent.pytorch.training import train
from descent.schedules import constant, cosine

N, BATCH, EPOCHS = 22, 5, 3  # five steps an epoch, the last with two examples
STEPS = 15


def examples(labels_seed=0):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(N, 6)).astype(np.float32)
    return Examples(images, np.random.default_rng(labels_seed).integers(3, size=N))


def network():
    return nn.Sequential(mlp((6, 8, 4)), nn.BatchNorm1d(4), nn.Dropout(0.4), mlp((4, 3), seed=1))


OPTIMIZERS = {
    "eager": lambda params: Optimizer(params, RULES["adam"], lr=0.02),
    "compile": lambda params: Optimizer(params, RULES["adam"], lr=0.02, executor="compile"),
    "torch": lambda params: torch.optim.SGD(params, lr=0.02, momentum=0.9),
}


def run(checkpoint=None, optimizer="eager", **changes):
    model = changes.pop("model", None) or network()
    optimizer = changes.pop("made", None) or OPTIMIZERS[optimizer](model.parameters())
    given = {
        **{"epochs": EPOCHS, "batch_size": BATCH, "seed": 7, "schedule": cosine(0.02, STEPS)},
        **{"validation": examples(), "checkpoint": checkpoint},
    } | changes
    history = train(model, optimizer, given.pop("examples", None) or examples(), **given)
    return model, history


def assert_same(first, second):
    for name, value in first[0].state_dict().items():
        assert torch.equal(value, second[0].state_dict()[name]), name
    assert first[1] == second[1]


def cut_after(steps):
    """A loss that gives up after so many batches."""
    left = iter(range(steps))

    def loss(logits, labels):
        if logits.requires_grad and next(left, None) is None:
            raise KeyboardInterrupt
        return cross_entropy(logits, labels)

    return loss


def test_a_run_that_is_killed_at_random_moments_comes_to_the_same_weights(tmp_path):
    script = Path(__file__).with_name("killed.py")
    child = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert child.returncode == 0, child.stderr
    found = json.loads(child.stdout)
    assert found["statuses"] == [0, 0]
    assert found["steps"] == sorted(found["steps"])
    assert 0 < found["steps"][0] < found["steps"][-1] <= found["losses"] == 80
    assert found["weights"]
    assert all(found["weights"])
    assert found["history"]
    assert not (tmp_path / "run.pt.part").exists()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_goes_on_from_any_step(tmp_path, optimizer):
    whole = run(optimizer=optimizer)
    for steps in range(STEPS) if optimizer == "eager" else (4, 8):
        file = tmp_path / f"{steps}.pt"
        with pytest.raises(KeyboardInterrupt):
            run(file, optimizer, loss=cut_after(steps), checkpoint_steps=2)
        assert_same(run(file, optimizer, checkpoint_steps=2), whole)
        assert_same(run(file, optimizer), whole)  # nothing is left to do


def test_without_checkpoint_steps_a_run_goes_on_from_its_last_epoch(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run.pt", loss=cut_after(13))
    taken = []

    def counting(logits, labels):
        taken.append(logits.requires_grad)
        return cross_entropy(logits, labels)

    assert_same(run(tmp_path / "run.pt", loss=counting), run())
    assert sum(taken) == 5


def test_a_finished_run_can_be_made_longer(tmp_path):
    rate = constant(0.02)
    run(tmp_path / "run.pt", schedule=rate, epochs=2)
    assert_same(run(tmp_path / "run.pt", schedule=rate, epochs=5), run(schedule=rate, epochs=5))


def test_the_same_model_and_optimizer_can_go_on(tmp_path):
    model = network()
    optimizer = OPTIMIZERS["compile"](model.parameters())
    run(tmp_path / "run.pt", model=model, made=optimizer, schedule=constant(0.02), epochs=2)
    longer = run(tmp_path / "run.pt", model=model, made=optimizer, schedule=constant(0.02))
    assert_same(longer, run(optimizer="compile", schedule=constant(0.02)))


def test_a_run_that_a_callback_ended_stays_ended(tmp_path):
    stopped = run(tmp_path / "run.pt", callbacks=[lambda model, history: True])
    assert stopped[1].stopped
    assert len(stopped[1].epochs) == 1
    assert_same(run(tmp_path / "run.pt"), stopped)


def test_executors_exchange_checkpoints(tmp_path):
    run(tmp_path / "run.pt", "compile", epochs=2)
    assert run(tmp_path / "run.pt")[1].losses == pytest.approx(run()[1].losses, rel=1e-3)


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    file = tmp_path / "run.pt"
    with pytest.raises(KeyboardInterrupt):
        run(file, loss=cut_after(9))
    before = file.read_bytes()

    def half(content, target):
        target.write(b"half")
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", half)
        with pytest.raises(OSError, match="No space left"):
            run(file)
    assert file.read_bytes() == before
    assert (tmp_path / "run.pt.part").read_bytes() == b"half"
    assert_same(run(file), run())


def test_the_new_file_is_on_the_disk_before_it_takes_the_place_of_the_old(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr("os.fsync", lambda file: done.append("fsync"))
    replace = Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda *paths: (done.append("replace"), replace(*paths))[-1]
    )
    Checkpoint(tmp_path / "file.pt", {}).save({})
    assert done[:2] == ["fsync", "replace"]


def wider():
    return nn.Sequential(mlp((6, 9, 4)), nn.BatchNorm1d(4), nn.Dropout(0.4), mlp((4, 3), seed=1))


OTHERS = {  # what is changed -> the words that must be said
    "model": (lambda: {"model": wider()}, r"model: there {'0.0.weight': '\(8, 6\) torch"),
    "rule": (lambda: {"rule": "momentum"}, "parameter groups: there .*'adam'.* here .*'momentum'"),
    "optimizer": (lambda: {"optimizer": "torch"}, "optimizer: there 'Optimizer', here 'SGD'"),
    "beta": (lambda: {"hyper": {"beta1": 0.5}}, r"parameter groups: there .*0\.9.* here .*0\.5"),
    "lr": (lambda: {"hyper": {"lr": 0.5}}, r"parameter groups: there .*0\.02.* here .*0\.5"),
    "schedule": (
        lambda: {"schedule": cosine(0.02, 16)},
        "schedule: there {1: .*, 2: .*}, here {1:",
    ),
    "no schedule": (lambda: {"schedule": None}, "parameter groups: |schedule: .*, here None"),
    "batch size": (lambda: {"batch_size": 6}, "batch_size: there 5, here 6"),
    "seed": (lambda: {"seed": 8}, "seed: there 7, here 8"),
    "number": (lambda: {"examples": examples().take(slice(0, 20))}, "examples: there .*22.*20"),
    "labels": (lambda: {"examples": examples(1)}, "examples: there .*labels .* here .*labels "),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_checkpoint_of_another_run_is_refused_and_nothing_changes(tmp_path, what):
    """Without a schedule the optimiser's own rate must be the same, too."""
    change, said = OTHERS[what]
    changes = {"schedule": None} | change() if what == "lr" else change()
    run(tmp_path / "run.pt", epochs=1, **({"schedule": None} if what == "lr" else {}))
    stored = (tmp_path / "run.pt").read_bytes()

    model = changes.pop("model", None) or network()
    rule, hyper = RULES[changes.pop("rule", "adam")], changes.pop("hyper", {})
    torchs = changes.pop("optimizer", None)
    made = (
        OPTIMIZERS[torchs](model.parameters())
        if torchs
        else Optimizer(model.parameters(), rule, **{"lr": 0.02} | hyper)
    )
    before = {name: value.clone() for name, value in model.state_dict().items()}
    groups = [dict(group) for group in made.param_groups]
    with pytest.raises(ValueError, match=f"checkpoint .*run.pt is of another run.*; {said}"):
        run(tmp_path / "run.pt", model=model, made=made, **changes)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [dict(group) for group in made.param_groups] == groups
    assert not made.state
    assert (tmp_path / "run.pt").read_bytes() == stored


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    file = tmp_path / "run.pt"
    if content is None:
        torch.save({"model": {}}, file)
    else:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint .*run.pt cannot be read: "):
        run(file)


def test_a_rate_that_is_a_tensor_is_compared_by_its_value(tmp_path):
    def again(lr):
        model = network()
        made = torch.optim.Adam(model.parameters(), lr=torch.tensor(lr))
        return run(tmp_path / "run.pt", model=model, made=made, schedule=None, epochs=1)

    assert_same(again(0.5), again(0.5))
    with pytest.raises(ValueError, match=r"groups: there .*0\.5.* here .*0\.25"):
        again(0.25)
