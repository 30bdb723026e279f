import copy

import pytest
import torch
from torch import nn

from descent.pytorch.hooks import gradient_norms, watch


def network(activation=nn.ReLU):
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Linear(6, 5), activation())
    return nn.Sequential(nn.Linear(4, 6), activation(), inner, nn.Dropout(0.5), nn.Linear(5, 3))


def batch():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(20, 4, generator=generator), torch.arange(20) % 3


def step(model):
    x, y = batch()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    return loss


def test_it_sees_the_signal_and_the_gradient_of_every_layer():
    model = network().eval()
    with watch(model) as passes:
        step(model)
    assert [entry.name for entry in passes] == ["0", "1", "2.0", "2.1", "3", "4"]
    assert [entry.kind for entry in passes][:2] == ["Linear", "ReLU"]

    x, y = batch()  # by hand, each layer's output kept with its gradient
    outputs = [x]
    for layer in [model[0], model[1], model[2][0], model[2][1], model[3], model[4]]:
        outputs.append(layer(outputs[-1]))
        outputs[-1].retain_grad()
    nn.functional.cross_entropy(outputs[-1], y).backward()
    for entry, output in zip(passes, outputs[1:], strict=True):
        for seen, tensor in [(entry.signal, output.detach()), (entry.gradient, output.grad)]:
            assert seen.mean == pytest.approx(float(tensor.mean()), rel=1e-5, abs=1e-9)
            assert seen.sd == pytest.approx(float(tensor.std(correction=0)), rel=1e-5)
            assert seen.rms == pytest.approx(float((tensor**2).mean()) ** 0.5, rel=1e-5)
            assert seen.zeros == pytest.approx(float((tensor == 0).double().mean()), rel=1e-5)
    assert passes[1].signal.zeros > 0.2
    assert passes[0].signal.zeros == 0


def test_watching_changes_nothing():
    watched = network()
    alone = copy.deepcopy(watched)
    torch.manual_seed(3)
    expected = step(alone)
    torch.manual_seed(3)
    with watch(watched) as passes:
        assert torch.equal(step(watched), expected)
    for ours, theirs in zip(watched.parameters(), alone.parameters(), strict=True):
        assert torch.equal(ours.grad, theirs.grad)
    assert watched.training
    count = len(passes)
    step(watched)
    assert len(passes) == count  # the hooks are gone


def test_the_hooks_go_when_the_block_fails():
    model = network()
    with pytest.raises(KeyError), watch(model) as passes:
        raise KeyError
    step(model)
    assert passes == []


def test_a_layer_in_place_is_seen_as_it_is():
    kept, replaced = network(), network(lambda: nn.ReLU(inplace=True))
    kept.eval(), replaced.eval()
    with watch(kept) as expected:
        step(kept)
    with watch(replaced) as passes:
        step(replaced)
    assert passes == expected  # the gradient before the ReLU too, though its tensor was overwritten


def test_without_a_backward_pass_there_is_no_gradient():
    model = network()
    with watch(model) as passes, torch.no_grad():
        model(batch()[0])
    assert len(passes) == 6
    assert all(entry.gradient is None for entry in passes)


def test_a_layer_called_twice_is_there_twice():
    layer = nn.Linear(4, 4)
    model = nn.Sequential(layer, nn.Tanh(), layer)
    with watch(model) as passes:
        model(batch()[0]).sum().backward()
    assert [entry.kind for entry in passes] == ["Linear", "Tanh", "Linear"]
    assert passes[0].gradient != passes[2].gradient


def test_half_precision_neither_overflows_nor_vanishes():
    model = nn.Sequential(nn.Identity())
    with watch(model) as passes:
        model(torch.full((4,), 3e4, dtype=torch.float16))
        model(torch.full((4,), 1e-5, dtype=torch.float16))
    assert [entry.signal.rms for entry in passes] == pytest.approx([3e4, 1e-5], rel=1e-2)


def test_gradient_norms_are_those_of_the_parameters():
    model = network()
    assert gradient_norms(model) == {}
    step(model)
    model[0].bias.grad = None
    norms = gradient_norms(model)
    assert list(norms) == ["0.weight", "2.0.weight", "2.0.bias", "4.weight", "4.bias"]
    for name, parameter in model.named_parameters():
        if name in norms:
            assert norms[name] == pytest.approx(float((parameter.grad**2).sum()) ** 0.5, rel=1e-5)


def test_what_is_no_module_is_named():
    with (
        pytest.raises(TypeError, match=r"model must be a torch\.nn\.Module, got function"),
        watch(step),
    ):
        pass
