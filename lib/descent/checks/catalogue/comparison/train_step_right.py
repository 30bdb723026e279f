"""`train_step`, written correctly in many ways."""

import numpy as np

from descent.checks.networks import torch


def cross_entropy(logits, y, **options):
    """The mean of -ln p of the right class, by torch."""
    return torch().nn.functional.cross_entropy(logits, y, **options)


def step_with(
    *,
    mode=lambda model: model.train(),
    zero=lambda model, optimizer: optimizer.zero_grad(),
    loss=lambda model, X, y: cross_entropy(model(X), y),
    backward=lambda loss: loss.backward(),
    step=lambda model, optimizer: optimizer.step(),
    result=lambda loss, model, X, y: loss.item(),
):
    """A training step, some parts of which may be others."""

    def program(model, optimizer, X, y):
        mode(model)
        zero(model, optimizer)
        value = loss(model, X, y)
        backward(value)
        step(model, optimizer)
        return result(value, model, X, y)

    return program


reference = step_with()


def _log_likelihood(model, optimizer, X, y):
    model.train()
    log_p = torch().log_softmax(model(X), dim=1)
    loss = -log_p[torch().arange(len(y)), y].mean()
    model.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return loss.detach()


def _gradients_assigned(model, optimizer, X, y):
    model.train(True)
    loss = torch().nn.CrossEntropyLoss()(model(X), y)
    parameters = list(model.parameters())
    for parameter, gradient in zip(
        parameters, torch().autograd.grad(loss, parameters), strict=True
    ):
        parameter.grad = gradient
    optimizer.step()
    return float(loss)


def _with_closure(model, optimizer, X, y):
    def closure():
        optimizer.zero_grad()
        loss = cross_entropy(model(X), y)
        loss.backward()
        return loss

    model.train()
    return optimizer.step(closure)


def _by_hand(model, optimizer, X, y):
    for module in model.modules():
        module.training = True
    for parameter in model.parameters():
        parameter.grad = None
    logits = model(X)
    right = logits.gather(1, y[:, None]).squeeze(1)
    loss = torch().mean(torch().logsumexp(logits, dim=1) - right)
    torch().autograd.backward(loss)
    optimizer.step()
    optimizer.zero_grad()
    return np.float64(loss.item())


def _zeroed_late(model, optimizer, X, y):
    model.train()
    loss = cross_entropy(model(X), y, reduction="sum") / len(X)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


RIGHT = (
    reference,
    _log_likelihood,
    _gradients_assigned,
    _with_closure,
    _by_hand,
    _zeroed_late,
)
