"""What moves into a row, what stays, and what follows."""

import copy

import pytest
import torch
from torch import nn

from descent.methods import RULES
from descent.pytorch import Optimizer, row
from descent.pytorch.row import Layout, dense, in_a_row


@pytest.fixture
def each_call_has_its_price(monkeypatch):
    """As on a GPU: small parameters are gathered."""
    monkeypatch.setattr(row, "stays", lambda parameter: False)


def compiled(params, **hyper):
    return Optimizer(params, RULES["adam"], lr=0.1, executor="compile", **hyper)


def with_gradients(*params):
    for p in params:
        p.grad = torch.full_like(p, 0.5)
    return list(params)


def test_on_a_cpu_all_stay():
    params = with_gradients(*(nn.Parameter(torch.zeros(n)) for n in (3, 4)))
    addresses = [p.data_ptr() for p in params]
    compiled(params).step()
    assert [p.data_ptr() for p in params] == addresses


@pytest.mark.usefixtures("each_call_has_its_price")
def test_several_move_together_and_one_stays():
    several = with_gradients(*(nn.Parameter(torch.zeros(n)) for n in (3, 4)))
    alone = with_gradients(nn.Parameter(torch.zeros(5)))
    address = alone[0].data_ptr()
    compiled(several).step()
    compiled(alone).step()
    assert in_a_row(several)
    assert alone[0].data_ptr() == address


@pytest.mark.usefixtures("each_call_has_its_price")
def test_what_lies_in_a_row_already_is_not_moved_again():
    params = with_gradients(*(nn.Parameter(torch.zeros(n)) for n in (3, 4)))
    compiled(params).step()
    addresses = [p.data_ptr() for p in params]
    compiled(params).step()
    assert [p.data_ptr() for p in params] == addresses


@pytest.mark.usefixtures("each_call_has_its_price")
def test_a_part_of_a_larger_tensor_stays_in_it():
    base = torch.zeros(6)
    params = with_gradients(nn.Parameter(base[:2]), nn.Parameter(torch.zeros(3)))
    compiled(params).step()
    assert (base[:2] < -0.05).all()
    assert (base[2:] == 0).all()


@pytest.mark.parametrize("first", ["eager", "compile"])
def test_executors_exchange_their_state_dicts(first):
    second = {"eager": "compile", "compile": "eager"}[first]
    params = with_gradients(*(nn.Parameter(torch.zeros(n)) for n in (3, 4)))
    twins = with_gradients(*copy.deepcopy(params))
    one = Optimizer(params, RULES["adam"], lr=0.1, executor=first)
    one.step()
    for p, q in zip(params, twins, strict=True):
        q.data.copy_(p)
    other = Optimizer(twins, RULES["adam"], lr=0.1, executor=second)
    other.load_state_dict(one.state_dict())
    one.step()
    other.step()
    for p, q in zip(params, twins, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-6, atol=1e-7)
        assert one.state[p]["step"] == other.state[q]["step"] == 2


@pytest.mark.parametrize("second", [slice(0, 4), slice(2, 6), slice(4, 8)])
def test_what_shares_memory_is_left_to_the_eager_executor(second):
    base = torch.zeros(9)
    params = [nn.Parameter(base[:4]), nn.Parameter(base[second])]
    rest = Layout(params, RULES["adam"]).rest
    assert [id(p) for p in rest] == [id(p) for p in params if second.start < 4]


def test_dense_in_any_memory_format():
    assert dense(torch.zeros(2, 3))
    assert dense(torch.zeros(2, 3).T)
    assert dense(torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last))
    assert not dense(torch.zeros(2, 4)[:, :3])
    assert not dense(torch.zeros(3, 1).expand(3, 2))
    assert not dense(torch.zeros(0))


def test_an_unknown_executor():
    with pytest.raises(ValueError, match=r"unknown executor 'compiled'.*did you mean 'compile'"):
        Optimizer([nn.Parameter(torch.zeros(1))], RULES["adam"], executor="compiled")
