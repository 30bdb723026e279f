"""`comparison_repaired` with one mistake each, and the words for it."""

from copy import copy, deepcopy

from descent.checks.catalogue.comparison.shared_network_right import (
    comparison_with,
    one_pass,
    reference,
    validation_loss,
)
from descent.checks.exercise import Wrong
from descent.checks.networks import torch


def _nothing(network):
    return None


def _itself(model):
    return model


def _set_back_before(kept):
    """Sets the network back before each run, and not after the last, to what `kept` makes of its state."""

    def program(model, rates, batches, X_valid, y_valid):
        start = kept(model.state_dict())
        losses = []
        for lr in rates:
            model.load_state_dict(start)
            one_pass(model.train(), lr, batches)
            losses.append(validation_loss(model.eval(), X_valid, y_valid))
        return losses

    return program


def _one_copy(model, rates, batches, X_valid, y_valid):
    return comparison_with(start=_itself)(deepcopy(model), rates, batches, X_valid, y_valid)


def _weights_only(model, rates, batches, X_valid, y_valid):
    network = deepcopy(model)
    losses = []
    for lr in rates:
        with torch().no_grad():
            for mine, theirs in zip(network.parameters(), model.parameters(), strict=True):
                mine.copy_(theirs)
        one_pass(network.train(), lr, batches)
        losses.append(validation_loss(network.eval(), X_valid, y_valid))
    return losses


def _optimiser_of_the_original(model, rates, batches, X_valid, y_valid):
    def train(network, lr, batches):
        return one_pass(network, lr, batches, owner=model)

    return comparison_with(train=train)(model, rates, batches, X_valid, y_valid)


def _training_loss(model, rates, batches, X_valid, y_valid):
    return [one_pass(deepcopy(model).train(), lr, batches).item() for lr in rates]


def _one_batch_each(model, rates, batches, X_valid, y_valid):
    stream = iter(batches)  # used up by the first rate
    return comparison_with(train=lambda network, lr, _: one_pass(network, lr, stream))(
        model, rates, batches, X_valid, y_valid
    )


def _best_alone(model, rates, batches, X_valid, y_valid):
    return min(reference(model, rates, batches, X_valid, y_valid))


SHARED = "All learning rates train one network: each starts where the one before it ended."


COPY = (
    "Copy the network for each: copy.deepcopy(model), with an optimiser of the copy's parameters."
)


MISTAKES = (
    Wrong(
        "one network, no evaluation mode",
        comparison_with(start=_itself, after=_nothing),
        SHARED + " And it is measured in training mode.",
        COPY + " Call eval() on it before it is measured.",
        "sec-comparison-start",
        mistake=18,
    ),
    Wrong(
        "shared network",
        comparison_with(start=_itself),
        SHARED,
        COPY,
        "sec-comparison-start",
        mistake=18,
        twins=("state kept by reference",),
    ),
    Wrong(
        "state kept by reference",
        _set_back_before(lambda state: state),  # the tensors themselves, not copies
        SHARED,
        "model.state_dict() holds the tensors themselves, which training changes; clone them, or copy the whole "
        "network.",
        "sec-comparison-start",
        twins=("shared network",),
    ),
    Wrong(
        "eval mode forgotten",
        comparison_with(after=_nothing),
        "You measure the validation loss in training mode.",
        "Batch normalisation then uses the validation examples' own mean and variance: an answer depends on which "
        "others it came with. Call eval() first.",
        "sec-comparison-modes",
    ),
    Wrong(
        "training mode not set",
        comparison_with(before=_nothing),
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
        comparison_with(start=copy, after=_nothing),
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
        _set_back_before(deepcopy),
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
        comparison_with(
            train=lambda network, lr, batches: one_pass(network, lr, batches, zero=False)
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
)
