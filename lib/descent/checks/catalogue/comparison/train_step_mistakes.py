"""`train_step` with one mistake each, and the words for it."""

from copy import deepcopy

from descent.checks.catalogue.comparison.train_step_right import cross_entropy, reference, step_with
from descent.checks.exercise import Wrong
from descent.checks.networks import torch


def _softmax(logits):
    return torch().softmax(logits, dim=1)


def _nothing(*_):
    return None


def _zeroed_at_the_end(model, optimizer, X, y):
    model.train()
    loss = cross_entropy(model(X), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def _step_too_early(model, optimizer, X, y):
    model.train()
    optimizer.zero_grad()
    loss = cross_entropy(model(X), y)
    optimizer.step()
    loss.backward()
    return loss.item()


def _zeroed_in_between(model, optimizer, X, y):
    model.train()
    loss = cross_entropy(model(X), y)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def _another_network(model, optimizer, X, y):
    """Trains a network from outside, as a function does that uses a global name."""
    nn = torch().nn
    layers = nn.Linear(X.shape[1], 5), nn.ReLU(), nn.Linear(5, int(y.max()) + 1)
    return reference(nn.Sequential(*layers).double(), optimizer, X, y)


def _copy_trained(model, optimizer, X, y):
    return reference(deepcopy(model), optimizer, X, y)


def _set_to_zero(model, optimizer):
    for parameter in model.parameters():
        parameter.grad.zero_()


def _written_out(model, optimizer):
    (group,) = optimizer.param_groups
    with torch().no_grad():
        for parameter in model.parameters():
            parameter -= group["lr"] * parameter.grad


def _uphill(model, optimizer):
    for parameter in model.parameters():
        parameter.grad = -parameter.grad
    optimizer.step()


def _squared_error(model, X, y):
    hot = torch().nn.functional.one_hot(y, 4).double()
    return ((_softmax(model(X)) - hot) ** 2).mean()


def _twice_forward(model, X, y):
    model(X)  # to count the right answers, say
    return cross_entropy(model(X), y)


STANDS = (
    "The weights stay as they are: optimizer.step() is missing, or comes before loss.backward(), "
    "or the gradients are zeroed in between."
)


ORDER = "The order is: zero the gradients, forward, loss, backward, step."


STAND_STILL = ("no step", "step before backward", "zeroed in between")


def _stands_still(name, program):
    return Wrong(
        name,
        program,
        STANDS,
        ORDER,
        "sec-comparison-step",
        twins=tuple(other for other in STAND_STILL if other != name),
    )


MISTAKES = (
    Wrong(
        "gradients not zeroed",
        step_with(zero=_nothing),
        "You do not clear the gradients: this step also follows those of earlier ones.",
        "backward() adds to .grad; optimizer.zero_grad() must come before it.",
        "sec-comparison-step",
        twins=("zeroed at the end",),
    ),
    Wrong(
        "zeroed at the end",
        _zeroed_at_the_end,
        "You do not clear the gradients before backward(): here some were left by who came before you.",
        "Clear them where they are used, before backward(), and nobody has to remember it elsewhere.",
        "sec-comparison-step",
        twins=("gradients not zeroed",),
    ),
    Wrong(
        "shared network",
        _another_network,
        "The network you were given is not used: another one is trained.",
        "A function that uses a global `model`, or a copy, trains the same network whatever it is handed.",
        "sec-comparison-start",
        mistake=18,
        twins=("a copy trained",),
    ),
    Wrong(
        "a copy trained",
        _copy_trained,
        "The network you were given is not used: another one is trained.",
        "The optimiser holds the parameters of the given network; train that one, not a copy.",
        "sec-comparison-start",
        twins=("shared network",),
    ),
    Wrong(
        "training mode not set",
        step_with(mode=_nothing),
        "You train in whatever mode the network is; after an evaluation that is the wrong one.",
        "In evaluation mode batch normalisation uses and keeps its running statistics, and dropout does nothing: "
        "call model.train() first.",
        "sec-comparison-modes",
    ),
    Wrong(
        "neither cleared nor in training mode",
        step_with(mode=_nothing, zero=_nothing),
        "You leave two things to your caller: the gradients are not cleared, and the mode is not set.",
        "backward() adds to .grad, and after an evaluation the mode is the wrong one: begin with model.train() and "
        "optimizer.zero_grad().",
        "sec-comparison-step",
    ),
    Wrong(
        "evaluation mode",
        step_with(mode=lambda model: model.eval()),
        "You train in evaluation mode.",
        "model.eval() is for measuring: batch normalisation then uses its running statistics and does not update "
        "them.",
        "sec-comparison-modes",
    ),
    _stands_still("no step", step_with(step=_nothing)),
    _stands_still("step before backward", _step_too_early),
    _stands_still("zeroed in between", _zeroed_in_between),
    Wrong(
        "no backward",
        step_with(zero=_nothing, backward=_nothing),
        "You never call backward(): the step follows gradients that were there before.",
        ORDER,
        "sec-comparison-step",
    ),
    Wrong(
        "softmax before the loss",
        step_with(loss=lambda model, X, y: cross_entropy(_softmax(model(X)), y)),
        "You apply softmax before cross_entropy, which does so itself.",
        "cross_entropy wants logits; given probabilities it cannot come near zero, and its gradients are weak.",
        "sec-comparison-step",
        mistake=36,
    ),
    Wrong(
        "squared error",
        step_with(loss=_squared_error),
        "Your loss is the squared error of the probabilities; cross-entropy is meant.",
        "The loss is the mean of -ln p of the right class.",
        "sec-comparison-step",
    ),
    Wrong(
        "sum for mean",
        step_with(loss=lambda model, X, y: cross_entropy(model(X), y, reduction="sum")),
        "Your loss is the sum over the batch; the mean is meant.",
        "With a sum the step grows with the batch, and a tuned learning rate serves one batch size only.",
        "sec-comparison-step",
    ),
    Wrong(
        "divided twice",
        step_with(loss=lambda model, X, y: cross_entropy(model(X), y) / len(X)),
        "You divide by the size of the batch, but cross_entropy has done so.",
        "Its result is a mean already, unless reduction='sum' is asked for.",
        "sec-comparison-step",
    ),
    Wrong(
        "two forward passes",
        step_with(loss=_twice_forward),
        "You send the batch through the network twice in training mode.",
        "Each pass moves the running statistics of batch normalisation, and costs time: use the first one's logits.",
        "sec-comparison-modes",
    ),
    Wrong(
        "the loss after the step",
        step_with(result=lambda loss, model, X, y: cross_entropy(model(X), y).item()),
        "You return the loss after the step; the one that was differentiated is meant.",
        "It costs a second pass, which also moves the running statistics once more.",
        "sec-comparison-step",
    ),
    Wrong(
        "the accuracy",
        step_with(
            result=lambda loss, model, X, y: (model(X).argmax(1) == y).double().mean().item()
        ),
        "You return the share of right answers; the loss is asked for.",
        "loss.item() is the number.",
        "sec-comparison-step",
    ),
    Wrong(
        "a number cannot go backward",
        step_with(loss=lambda model, X, y: cross_entropy(model(X), y).item()),
        "You turn the loss into a number before backward().",
        ".item() leaves the graph behind, so that nothing can be differentiated; call it last.",
        "sec-comparison-step",
    ),
    Wrong(
        "graph cut off",
        step_with(loss=lambda model, X, y: cross_entropy(model(X).detach(), y)),
        "Your loss has no way back to the weights: it is detached, or computed under no_grad().",
        "no_grad() and detach() are for measuring, where no gradient is wanted.",
        "sec-comparison-step",
    ),
    Wrong(
        "gradients that must exist",
        step_with(zero=_set_to_zero),
        "You write zeros into gradients that do not exist before the first step.",
        "A fresh parameter's .grad is None; optimizer.zero_grad() knows that.",
        "sec-comparison-step",
    ),
    Wrong(
        "step written out",
        step_with(step=_written_out),
        "You write gradient descent yourself; the optimiser that was given may be another.",
        "optimizer.step() is the same line for all of them: that is what makes them comparable.",
        "sec-comparison-step",
    ),
    Wrong(
        "uphill",
        step_with(step=_uphill),
        "You go uphill: the loss grows.",
        "The optimiser subtracts the gradient already.",
        "sec-comparison-step",
    ),
)
