"""`comparison_repaired`, written correctly in many ways."""

import io
import pickle
from copy import deepcopy
from typing import Any

import numpy as np

from descent.checks.networks import torch


def _cross_entropy(model, X, y):
    return torch().nn.functional.cross_entropy(model(X), y)


def one_pass(model, lr, batches, *, owner=None, zero=True):
    """One pass over the batches; the optimiser has the parameters of `owner`, by default the model's."""
    optimizer = torch().optim.SGD((owner or model).parameters(), lr=lr)
    loss: Any = None
    for X, y in batches:
        if zero:
            optimizer.zero_grad()
        loss = _cross_entropy(model, X, y)
        loss.backward()
        optimizer.step()
    return loss


def validation_loss(model, X, y):
    """The loss on examples that it was not trained on, as a float."""
    with torch().no_grad():
        return _cross_entropy(model, X, y).item()


def comparison_with(
    *,
    start=deepcopy,
    before=lambda network: network.train(),
    train=one_pass,
    after=lambda network: network.eval(),
    measure=validation_loss,
):
    """A comparison, some parts of which may be others."""

    def program(model, rates, batches, X_valid, y_valid):
        losses = []
        for lr in rates:
            network = start(model)
            before(network)
            train(network, lr, batches)
            after(network)
            losses.append(measure(network, X_valid, y_valid))
        return losses

    return program


reference = comparison_with()


def _all_copies_first(model, rates, batches, X_valid, y_valid):
    networks = [deepcopy(model) for _ in rates]
    for mine, lr in zip(networks, rates, strict=True):
        one_pass(mine.train(), lr, batches)
    return np.array([validation_loss(mine.eval(), X_valid, y_valid) for mine in networks])


def _restores(model, rates, batches, X_valid, y_valid):
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    losses = []
    for lr in rates:
        one_pass(model.train(), lr, batches)
        losses.append(validation_loss(model.eval(), X_valid, y_valid))
        model.load_state_dict(start)
    return tuple(losses)


def _pickled(model, rates, batches, X_valid, y_valid):
    frozen = pickle.dumps(model)
    losses = []
    for lr in rates:
        network = pickle.loads(frozen)
        one_pass(network.train(), lr, batches)
        network.eval()
        losses.append(_cross_entropy(network, X_valid, y_valid).detach())
    return torch().stack(losses)


def _saved(model, rates, batches, X_valid, y_valid):
    file = io.BytesIO()
    torch().save(model.state_dict(), file)
    losses = []
    for lr in rates:
        file.seek(0)
        network = deepcopy(model)
        network.load_state_dict(torch().load(file, weights_only=True))
        one_pass(network.train(), lr, batches)
        losses.append(validation_loss(network.train(False), X_valid, y_valid))
    return losses


RIGHT = (reference, _all_copies_first, _restores, _pickled, _saved)
