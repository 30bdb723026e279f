"""What moves into a row, what stays, what follows, and what a user may do to it between steps."""

import copy
import pickle
from collections import defaultdict

import pytest
import torch
from torch import nn

from descent.methods import RULES
from descent.pytorch import Optimizer, row
from descent.pytorch.row import Layout, dense, in_a_row, unlike


@pytest.fixture
def each_call_has_its_price(monkeypatch):
    """As on a GPU: small parameters are gathered."""
    monkeypatch.setattr(row, "stays", lambda parameter: False)


def compiled(params, **hyper):
    return Optimizer(params, RULES["adam"], lr=0.1, executor="compile", **hyper)


class Run:
    """Five parameters in two groups, the last with gaps in its memory, and the gradients to come."""

    def __init__(self, executor):
        self.executor, self.draws = executor, torch.Generator().manual_seed(0)
        a, b, c, d = (nn.Parameter(self.draw(shape)) for shape in [(3,), (4, 3), (3,), (3,)])
        gaps = nn.Parameter(self.draw((6,))[::2])
        self.params = [a, b, c, d, gaps]
        groups = [{"params": [a, b, c]}, {"params": [d, gaps]}]
        self.optimizer = self.made(groups, "adamw", lr=0.05, weight_decay=0.1)
        self.step(3)

    def made(self, params, name, **hyper):
        return Optimizer(params, RULES[name], executor=self.executor, **hyper)

    def draw(self, shape):
        return torch.randn(shape, generator=self.draws, dtype=torch.float64)

    def step(self, times=1, **grads):
        """Steps with drawn gradients, but for those of the parameters that are named."""
        for _ in range(times):
            for name, p in zip("abcde", self.params, strict=False):
                p.grad = grads[name] if name in grads else self.draw(p.shape)
            self.optimizer.step()

    @property
    def state(self):
        return self.optimizer.state

    def results(self):
        """What there is after each of three more steps: parameters, t and memories."""
        found = []
        for _ in range(3):
            self.step()
            own = [self.state[p] for p in self.params]
            memories = [s[name] for s in own for name in self.optimizer.rule.state_names]
            found += [x.detach().clone() for x in (*self.params, *memories)]
            found += [torch.tensor(s["step"]) for s in own]
        saved = self.optimizer.state_dict()["state"]
        return found + [saved[key]["m"] for key in sorted(saved)]


EDITS = {}


def edit(function):
    EDITS[function.__name__] = function


def exchange(things, i, j):
    things[i], things[j] = things[j], things[i]


@edit
def states_swap(run, a, b, c, d, gaps):
    exchange(run.state, a, c)


@edit
def states_swap_between_groups(run, a, b, c, d, gaps):
    for pair in ((a, d), (c, gaps), (d, gaps)):
        exchange(run.state, *pair)


@edit
def tensors_swap(run, a, b, c, d, gaps):
    for p, q in ((a, c), (c, d)):
        run.state[p]["m"], run.state[q]["m"] = run.state[q]["m"], run.state[p]["m"]


@edit
def memories_swap(run, a, b, c, d, gaps):
    exchange(run.state[a], "m", "v")
    run.state[a]["v"].abs_()


@edit
def a_state_is_shared(run, a, b, c, d, gaps):
    run.state[c] = run.state[d] = run.state[gaps] = run.state[a]


@edit
def a_rest_shares_a_state_of_its_group(run, a, b, c, d, gaps):
    run.state[gaps] = run.state[d]


@edit
def a_tensor_is_shared(run, a, b, c, d, gaps):
    run.state[d]["v"] = run.state[c]["v"] = run.state[c]["m"] = run.state[a]["v"]


@edit
def all_is_forgotten_and_remembered(run, a, b, c, d, gaps):
    before, run.optimizer.state = run.state, defaultdict(dict)
    run.step(2)
    run.optimizer.state = before


@edit
def one_is_forgotten_and_remembered(run, a, b, c, d, gaps):
    before = run.state.pop(a)
    run.step(2)
    run.state[a] = before


@edit
def a_memory_is_replaced_and_put_back(run, a, b, c, d, gaps):
    before, run.state[a]["m"] = run.state[a]["m"], torch.zeros_like(a)
    run.step(2)
    run.state[a]["m"] = before


@edit
def an_empty_state_is_asked_for(run, a, b, c, d, gaps):
    run.state.pop(a)
    assert not run.state[a]
    run.step(a=None)


@edit
def memories_get_other_memory(run, a, b, c, d, gaps):
    for kept in run.state.values():  # as many do who move an optimiser to another device
        for name in ("m", "v"):
            kept[name].data = 0.5 * kept[name].data


@edit
def memories_go_to_shared_memory(run, a, b, c, d, gaps):
    for kept in run.state.values():
        kept["m"].share_memory_()


@edit
def memories_change_in_place(run, a, b, c, d, gaps):
    run.state[a]["m"].mul_(0.5)
    run.state[b].update(step=50)


@edit
def memories_come_in_another_form(run, a, b, c, d, gaps):
    run.state[a]["m"] = run.state[a]["m"].to(torch.bfloat16)
    run.state[b]["v"] = run.draw((3, 4)).T.abs()


@edit
def a_state_is_given_before_the_first_gradient(run, a, b, c, d, gaps):
    new = nn.Parameter(run.draw((3,)))
    run.params.append(new)
    run.optimizer.add_param_group({"params": [new]})
    run.step(e=None)
    new.grad = None
    run.state[new] = dict(run.state[a])


@edit
def a_state_goes_to_one_that_has_none(run, a, b, c, d, gaps):
    new = nn.Parameter(run.draw((3,)))
    run.params.append(new)
    run.optimizer.param_groups[0]["params"].append(new)
    run.step(e=None)
    new.grad = None
    run.optimizer.step()
    run.state[new] = run.state.pop(c)


