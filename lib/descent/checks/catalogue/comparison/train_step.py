"""`train_step`: one step of training, on torch's own objects."""

from copy import deepcopy

import numpy as np

from descent.checks.catalogue.comparison.networks import examples, flat, learning_rate, network
from descent.checks.exercise import Exercise, Probe, Wrong
from descent.checks.networks import Optimiser, torch


def _case(rng, optimiser, *, training=True, gradients=None):
    model = network(rng, training=training, gradients=gradients)
    return (
        model,
        Optimiser(optimiser, learning_rate(rng)),
        *examples(rng, int(rng.integers(6, 12))),
    )


def _later(rng):
    """A step after others, whose gradients are still there."""
    return _case(rng, "SGD", gradients=lambda shape: rng.normal(size=shape))


def _first(rng):
    """The first step: no gradient has been computed yet."""
    return _case(rng, "SGD")


def _after_evaluation(rng):
    """A step with a network that was left in evaluation mode."""
    return _case(rng, "SGD", training=False, gradients=np.zeros)


def _other_optimiser(rng):
    """A step of Adam."""
    return _case(rng, "Adam", gradients=np.zeros)


def _facts(arguments, outcome):
    before, after = arguments[0], outcome.arguments[0]
    weights, statistics = flat(after.parameters), flat(after.statistics)
    moved = not np.array_equal(weights, flat(before.parameters))
    used = moved or not np.array_equal(statistics, flat(before.statistics))
    return {
        "the network that is given is used": used,
        "the loss": float(outcome.value) if used else 0.0,
        "the running statistics": statistics,
        "the weights": weights,
        "the network is in training mode": used and after.training,
    }


def _cross_entropy(logits, y, **options):
    return torch().nn.functional.cross_entropy(logits, y, **options)


def _softmax(logits):
    return torch().softmax(logits, dim=1)


