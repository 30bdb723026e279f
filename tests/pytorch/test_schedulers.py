"""Schedules at work on torch's optimisers and on the book's."""

import io

import pytest
import torch

from descent.methods import RULES
from descent.pytorch import Optimizer, Scheduler
from descent.schedules import constant, cosine, one_cycle, one_cycle_momentum, step_decay, warmup

SCHEDULE = warmup(3, cosine(0.5, 6, 0.01))
OPTIMIZERS = {
    "torch": lambda params: torch.optim.SGD(params, lr=9.0),
    "book": lambda params: Optimizer(params, RULES["gradient_descent"], lr=9.0),
}


def descend(optimizer, theta, scheduler, steps):
    for _ in range(steps):
        theta.grad = torch.ones_like(theta)
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_step_k_is_taken_with_the_rate_of_step_k(name):
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = OPTIMIZERS[name]([theta])
    scheduler = Scheduler(optimizer, SCHEDULE)
    walked = 0.0
    for k in range(15):
        assert scheduler.get_last_lr() == [SCHEDULE(k)] == [optimizer.param_groups[0]["lr"]]
        descend(optimizer, theta, scheduler, 1)
        walked += SCHEDULE(k)
        assert theta.tolist() == pytest.approx([-walked] * 2, rel=1e-14)


def test_the_momentum_cycles_too():
    theta = torch.zeros(1, requires_grad=True)
    rate, beta = one_cycle(0.5, 9), one_cycle_momentum(9)
    ours = Optimizer([theta], RULES["momentum"], lr=1.0)
    theirs = torch.optim.SGD([theta], lr=1.0, momentum=0.5)
    schedulers = Scheduler(ours, rate, beta=beta), Scheduler(theirs, rate, momentum=beta)
    for k in range(12):
        assert ours.param_groups[0]["beta"] == theirs.param_groups[0]["momentum"] == beta(k)
        assert ours.param_groups[0]["lr"] == theirs.param_groups[0]["lr"] == rate(k)
        for optimizer, scheduler in zip((ours, theirs), schedulers, strict=True):
            descend(optimizer, theta, scheduler, 1)


def test_each_group_may_have_its_own():
    groups = [{"params": [torch.zeros(1, requires_grad=True)]} for _ in range(2)]
    optimizer = Optimizer(groups, RULES["momentum"], lr=1.0)
    scheduler = Scheduler(
        optimizer, [constant(0.1), step_decay(0.2, 2, 0.5)], beta=[lambda k: 0.5, lambda k: 0.1 * k]
    )
    for _ in range(2):
        optimizer.step()
        scheduler.step()
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.1]
    assert [group["beta"] for group in optimizer.param_groups] == [0.5, 0.2]


def test_one_schedule_serves_a_group_that_came_later():
    optimizer = OPTIMIZERS["book"]([torch.zeros(1, requires_grad=True)])
    scheduler = Scheduler(optimizer, SCHEDULE)
    optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)]})
    optimizer.step()
    scheduler.step()
    assert [group["lr"] for group in optimizer.param_groups] == [SCHEDULE(1)] * 2


def test_a_stored_run_goes_on_with_its_rates():
    def start():
        theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        optimizer = Optimizer([theta], RULES["momentum"], lr=1.0)
        return theta, optimizer, Scheduler(optimizer, SCHEDULE, beta=one_cycle_momentum(9))

    whole = start()
    descend(whole[1], whole[0], whole[2], 11)

    theta, optimizer, scheduler = start()
    descend(optimizer, theta, scheduler, 5)
    file = io.BytesIO()
    torch.save([theta.detach(), optimizer.state_dict(), scheduler.state_dict()], file)
    file.seek(0)
    stored = torch.load(file, weights_only=True)

    theta, optimizer, scheduler = start()
    theta.data.copy_(stored[0])
    optimizer.load_state_dict(stored[1])
    scheduler.load_state_dict(stored[2])
    descend(optimizer, theta, scheduler, 6)
    assert torch.equal(theta, whole[0])
    assert scheduler.get_last_lr() == whole[2].get_last_lr()


def test_a_rate_that_is_a_tensor_stays_one():
    theta = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.Adam([theta], lr=torch.tensor(1.0))
    rate = optimizer.param_groups[0]["lr"]
    scheduler = Scheduler(optimizer, SCHEDULE)
    descend(optimizer, theta, scheduler, 2)
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == pytest.approx(SCHEDULE(2))


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"lr": 0.1}, TypeError, "lr must be a schedule"),
        ({"lr": [0.1]}, TypeError, r"lr\[0\] must be a schedule"),
        ({"lr": [SCHEDULE, SCHEDULE]}, ValueError, "one schedule for each of 1 groups, got 2"),
        ({"lr": SCHEDULE, "betta": SCHEDULE}, ValueError, "'betta' .did you mean 'beta'"),
    ],
)
def test_bad_input_is_named(arguments, error, said):
    optimizer = Optimizer([torch.zeros(1, requires_grad=True)], RULES["momentum"], lr=1.0)
    with pytest.raises(error, match=said):
        Scheduler(optimizer, **arguments)
    assert optimizer.param_groups[0]["lr"] == 1.0