@edit
def data_is_new(run, a, b, c, d, gaps):
    a.data, b.data = run.draw((3,)), run.draw((3, 4)).T


@edit
def data_is_fewer_rows_of_the_same(run, a, b, c, d, gaps):
    b.data = b.data[:2]
    run.state[b].update({name: run.state[b][name][:2] for name in ("m", "v")})


@edit
def data_swaps(run, a, b, c, d, gaps):
    a.data, d.data = d.data, a.data


@edit
def data_gets_gaps_and_gaps_close(run, a, b, c, d, gaps):
    a.data, gaps.data = run.draw((6,))[::2], run.draw((3,))


@edit
def data_goes_to_shared_memory(run, a, b, c, d, gaps):
    a.data.share_memory_()


@edit
def a_model_is_cast_and_cast_back(run, a, b, c, d, gaps):
    for dtype in (torch.float32, torch.float64):
        for p in run.params:
            p.data = p.data.to(dtype)


@edit
def requires_grad_changes(run, a, b, c, d, gaps):
    for wanted in (False, True, False):
        a.requires_grad_(wanted)
        run.step(2)


@edit
def gradients_come_and_go(run, a, b, c, d, gaps):
    for none in (True, False, True):
        run.optimizer.zero_grad(set_to_none=none)
        run.optimizer.step()
        run.step(a=None)


@edit
def gradients_in_other_forms(run, a, b, c, d, gaps):
    shared = run.draw((3,))
    run.step(a=shared, b=run.draw((3, 4)).T, c=shared, d=shared[:1].expand(3))
    run.step(a=a.detach(), b=b.detach().clone(), c=run.state[c]["m"])


@edit
def a_group_is_added_and_one_removed(run, a, b, c, d, gaps):
    new = [nn.Parameter(run.draw((3,))) for _ in range(2)]
    run.optimizer.add_param_group({"params": new, "lr": 0.2})
    run.params += new
    run.step(2)
    del run.optimizer.param_groups[1], run.state[d], run.state[gaps]
    run.params = [a, b, c, *new]


@edit
def parameters_change_places(run, a, b, c, d, gaps):
    first, second = (group["params"] for group in run.optimizer.param_groups)
    second.append(first.pop(0))
    first.reverse()


@edit
def another_parameter_takes_over(run, a, b, c, d, gaps):
    new = nn.Parameter(a.detach().clone())
    run.state[new] = run.state.pop(a)
    run.params[0] = run.optimizer.param_groups[0]["params"][0] = new


@edit
def lr_is_a_tensor(run, a, b, c, d, gaps):
    lr = run.optimizer.param_groups[0]["lr"] = torch.tensor(0.07, dtype=torch.float64)
    run.step()
    lr.fill_(0.01)


@edit
def two_optimizers_share_parameters(run, a, b, c, d, gaps):
    other = run.made([d, a], "momentum", lr=0.02)
    for _ in range(3):
        run.step()
        other.step()


@edit
def copies_go_on(run, a, b, c, d, gaps):
    for copied in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        both = copied((run.params, run.optimizer))
        run.step(2)
        run.params, run.optimizer = both


@edit
def an_earlier_state_is_loaded(run, a, b, c, d, gaps):
    before = run.optimizer.state_dict()
    run.step(2)
    run.optimizer.load_state_dict(before)


@edit
def a_hook_loads_an_earlier_state(run, a, b, c, d, gaps):
    before = run.optimizer.state_dict()
    hook = run.optimizer.register_step_pre_hook(lambda o, *_: o.load_state_dict(before))
    run.step(2)
    hook.remove()


@edit
def a_closure_changes_states(run, a, b, c, d, gaps):
    def closure():
        exchange(run.state, a, d)
        del run.state[b]

    run.optimizer.step(closure)


@pytest.mark.parametrize("in_rows", [False, True])
@pytest.mark.parametrize("change", EDITS.values(), ids=EDITS)
@pytest.mark.filterwarnings("error:.* runs eagerly")
def test_what_is_done_between_steps_means_what_it_means_to_the_eager_executor(
    change, in_rows, monkeypatch
):
    if in_rows:
        monkeypatch.setattr(row, "stays", lambda parameter: False)
    results = []
    for executor in ("compile", "eager"):
        run = Run(executor)
        change(run, *run.params)
        results.append(run.results())
    for mine, expected in zip(*results, strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-12, atol=1e-12)


def test_nothing_is_laid_out_again_while_nothing_moves(monkeypatch):
    made = []
    counting = lambda *given: made.append(given) or Layout(*given)  # noqa: E731
    monkeypatch.setattr("descent.pytorch.optimizer.Layout", counting)
    run = Run("compile")
    a, b, *_ = run.params
    a.requires_grad_(False)
    run.step(a=None)
    run.state[b]["m"].zero_()
    run.optimizer.zero_grad()
    run.results()
    assert len(made) == len(run.optimizer.param_groups)


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
    rest = Layout(params, RULES["adam"], {}).rest
    assert [id(p) for p in rest] == [id(p) for p in params if second.start < 4]


@pytest.mark.parametrize(
    ("grad", "expected"),
    [
        (torch.ones(3), False),
        (torch.ones(6)[::2], False),
        (torch.ones(3).to_sparse(), True),
        (torch.ones(3, dtype=torch.float64), True),
        (torch.ones(3, device="meta"), True),
        (torch.ones(4), True),
    ],
)
def test_gradients_that_no_kernel_may_read(grad, expected):
    assert unlike(grad, torch.zeros(3)) == expected


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