def _step(
    *,
    mode=lambda model: model.train(),
    zero=lambda model, optimizer: optimizer.zero_grad(),
    loss=lambda model, X, y: _cross_entropy(model(X), y),
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


def _nothing(*_):
    return None


reference = _step()


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
        loss = _cross_entropy(model(X), y)
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
    loss = _cross_entropy(model(X), y, reduction="sum") / len(X)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def _zeroed_at_the_end(model, optimizer, X, y):
    model.train()
    loss = _cross_entropy(model(X), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def _step_too_early(model, optimizer, X, y):
    model.train()
    optimizer.zero_grad()
    loss = _cross_entropy(model(X), y)
    optimizer.step()
    loss.backward()
    return loss.item()


def _zeroed_in_between(model, optimizer, X, y):
    model.train()
    loss = _cross_entropy(model(X), y)
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
    return _cross_entropy(model(X), y)


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


TRAIN_STEP = Exercise(
    name="train_step",
    title="One step of training",
    section="sec-comparison-step",
    difficulty=2,
    minutes=12,
    signature="train_step(model, optimizer, X (n, d), y (n,)) -> float",
    reference=reference,
    probes=(
        Probe("a step in the middle of a run", 1.5, _later, draws=1, observe=_facts),
        Probe("the very first step", 0.5, _first, draws=1, observe=_facts),
        Probe("the step after an evaluation", 0.5, _after_evaluation, draws=1, observe=_facts),
        Probe("another optimiser", 0.5, _other_optimiser, draws=1, observe=_facts),
    ),
    hints=(
        "Which of the five parts may the caller have left undone: the mode, the gradients, or both?",
        "Set the mode first, clear the gradients, then: logits, loss, backward, step. What does backward do to a "
        "gradient that is there already?",
        "model.train(); optimizer.zero_grad(); loss = torch.nn.functional.cross_entropy(model(X), y); loss.backward(); "
        "optimizer.step(); return loss.item().",
    ),
    right=(
        reference,
        _log_likelihood,
        _gradients_assigned,
        _with_closure,
        _by_hand,
        _zeroed_late,
    ),
    wrong=(
        Wrong(
            "gradients not zeroed",
            _step(zero=_nothing),
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
            _step(mode=_nothing),
            "You train in whatever mode the network is; after an evaluation that is the wrong one.",
            "In evaluation mode batch normalisation uses and keeps its running statistics, and dropout does nothing: "
            "call model.train() first.",
            "sec-comparison-modes",
        ),
        Wrong(
            "neither cleared nor in training mode",
            _step(mode=_nothing, zero=_nothing),
            "You leave two things to your caller: the gradients are not cleared, and the mode is not set.",
            "backward() adds to .grad, and after an evaluation the mode is the wrong one: begin with model.train() and "
            "optimizer.zero_grad().",
            "sec-comparison-step",
        ),
        Wrong(
            "evaluation mode",
            _step(mode=lambda model: model.eval()),
            "You train in evaluation mode.",
            "model.eval() is for measuring: batch normalisation then uses its running statistics and does not update "
            "them.",
            "sec-comparison-modes",
        ),
        _stands_still("no step", _step(step=_nothing)),
        _stands_still("step before backward", _step_too_early),
        _stands_still("zeroed in between", _zeroed_in_between),
        Wrong(
            "no backward",
            _step(zero=_nothing, backward=_nothing),
            "You never call backward(): the step follows gradients that were there before.",
            ORDER,
            "sec-comparison-step",
        ),
        Wrong(
            "softmax before the loss",
            _step(loss=lambda model, X, y: _cross_entropy(_softmax(model(X)), y)),
            "You apply softmax before cross_entropy, which does so itself.",
            "cross_entropy wants logits; given probabilities it cannot come near zero, and its gradients are weak.",
            "sec-comparison-step",
            mistake=36,
        ),
        Wrong(
            "squared error",
            _step(loss=_squared_error),
            "Your loss is the squared error of the probabilities; cross-entropy is meant.",
            "The loss is the mean of -ln p of the right class.",
            "sec-comparison-step",
        ),
        Wrong(
            "sum for mean",
            _step(loss=lambda model, X, y: _cross_entropy(model(X), y, reduction="sum")),
            "Your loss is the sum over the batch; the mean is meant.",
            "With a sum the step grows with the batch, and a tuned learning rate serves one batch size only.",
            "sec-comparison-step",
        ),
        Wrong(
            "divided twice",
            _step(loss=lambda model, X, y: _cross_entropy(model(X), y) / len(X)),
            "You divide by the size of the batch, but cross_entropy has done so.",
            "Its result is a mean already, unless reduction='sum' is asked for.",
            "sec-comparison-step",
        ),
        Wrong(
            "two forward passes",
            _step(loss=_twice_forward),
            "You send the batch through the network twice in training mode.",
            "Each pass moves the running statistics of batch normalisation, and costs time: use the first one's logits.",
            "sec-comparison-modes",
        ),
        Wrong(
            "the loss after the step",
            _step(result=lambda loss, model, X, y: _cross_entropy(model(X), y).item()),
            "You return the loss after the step; the one that was differentiated is meant.",
            "It costs a second pass, which also moves the running statistics once more.",
            "sec-comparison-step",
        ),
        Wrong(
            "the accuracy",
            _step(
                result=lambda loss, model, X, y: (model(X).argmax(1) == y).double().mean().item()
            ),
            "You return the share of right answers; the loss is asked for.",
            "loss.item() is the number.",
            "sec-comparison-step",
        ),
        Wrong(
            "a number cannot go backward",
            _step(loss=lambda model, X, y: _cross_entropy(model(X), y).item()),
            "You turn the loss into a number before backward().",
            ".item() leaves the graph behind, so that nothing can be differentiated; call it last.",
            "sec-comparison-step",
        ),
        Wrong(
            "graph cut off",
            _step(loss=lambda model, X, y: _cross_entropy(model(X).detach(), y)),
            "Your loss has no way back to the weights: it is detached, or computed under no_grad().",
            "no_grad() and detach() are for measuring, where no gradient is wanted.",
            "sec-comparison-step",
        ),
        Wrong(
            "gradients that must exist",
            _step(zero=_set_to_zero),
            "You write zeros into gradients that do not exist before the first step.",
            "A fresh parameter's .grad is None; optimizer.zero_grad() knows that.",
            "sec-comparison-step",
        ),
        Wrong(
            "step written out",
            _step(step=_written_out),
            "You write gradient descent yourself; the optimiser that was given may be another.",
            "optimizer.step() is the same line for all of them: that is what makes them comparable.",
            "sec-comparison-step",
        ),
        Wrong(
            "uphill",
            _step(step=_uphill),
            "You go uphill: the loss grows.",
            "The optimiser subtracts the gradient already.",
            "sec-comparison-step",
        ),
    ),
    needs="torch.optim",
)
