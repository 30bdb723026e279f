"""`comparison_repaired`: learning rates compared from one start, with one network for all of them to repair."""

import io
import pickle
from copy import copy, deepcopy
from typing import Any

import numpy as np

from descent.checks.catalogue.comparison.networks import examples, flat, learning_rate, network
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.checks.networks import torch


def _case(rng, *, training):
    model = network(rng, training=training)
    rates = [learning_rate(rng), learning_rate(rng)]
    batches = [examples(rng, 8), examples(rng, 8)]
    return (model, rates, batches, *examples(rng, 10))


def _after_evaluation(rng):
    """The network comes in evaluation mode."""
    return _case(rng, training=False)


def _in_training(rng):
    """The network comes in training mode."""
    return _case(rng, training=True)


def _losses(arguments, outcome):
    losses = np.asarray(outcome.value, dtype=float)
    return {"the validation losses": losses}


def _left_alone(arguments, outcome):
    before, after = arguments[0], outcome.arguments[0]
    same = all(
        np.array_equal(flat(getattr(before, part)), flat(getattr(after, part)))
        for part in ("parameters", "statistics")
    )
    return {"the network that is given is left as it was": same}


def _cross_entropy(model, X, y):
    return torch().nn.functional.cross_entropy(model(X), y)


def _train(model, lr, batches, *, owner=None, zero=True):
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


def _measure(model, X, y):
    with torch().no_grad():
        return _cross_entropy(model, X, y).item()


def _comparison(
    *,
    start=deepcopy,
    before=lambda network: network.train(),
    train=_train,
    after=lambda network: network.eval(),
    measure=_measure,
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


def _nothing(network):
    return None


def _itself(model):
    return model


reference = _comparison()


def _all_copies_first(model, rates, batches, X_valid, y_valid):
    networks = [deepcopy(model) for _ in rates]
    for mine, lr in zip(networks, rates, strict=True):
        _train(mine.train(), lr, batches)
    return np.array([_measure(mine.eval(), X_valid, y_valid) for mine in networks])


def _restores(model, rates, batches, X_valid, y_valid):
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    losses = []
    for lr in rates:
        _train(model.train(), lr, batches)
        losses.append(_measure(model.eval(), X_valid, y_valid))
        model.load_state_dict(start)
    return tuple(losses)


def _pickled(model, rates, batches, X_valid, y_valid):
    frozen = pickle.dumps(model)
    losses = []
    for lr in rates:
        network = pickle.loads(frozen)
        _train(network.train(), lr, batches)
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
        _train(network.train(), lr, batches)
        losses.append(_measure(network.train(False), X_valid, y_valid))
    return losses


def _reference_kept(model, rates, batches, X_valid, y_valid):
    start = model.state_dict()  # the tensors themselves, not copies
    losses = []
    for lr in rates:
        model.load_state_dict(start)
        _train(model.train(), lr, batches)
        losses.append(_measure(model.eval(), X_valid, y_valid))
    return losses


def _one_copy(model, rates, batches, X_valid, y_valid):
    return _comparison(start=_itself)(deepcopy(model), rates, batches, X_valid, y_valid)


def _weights_only(model, rates, batches, X_valid, y_valid):
    network = deepcopy(model)
    losses = []
    for lr in rates:
        with torch().no_grad():
            for mine, theirs in zip(network.parameters(), model.parameters(), strict=True):
                mine.copy_(theirs)
        _train(network.train(), lr, batches)
        losses.append(_measure(network.eval(), X_valid, y_valid))
    return losses


def _restored_before_only(model, rates, batches, X_valid, y_valid):
    start = deepcopy(model.state_dict())
    losses = []
    for lr in rates:
        model.load_state_dict(start)
        _train(model.train(), lr, batches)
        losses.append(_measure(model.eval(), X_valid, y_valid))
    return losses


def _optimiser_of_the_original(model, rates, batches, X_valid, y_valid):
    def train(network, lr, batches):
        return _train(network, lr, batches, owner=model)

    return _comparison(train=train)(model, rates, batches, X_valid, y_valid)


def _training_loss(model, rates, batches, X_valid, y_valid):
    return [_train(deepcopy(model).train(), lr, batches).item() for lr in rates]


def _one_batch_each(model, rates, batches, X_valid, y_valid):
    stream = iter(batches)  # used up by the first rate
    return _comparison(train=lambda network, lr, _: _train(network, lr, stream))(
        model, rates, batches, X_valid, y_valid
    )


def _best_alone(model, rates, batches, X_valid, y_valid):
    return min(reference(model, rates, batches, X_valid, y_valid))


SHARED = "All learning rates train one network: each starts where the one before it ended."
COPY = (
    "Copy the network for each: copy.deepcopy(model), with an optimiser of the copy's parameters."
)

REPAIRED = Exercise(
    name="comparison_repaired",
    title="Bug lab: one network for all",
    section="sec-comparison-start",
    difficulty=2,
    minutes=12,
    signature="comparison_repaired(model, rates, batches, X_valid (n, d), y_valid (n,)) -> list of losses",
    reference=reference,
    probes=(
        Probe("the loss of every learning rate", 2.0, _after_evaluation, draws=1, observe=_losses),
        Probe(
            "the network that is given is not trained",
            1.0,
            _in_training,
            draws=1,
            observe=_left_alone,
        ),
    ),
    hints=(
        "Ask of each learning rate: which weights does it start from? And of each loss: in which mode is the network?",
        "There are two mistakes. One is about what `model` is after the first learning rate; the other about batch "
        "normalisation, which behaves differently when it is measured.",
        "Within the loop: network = copy.deepcopy(model), an optimiser of network.parameters(), network.train() before "
        "the batches, network.eval() before the validation loss.",
    ),
    right=(reference, _all_copies_first, _restores, _pickled, _saved),
    wrong=(
        Wrong(
            "one network, no evaluation mode",
            _comparison(start=_itself, after=_nothing),
            SHARED + " And it is measured in training mode.",
            COPY + " Call eval() on it before it is measured.",
            "sec-comparison-start",
            mistake=18,
        ),
        Wrong(
            "shared network",
            _comparison(start=_itself),
            SHARED,
            COPY,
            "sec-comparison-start",
            mistake=18,
            twins=("state kept by reference",),
        ),
        Wrong(
            "state kept by reference",
            _reference_kept,
            SHARED,
            "model.state_dict() holds the tensors themselves, which training changes; clone them, or copy the whole "
            "network.",
            "sec-comparison-start",
            twins=("shared network",),
        ),
        Wrong(
            "eval mode forgotten",
            _comparison(after=_nothing),
            "You measure the validation loss in training mode.",
            "Batch normalisation then uses the validation examples' own mean and variance: an answer depends on which "
            "others it came with. Call eval() first.",
            "sec-comparison-modes",
        ),
        Wrong(
            "training mode not set",
            _comparison(before=_nothing),
            "You train in whatever mode the network came in, which may be evaluation mode.",
            "Call train() before the batches, eval() before the measurement.",
            "sec-comparison-modes",
        ),
        Wrong(
            "one copy for all",
            _one_copy,
            "You make one copy, and all learning rates train it in turn.",
            "Each needs a copy of its own, made within the loop.",
            "sec-comparison-start",
        ),
        Wrong(
            "shallow copy",
            _comparison(start=copy, after=_nothing),
            "Your copy shares its weights with the original, and it is measured in training mode.",
            "copy.copy copies the outside alone; copy.deepcopy copies the tensors too.",
            "sec-comparison-start",
            twins=("one network, no evaluation mode",),
        ),
        Wrong(
            "weights alone set back",
            _weights_only,
            "You set the weights back, but not the running statistics of batch normalisation.",
            "state_dict() holds both; so does a deep copy.",
            "sec-comparison-start",
        ),
        Wrong(
            "last run left behind",
            _restored_before_only,
            "Your losses are right, but the network you were given ends as the last run left it.",
            "Work on copies, or set it back after the last run as well.",
            "sec-comparison-start",
        ),
        Wrong(
            "optimiser of the original",
            _optimiser_of_the_original,
            "Your optimiser holds the parameters of the original, so the copies are never trained.",
            "Make the optimiser after the copy: torch.optim.SGD(network.parameters(), lr=lr).",
            "sec-comparison-start",
        ),
        Wrong(
            "ranked by training loss",
            _training_loss,
            "You return the loss of the last training batch; the validation loss is asked for.",
            "The comparison is about new examples, so it must be made on some.",
            "sec-comparison-split",
            mistake=21,
        ),
        Wrong(
            "batches used up",
            _one_batch_each,
            "Only the first learning rate sees the batches: an iterator is empty after one pass.",
            "Go over the list anew for each: all of them must see the same batches.",
            "sec-comparison-start",
        ),
        Wrong(
            "gradients not zeroed",
            _comparison(
                train=lambda network, lr, batches: _train(network, lr, batches, zero=False)
            ),
            "You do not clear the gradients between the batches.",
            "backward() adds to .grad; optimizer.zero_grad() must come before it.",
            "sec-comparison-step",
        ),
        Wrong(
            "the best alone",
            _best_alone,
            "You return the lowest loss; all of them are asked for, in the order of the rates.",
            "Which rate is best, the caller will see.",
            "sec-comparison-start",
        ),
    ),
    needs="torch.optim",
)
